package import Foundation
import Testing

/// Threads that write distinct keys through all members, each with an idempotency key, and repeat a
/// write until it is acknowledged.
package final class WriteLoad: @unchecked Sendable {
    private let cluster: Cluster
    /// Those that are written through.
    private var members: [Member]
    private let keyCount: Int
    private let threadCount: Int
    private let lock = NSLock()
    private var acknowledged: [(key: String, value: String)] = []
    /// When each acknowledged write was sent and answered.
    private var times: [(sent: Date, answered: Date)] = []
    private var refusals: [String] = []
    private let group = DispatchGroup()
    private var isStopped = false
    /// No further write is begun.
    private var isEnough = false

    package init(cluster: Cluster, keyCount: Int, threadCount: Int) {
        self.cluster = cluster
        members = cluster.members
        self.keyCount = keyCount
        self.threadCount = threadCount
    }

    deinit { isStopped = true }

    /// Writes go through these members from now on.
    package func use(_ members: [Member]) { lock.withLock { self.members = members } }

    package var acknowledgedCount: Int { lock.withLock { acknowledged.count } }

    /// When the first accepted write that was sent after `moment` was answered.
    package func firstAnswer(toSentAfter moment: Date) -> Date? {
        lock.withLock { times.filter { $0.sent > moment }.map(\.answered).min() }
    }

    /// The longest time in which no write was answered, in milliseconds.
    package var longestSilenceMilliseconds: Int { longestSilenceMilliseconds(since: .distantPast) }

    /// The longest time after `moment` in which no write was answered, in milliseconds.
    package func longestSilenceMilliseconds(since moment: Date) -> Int {
        let answered = lock.withLock { times.map(\.answered) }.sorted().filter { $0 >= moment }
        let pauses = zip(answered, answered.dropFirst()).map { $1.timeIntervalSince($0) }
        return Int((pauses.max() ?? 0) * 1000)
    }

    package func start() {
        for thread in 0..<threadCount {
            group.enter()
            Thread.detachNewThread { [self] in
                write(thread: thread)
                group.leave()
            }
        }
    }

    /// Waits for all writes.
    package func finish(withinSeconds seconds: Double) throws -> [(key: String, value: String)] {
        let isDone = group.wait(timeout: .now() + seconds) == .success
        isStopped = true
        try #require(isDone, "\(acknowledgedCount) of \(keyCount) writes after \(seconds) s")
        #expect(refusals == [])
        return acknowledged
    }

    /// Begins no further write, and waits for those that are under way.
    package func end(withinSeconds seconds: Double) throws -> [(key: String, value: String)] {
        lock.withLock { isEnough = true }
        return try finish(withinSeconds: seconds)
    }

    private func write(thread: Int) {
        var turn = thread
        var connection: HTTPConnection?
        for number in stride(from: thread, to: keyCount, by: threadCount) {
            if lock.withLock({ isEnough }) { return }
            let key = "/load/\(number)"
            let value = "value \(number)"
            while !isStopped {
                let sent = Date()
                do {
                    let members = lock.withLock { self.members }
                    let member = members[turn % members.count]
                    let open = try connection ?? member.connect(timeoutSeconds: 6)
                    connection = open
                    let answer = try open.request(
                        "PUT",
                        target: "/v1/kv\(key)?timeout=5s",
                        headers: ["Idempotency-Key": "load-\(number)"],
                        body: Data(value.utf8)
                    )
                    if answer.status == 201 {
                        note(key: key, value: value, sent: sent)
                        break
                    }
                    if answer.status != 503 {
                        lock.withLock { refusals.append("\(key): \(answer.status) \(answer.text)") }
                        return
                    }
                } catch {
                    connection = nil
                }
                turn += 1
                connection = nil
                poll(nil, 0, 2)
            }
            if number % 50 == thread % 50 {
                turn += 1
                connection = nil
            }
        }
    }

    private func note(key: String, value: String, sent: Date) {
        lock.withLock {
            acknowledged.append((key, value))
            times.append((sent, Date()))
        }
    }
}
