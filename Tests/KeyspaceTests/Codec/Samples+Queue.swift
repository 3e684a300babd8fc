@testable import Keyspace

// Queues.

extension Samples {
    private static let token = QueueToken(rawValue: 1 << 40)
    private static let queue = QueueName(bytes("mail/ä"))

    static let queueRequests: [Command] = [
        QueueRequest.Act.push(QueuePush(value: [])),
        .push(
            QueuePush(
                value: bytes("job"),
                key: Key(unchecked: [0, 0xFF]),
                priority: .min,
                delayMilliseconds: QueueRequest.delayMillisecondsMax,
                settings: QueueSettings(tryCountMax: 3, dead: QueueName(bytes("mail/dead")))
            )
        ),
        .take(visibleMilliseconds: 30_000),
        .settle(token, .acknowledged), .settle(token, .failed(delayMilliseconds: 0)),
        .settle(token, .undelivered), .settle(token, .extended(visibleMilliseconds: 1_000)),
        .purge,
    ].map { .queue(QueueRequest(queue, act: $0)) }

    static let queueOutcomes: [Outcome] = [
        QueueOutcome.pushed(id: 1 << 33, .new), .pushed(id: 7, .already), .empty, .acknowledged,
        .taken(
            QueueDelivery(
                id: 7,
                token: token,
                value: bytes("job"),
                key: path("k"),
                priority: -1,
                tryCount: 2,
                visibleMilliseconds: 30_000,
                ageMilliseconds: 1 << 34
            )
        ),
        .returned(.ready), .returned(.delayed), .returned(.dead),
        .extended(visibleMilliseconds: 1_000), .purged(count: 1 << 20),
    ].map { .queue($0) }

    static let queueRefusals: [Refusal] = [
        .queue(queue, .tokenLost(token)), .queue(queue, .full(byteCountMax: 64 << 20)),
    ]
}
