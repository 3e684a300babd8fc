internal import Bytes
internal import Platform
internal import Wire

/// The body of one long answer, part by part as it comes, from the first endpoint that begins it;
/// blocks its thread. An answer that breaks off is not taken up elsewhere.
package final class Download {
    private static let silenceMillisecondsMax: UInt64 = 40_000
    private static let attemptMillisecondsMax: UInt64 = 5_000
    /// What a member is told to take at most: its refusal, which says why, comes before the attempt
    /// is broken off.
    private static let shareMilliseconds: UInt64 = 4_000
    private static let pauseMilliseconds: UInt64 = 100

    private let connection: Connection
    /// Who answers.
    package var endpoint: ServiceAddress { connection.endpoint }

    /// Asks one endpoint after another until one begins the answer.
    ///
    /// - Throws: when none has at the end of the timeout, or one refuses for good.
    package init(
        _ call: Call,
        of client: Client,
        timeoutMilliseconds: UInt64
    ) throws(SubscriptionError) {
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: timeoutMilliseconds)
        var evidence: [String] = []
        var refusal: Response?
        var call = call
        call.add("timeout", value: "\(Self.shareMilliseconds)ms")
        while true {
            let now = Clock.monotonicNow()
            let until = min(deadline, now.advanced(byMilliseconds: Self.attemptMillisecondsMax))
            switch Self.begin(call, of: client, until: until) {
            case .success(.flowing(let connection)):
                self.connection = connection
                return
            case .success(.refused(let reply)):
                guard reply.status == 503 || reply.status == 429 else { throw .rejected(reply) }
                refusal = reply
            case .failure(let error): evidence.append("\(client.endpoint): \(error.why)")
            }
            client.moveOn()
            let rest = Clock.monotonicNow().advanced(byMilliseconds: Self.pauseMilliseconds)
            guard rest < deadline else {
                if let refusal { throw .client(.refused(.none, refusal)) }
                let last = Array(evidence.suffix(client.endpoints.count))
                throw .client(.unreachable(.none, evidence: last))
            }
            Pause.until(rest)
        }
    }

    private enum Beginning {
        case flowing(Connection)
        case refused(Response)
    }

    private static func begin(
        _ call: Call,
        of client: Client,
        until deadline: MonotonicTime
    ) -> Result<Beginning, LinkError> {
        do throws(LinkError) {
            let connection = try client.open(until: deadline)
            let head = try connection.begin(call, until: deadline)
            guard head.status != 200 else { return .success(.flowing(connection)) }
            return .success(.refused(try connection.finish(head, until: deadline)))
        } catch { return .failure(error) }
    }

    /// The next bytes; nil at the end.
    package func next() throws(LinkError) -> [UInt8]? {
        let silence = Clock.monotonicNow().advanced(byMilliseconds: Self.silenceMillisecondsMax)
        guard case .body(let bytes) = try connection.nextPart(until: silence) else { return nil }
        return bytes
    }
}
