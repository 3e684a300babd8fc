internal import Bytes
internal import Platform
internal import Wire

/// A client of a Roost cluster: any of its members will do, the others are tried when one fails.
///
/// Every write has an idempotency key, so that its repetition is always safe; calls are repeated
/// until an answer decides them or `Options.timeout` is over. Nothing here blocks the threads of
/// the cooperative pool. A client may be shared by all tasks of a program.
public final class RoostClient: Sendable {
    /// How the client behaves.
    public struct Options: Sendable {
        /// How long a call may take in all, retries included.
        public var timeout = Duration.seconds(10)
        /// So many calls may be under way at a time, each on a connection of its own; watches, locks
        /// and sessions have theirs beside.
        public var connectionCountMax = 4

        /// Ten seconds a call, four connections.
        public init() {}
    }

    let endpoints: [ServiceAddress]
    let authorization: Authorization?
    let timeoutMilliseconds: UInt64
    let governor: CallGovernor
    private let lanes: CallLanes

    /// A client that connects when it is first asked something.
    ///
    /// - Parameters:
    ///   - endpoints: `HOST:PORT`, `https://HOST:PORT`, `unix:PATH` or `srv:NAME`, parted by commas.
    ///   - credentials: as whom it asks.
    ///   - trust: whom it believes at `https://` endpoints, and what it shows there.
    ///   - options: how long it tries, and over how many connections.
    /// - Throws: `invalidArgument` when they cannot be read, or the files of `trust` cannot be used.
    public init(
        endpoints: String = "127.0.0.1:2379",
        credentials: ServiceCredentials = .environment,
        trust: TransportTrust = TransportTrust(),
        options: Options = Options()
    ) throws(RoostError) {
        let security = try trust.security()
        let addresses: [ServiceAddress]
        do throws(EndpointListError) {
            addresses = try EndpointList.parse(endpoints, security: security)
        } catch { throw .invalidArgument("\(error)") }
        let seed: UInt64
        do throws(SystemError) { seed = try Entropy.word() } catch { throw RoostError(error) }
        let timeout = options.timeout.wholeMilliseconds
        guard timeout > 0 else { throw .invalidArgument("a timeout of 0 leaves no time to ask") }
        let authorization = credentials.authorization
        let governor = CallGovernor(seed: seed)
        self.endpoints = addresses
        self.authorization = authorization
        self.governor = governor
        timeoutMilliseconds = timeout
        // Clients of many processes do not all begin with the same member.
        let first = Int(seed % UInt64(addresses.count))
        lanes = CallLanes(laneCountMax: options.connectionCountMax) { lane in
            Client(
                endpoints: addresses,
                first: first + lane,
                authorization: authorization,
                governor: governor
            )
        }
    }

    deinit { lanes.close() }

    /// The answer that decides a call, a refusal too.
    func answer(to call: Call) async throws(RoostError) -> Response {
        guard !Task.isCancelled else { throw .cancelled(.none) }
        let promise = Promise<Result<Response, RoostError>>()
        let timeoutMilliseconds = timeoutMilliseconds
        do throws(SystemError) {
            try lanes.submit { client in
                guard promise.isOpen else { return }
                do throws(ClientError) {
                    promise.keep(
                        .success(
                            try client.perform(call, timeoutMilliseconds: timeoutMilliseconds)
                        )
                    )
                } catch { promise.keep(.failure(RoostError(error))) }
            }
        } catch { throw RoostError(error) }
        let effect: Effect = call.safety == .read ? .none : .unknown
        let result = await withTaskCancellationHandler {
            await promise.value
        } onCancel: {
            promise.keep(.failure(.cancelled(effect)))
        }
        return try result.get()
    }

    /// The answer of success to a call.
    func success(of call: Call) async throws(RoostError) -> Response {
        let reply = try await answer(to: call)
        guard reply.isSuccess else { throw .refused(ServiceRefusal(reply)) }
        return reply
    }

    /// The same as JSON.
    func json(of call: Call) async throws(RoostError) -> JSONValue {
        let reply = try await success(of: call)
        guard let json = reply.json else {
            throw .malformedAnswer(why: "\(reply.endpoint) answers no JSON")
        }
        return json
    }

    /// What one write is known by, however often it is sent.
    static func freshKey() throws(RoostError) -> IdempotencyKey {
        do throws(SystemError) { return try .fresh() } catch { throw RoostError(error) }
    }
}
