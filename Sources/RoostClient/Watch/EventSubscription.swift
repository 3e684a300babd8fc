internal import Bytes
internal import Platform
package import Wire

/// Why a subscription is over.
package enum SubscriptionError: Error, Sendable {
    case client(ClientError)
    /// The service refuses it for good.
    case rejected(Reply)
}

/// Follows an event stream across connections and endpoints; blocks its thread.
package final class EventSubscription {
    /// The service writes at least every 15 s: a longer silence is a dead connection.
    private static let silenceMillisecondsMax: UInt64 = 40_000
    private static let connectMillisecondsMax: UInt64 = 3_000
    private static let pauseMillisecondsMax: UInt64 = 1_000

    /// The request for a connection, made from where the watch stands.
    package typealias Request = (WatchCursor) -> Call

    private enum Link {
        case none
        case streaming(Connection, EventStreamParser)
        case finished
    }

    private let client: Client
    private let request: Request
    private let timeoutMilliseconds: UInt64
    private var cursor: WatchCursor
    private var link = Link.none
    private var hasStreamed = Experience.none

    private enum Experience { case none, some }

    /// - Parameters:
    ///   - timeoutMilliseconds: how long the first connection may take; later ones are tried for
    ///     ever.
    ///   - request: makes the call; `Last-Event-ID` is added here.
    package init(
        client: Client,
        start: WatchCursor.Start,
        timeoutMilliseconds: UInt64,
        request: @escaping Request
    ) {
        self.client = client
        self.request = request
        self.timeoutMilliseconds = timeoutMilliseconds
        cursor = WatchCursor(start: start)
    }

    /// The next blocks that carry something, at least one; empty when nothing more follows.
    package func next() throws(SubscriptionError) -> [ServerSentEvent] {
        while true {
            switch link {
            case .finished: return []
            case .none: try connect()
            case .streaming(let connection, _):
                let silence = Clock.monotonicNow()
                    .advanced(byMilliseconds: Self.silenceMillisecondsMax)
                do throws(LinkError) {
                    let events = take(try connection.nextPart(until: silence))
                    if !events.isEmpty { return events }
                } catch { disconnected() }
            }
        }
    }

    /// The blocks that have arrived already, at most about `byteCountMax` bytes of them.
    package func atHand(byteCountMax: Int) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var byteCount = 0
        while case .streaming(let connection, _) = link, byteCount < byteCountMax {
            do throws(LinkError) {
                guard let part = try connection.partAtHand() else { return events }
                if case .body(let bytes) = part { byteCount += bytes.count }
                events += take(part)
            } catch { disconnected() }
        }
        return events
    }

    /// Ends this connection; the next call connects again, from the start if `cursor` is new.
    package func restart(from start: WatchCursor.Start) {
        disconnected()
        cursor = WatchCursor(start: start)
        link = .none
    }

    private func take(_ part: ResponsePart) -> [ServerSentEvent] {
        guard case .streaming(let connection, var parser) = link else { return [] }
        guard case .body(let bytes) = part else {
            disconnected()
            return []
        }
        let blocks: [ServerSentEvent]
        do throws(EventStreamError) {
            blocks = try parser.append(bytes)
        } catch {
            disconnected()
            return []
        }
        link = .streaming(connection, parser)
        let delivered = blocks.filter { cursor.receive($0) == .deliver }
        if cursor.next == .finish { link = .finished }
        return delivered
    }

    private func disconnected() {
        client.moveOn()
        link = cursor.next == .finish ? .finished : .none
    }

    /// Connects, at the next endpoint after a failure; for ever once it has been connected.
    private func connect() throws(SubscriptionError) {
        let begun = Clock.monotonicNow()
        let deadline = begun.advanced(byMilliseconds: timeoutMilliseconds)
        var pauseMilliseconds: UInt64 = 25
        var evidence: [String] = []
        while true {
            let now = Clock.monotonicNow()
            switch open(until: now.advanced(byMilliseconds: Self.connectMillisecondsMax)) {
            case .success(nil): return
            case .success(let reply?):
                guard reply.status == 503 || reply.status == 429 else { throw .rejected(reply) }
                evidence.append("\(reply.endpoint): \(reply.status)")
            case .failure(let error): evidence.append("\(client.endpoint): \(error.why)")
            }
            client.moveOn()
            if hasStreamed == .none, now >= deadline {
                let last = Array(evidence.suffix(client.endpoints.count))
                throw .client(.unreachable(.none, evidence: last))
            }
            evidence = Array(evidence.suffix(client.endpoints.count))
            Pause.until(now.advanced(byMilliseconds: pauseMilliseconds))
            pauseMilliseconds = min(pauseMilliseconds * 2, Self.pauseMillisecondsMax)
        }
    }

    /// Asks for the stream: nil when it flows (or is over for good), else the refusal.
    private func open(until deadline: MonotonicTime) -> Result<Reply?, LinkError> {
        var call = request(cursor)
        if case .resume(let lastEventID) = cursor.next, !lastEventID.isEmpty {
            call.setHeader("Last-Event-ID", lastEventID)
        }
        do throws(LinkError) {
            let connection = try client.open(until: deadline)
            let head = try connection.begin(call, until: deadline)
            switch head.status {
            case 200:
                link = .streaming(connection, EventStreamParser())
                hasStreamed = .some
                return .success(nil)
            case 204:
                link = .finished
                return .success(nil)
            default: return .success(try connection.finish(head, until: deadline))
            }
        } catch { return .failure(error) }
    }
}
