internal import Bytes
internal import Platform
package import Wire

/// Why a subscription is over.
package enum SubscriptionError: Error, Sendable {
    case client(ClientError)
    /// The service refuses it for good.
    case rejected(Response)
}

/// Follows an event stream across connections and endpoints; blocks its thread.
package final class EventSubscription {
    /// The service writes at least every 15 s: a longer silence is a dead connection.
    private static let silenceMillisecondsMax: UInt64 = 40_000
    private static let connectMillisecondsMax: UInt64 = 3_000
    private static let pauseMillisecondsMax: UInt64 = 1_000
    /// After this long without an answer, that there is none is news.
    private static let newsMilliseconds: UInt64 = 1_000
    /// As of `Attempts`: the first connection is broken off this part of the timeout after it.
    private static let overtimeDivisor: UInt64 = 16

    /// What becomes of the connection, for whoever waits for events.
    package enum News: Hashable, Sendable {
        /// No member has answered for a second; it is tried on.
        case unanswered(evidence: [String])
        /// After that news: this member answers.
        case answered(ServiceAddress, afterMilliseconds: UInt64)
    }

    /// The request for a connection, made from where the watch stands.
    package typealias Request = (WatchCursor) -> Call

    private enum Link {
        case none
        case streaming(Connection, EventStreamParser)
        case finished
    }

    private let client: Client
    private let interruption: Interruption?
    private let request: Request
    private let timeoutMilliseconds: UInt64
    private let news: (News) -> Void
    private var cursor: WatchCursor
    private var link = Link.none
    private var hasStreamed = Experience.none

    private enum Experience { case none, some }

    /// - Parameters:
    ///   - timeoutMilliseconds: how long the first connection may take; later ones are tried for
    ///     ever.
    ///   - interruption: ends it, as the client's.
    ///   - news: learns when no member answers, and when one does again.
    ///   - request: makes the call; `Last-Event-ID` is added here.
    package init(
        client: Client,
        start: WatchCursor.Start,
        timeoutMilliseconds: UInt64,
        interruption: Interruption? = nil,
        news: @escaping (News) -> Void = { _ in },
        request: @escaping Request
    ) {
        self.client = client
        self.request = request
        self.timeoutMilliseconds = timeoutMilliseconds
        self.interruption = interruption
        self.news = news
        cursor = WatchCursor(start: start)
    }

    /// The next blocks that carry something, at least one; empty when nothing more follows, or it was
    /// interrupted.
    package func next() throws(SubscriptionError) -> [ServerSentEvent] {
        while interruption?.isCalled != true {
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
        return []
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
        var silence = Silence(begun: Clock.monotonicNow())
        let deadline = silence.begun.advanced(byMilliseconds: timeoutMilliseconds)
        let limit = deadline.advanced(
            byMilliseconds: timeoutMilliseconds / Self.overtimeDivisor
        )
        var pauseMilliseconds: UInt64 = 25
        while interruption?.isCalled != true {
            let now = Clock.monotonicNow()
            if let told = silence.news(now: now) { news(told) }
            var until = silence.end(
                of: now.advanced(byMilliseconds: Self.connectMillisecondsMax)
            )
            if hasStreamed == .none { until = min(until, limit) }
            switch open(until: until) {
            case .success(nil):
                if let told = silence.broken(by: client.endpoint, now: Clock.monotonicNow()) {
                    news(told)
                }
                return
            case .success(let reply?):
                guard reply.status == 503 || reply.status == 429 else { throw .rejected(reply) }
                silence.evidence.append("\(reply.endpoint): \(reply.reason)")
            case .failure(let error):
                silence.evidence.append("\(client.endpoint): \(error.why)")
            }
            silence.evidence = silence.evidence.suffix(client.endpoints.count)
            client.moveOn()
            let ended = Clock.monotonicNow()
            var rest = ended.advanced(byMilliseconds: pauseMilliseconds)
            if hasStreamed == .none {
                guard ended < deadline else {
                    throw .client(.unreachable(.none, evidence: silence.evidence))
                }
                rest = min(rest, deadline)
            }
            let pauseEnd = silence.end(of: rest)
            if let interruption {
                interruption.rest(until: pauseEnd)
            } else {
                Pause.until(pauseEnd)
            }
            pauseMilliseconds = min(pauseMilliseconds * 2, Self.pauseMillisecondsMax)
        }
    }

    /// How long no member has answered, and whether that was told.
    private struct Silence {
        let begun: MonotonicTime
        /// Why the last attempts failed.
        var evidence: [String] = []
        private var isTold = false

        init(begun: MonotonicTime) { self.begun = begun }

        private var newsAt: MonotonicTime {
            begun.advanced(byMilliseconds: EventSubscription.newsMilliseconds)
        }

        /// What lasts to `time` is broken off for news that are due before.
        func end(of time: MonotonicTime) -> MonotonicTime { isTold ? time : min(time, newsAt) }

        mutating func news(now: MonotonicTime) -> News? {
            guard !isTold, now >= newsAt else { return nil }
            isTold = true
            return .unanswered(evidence: evidence)
        }

        func broken(by endpoint: ServiceAddress, now: MonotonicTime) -> News? {
            guard isTold else { return nil }
            let milliseconds = now.nanoseconds(since: begun) / 1_000_000
            return .answered(endpoint, afterMilliseconds: milliseconds)
        }
    }

    /// Asks for the stream: nil when it flows (or is over for good), else the refusal.
    private func open(until deadline: MonotonicTime) -> Result<Response?, LinkError> {
        var call = request(cursor)
        if case .resume(let lastEventID) = cursor.next, !lastEventID.isEmpty {
            call.setHeader("Last-Event-ID", value: lastEventID)
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
