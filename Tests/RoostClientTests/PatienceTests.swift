import Bytes
import Platform
import RoostClient
import Testing
import Wire

@Suite("--timeout is kept to, whatever an endpoint does")
struct PatienceTests {
    private static let timeoutMilliseconds: UInt64 = 2_000
    /// A tenth, and what a loaded machine takes to let a thread run.
    private static let expected: ClosedRange<UInt64> = 2_000...2_400

    /// How long a read takes that nobody answers; of three times the first that a busy machine did
    /// not draw out.
    private static func milliseconds(_ endpoints: [ServiceAddress]) throws -> UInt64 {
        var elapsed: UInt64 = 0
        for _ in 0..<3 {
            elapsed = try millisecondsOnce(endpoints)
            if elapsed <= expected.upperBound { break }
        }
        return elapsed
    }

    private static func millisecondsOnce(_ endpoints: [ServiceAddress]) throws -> UInt64 {
        let begun = Clock.monotonicNow()
        let call = Call.read(Array("/v1/status".utf8))
        #expect(throws: ClientError.self) {
            try Client(endpoints: endpoints).perform(
                call,
                timeoutMilliseconds: timeoutMilliseconds
            )
        }
        return Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
    }

    @Test("a member that accepts and never answers")
    func silence() throws {
        let member = try ScriptedMember { _ in .silence }
        let elapsed = try Self.milliseconds([member.endpoint])
        #expect(Self.expected.contains(elapsed), "\(elapsed) ms")
    }

    @Test("a connection that is never made: nobody accepts, and the queue is full")
    func blackHole() throws {
        let address = try Endpoint(parsing: "127.0.0.1:0").resolve()[0]
        let listener = try Socket(listeningOn: address, backlog: 0)
        let place = try listener.localAddress()
        let first = try Socket(connectingTo: place)
        let second = try Socket(connectingTo: place)
        let elapsed = try Self.milliseconds([ServiceAddress(place.endpoint)])
        #expect(Self.expected.contains(elapsed), "\(elapsed) ms")
        _ = (first.connectionFailure(), second.connectionFailure())
    }

    @Test("a port where every connection is refused")
    func refused() throws {
        let elapsed = try Self.milliseconds([ServiceAddress(try Endpoint(parsing: "127.0.0.1:1"))])
        #expect(Self.expected.contains(elapsed), "\(elapsed) ms")
    }

    @Test("setbacks are told while the call goes on")
    func witness() throws {
        let member = try ScriptedMember { _ in .respond(status: 200, body: "{}") }
        let nobody = ServiceAddress(try Endpoint(parsing: "127.0.0.1:1"))
        let client = Client(endpoints: [nobody, member.endpoint])
        var told: [ServiceAddress] = []
        client.witness = { told.append($0.endpoint) }
        let reply = try client.perform(.read(Array("/".utf8)), timeoutMilliseconds: 5_000)
        #expect(reply.isSuccess)
        #expect(told == [nobody])
    }

    @Test("a watch whose first connection nobody answers tells so after a second, then gives up")
    func subscription() throws {
        let member = try ScriptedMember { _ in .silence }
        var news: [EventSubscription.News] = []
        let subscription = EventSubscription(
            client: Client(endpoints: [member.endpoint]),
            start: .changes,
            timeoutMilliseconds: 2_000,
            news: { news.append($0) },
            request: { _ in .read(Array("/v1/watch".utf8)) }
        )
        let begun = Clock.monotonicNow()
        #expect(throws: SubscriptionError.self) { try subscription.next() }
        let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
        #expect(Self.expected.contains(elapsed), "\(elapsed) ms")
        guard news.count == 1, case .unanswered = news[0] else {
            Issue.record("\(news)")
            return
        }
    }
}
