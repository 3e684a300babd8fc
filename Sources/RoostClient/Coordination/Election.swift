internal import Bytes
internal import Platform
internal import Wire

/// Who leads, to be looked at and followed; `RoostClient.withLeadership` takes part.
public struct Election: Sendable {
    /// Who leads.
    public struct Leader: Hashable, Sendable {
        /// What it proclaims.
        public let value: [UInt8]
        /// For people: who it is.
        public let owner: String
        /// Its fencing token: it grows from one leader to the next.
        public let token: UInt64

        /// What it proclaims as text; nil where it is not UTF-8.
        public var text: String? { String(validating: value, as: UTF8.self) }

        init?(_ json: JSONValue) {
            guard let token = json["token"]?.whole else { return nil }
            self.token = token
            value = json.valueBytes ?? []
            owner = String(decoding: json["owner"]?.string ?? [], as: UTF8.self)
        }
    }

    /// How it stands.
    public enum State: Hashable, Sendable {
        /// Nobody leads.
        case vacant
        /// This one leads.
        case led(Leader)
    }

    let client: RoostClient
    /// Its name.
    public let name: String

    private var path: [UInt8] { Call.path("/v1/elections", segment: Array(name.utf8)) }

    /// Who leads now; nil for nobody.
    public func leader() async throws(RoostError) -> Leader? {
        let reply = try await client.answer(to: .read(path))
        if reply.status == 404 { return nil }
        guard reply.isSuccess else { throw .refused(ServiceRefusal(reply)) }
        return reply.json.flatMap(Leader.init)
    }

    /// Makes this what the leader proclaims.
    ///
    /// - Throws: `refused` with status 412 where the fence does not lead any more.
    public func proclaim(_ value: String, as fence: RoostFence) async throws(RoostError) {
        var call = Call.write(
            .put,
            path: path + Array("/proclaim".utf8),
            body: Array(value.utf8),
            key: try RoostClient.freshKey()
        )
        call.add("token", value: fence.token)
        _ = try await client.success(of: call)
    }

    /// How it stands, the present first; states that follow each other quickly may be passed over,
    /// and no older leader comes after a newer one.
    public func observe() -> Observation {
        Observation(client: client, path: path + Self.observing)
    }

    private static let observing = Array("/observe".utf8)

    /// The states of an election, one after another; it resumes as `Watch` does.
    public struct Observation: AsyncSequence, Sendable {
        public typealias Element = State
        public typealias Failure = RoostError

        let client: RoostClient
        let path: [UInt8]

        /// One run over the states.
        public final class AsyncIterator: AsyncIteratorProtocol {
            private let observation: Observation
            private var feed: EventFeed<State>?
            private var last: State?

            init(_ observation: Observation) { self.observation = observation }

            deinit { feed?.end() }

            /// The next state that differs from the one before; nil at the end.
            public func next() async throws(RoostError) -> State? {
                let feed = try feedOnce()
                while let state = try await feed.next().get() {
                    guard isNews(state) else { continue }
                    last = state
                    return state
                }
                return nil
            }

            /// After a broken connection the present comes first again, perhaps from a member that
            /// is behind.
            private func isNews(_ state: State) -> Bool {
                guard case .led(let before) = last, case .led(let leader) = state else {
                    return state != last
                }
                return leader.token >= before.token && leader != before
            }

            private func feedOnce() throws(RoostError) -> EventFeed<State> {
                if let feed { return feed }
                do throws(SystemError) {
                    let feed = try EventFeed(observation.plan, of: observation.client)
                    self.feed = feed
                    return feed
                } catch { throw RoostError(error) }
            }
        }

        /// Begins anew, with the present.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

        private var plan: EventFeed<State>.Plan {
            let path = path
            return EventFeed<State>.Plan(start: .changes) { _ in
                Call.read(path)
            } meaning: { event in
                if event.event.equals("vacant") { return .elements([.vacant]) }
                guard event.event.equals("leader"), let data = event.data,
                    let leader = KeyEvent.json(data).flatMap(Leader.init)
                else { return .elements([]) }
                return .elements([.led(leader)])
            }
        }
    }
}

extension RoostClient {
    /// The election of this name.
    public func election(_ name: String) -> Election { Election(client: self, name: name) }
}
