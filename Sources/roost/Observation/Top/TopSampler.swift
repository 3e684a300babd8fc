internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Takes samples, for `roost top`.
struct TopSampler {
    /// A cluster that answers slower is told of, and asked again.
    private static let patienceMillisecondsMax: UInt64 = 3_000
    private static let contestCountMax: UInt64 = 100

    private let poll: ClusterPoll
    private let timeoutMilliseconds: UInt64
    private let security: ClientSecurity

    /// - Parameter invocation: what is said on standard error meanwhile would stand in the screen:
    ///   nothing is.
    init(_ invocation: Invocation) throws(Failure) {
        let service = try Service(invocation)
        service.client.witness = nil
        timeoutMilliseconds = min(service.timeoutMilliseconds, Self.patienceMillisecondsMax)
        poll = ClusterPoll(service, timeoutMilliseconds: timeoutMilliseconds)
        security = service.security
    }

    func sample() throws(Failure) -> TopSample {
        let look = try poll.look()
        let takenAt = Clock.monotonicNow()
        let time = PointInTime(unixMilliseconds: Clock.wallMilliseconds())
        let contests = try contests(of: look.leader?.answer?.address)
        return TopSample(
            look,
            takenAt: takenAt,
            time: time,
            locks: contests?.locks["locks"]?.array ?? [],
            elections: contests?.elections["elections"]?.array ?? []
        )
    }

    /// Asked of the leader, since listing them needs one; nil where it does not tell.
    private func contests(
        of leader: String?
    ) throws(Failure) -> (locks: JSONValue, elections: JSONValue)? {
        guard let leader else { return nil }
        let round = AddressRound(timeoutMilliseconds: timeoutMilliseconds, security: security)
        let answers = try round.ask([leader]) { client, deadline throws(LinkError) in
            func list(_ collection: StaticString) throws(LinkError) -> JSONValue {
                var call = Call.read([UInt8](collection))
                call.add("limit", value: Self.contestCountMax)
                call.add("timeout", value: "1s")
                return try client.attempt(call, until: deadline).json ?? .null
            }
            return (locks: try list("/v1/locks"), elections: try list("/v1/elections"))
        }
        guard case .success(let contests)? = answers.first else { return nil }
        return contests
    }
}
