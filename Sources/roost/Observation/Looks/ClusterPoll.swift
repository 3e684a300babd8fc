internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Asks every member of a cluster at its client address, and whoever else was named, all at once.
struct ClusterPoll {
    private static let membersPath = Array("/v1/members".utf8)

    private let service: Service

    private let timeoutMilliseconds: UInt64

    /// - Parameter timeoutMilliseconds: how long to look for a member that answers; as long as the
    ///   service is tried where nothing is said.
    init(_ service: Service, timeoutMilliseconds: UInt64? = nil) {
        self.service = service
        self.timeoutMilliseconds = timeoutMilliseconds ?? service.timeoutMilliseconds
    }

    /// One look. Fails where no member at all says who the members are.
    func look() throws(Failure) -> ClusterLook {
        let list = try members()
        var addresses = (list.json?["members"]?.array ?? []).compactMap { $0["client"]?.string }
            .map { String(decoding: $0, as: UTF8.self) }.filter { !$0.isEmpty }
        for endpoint in service.members.map(\.description) where !addresses.contains(endpoint) {
            addresses.append(endpoint)
        }
        let round = AddressRound(
            timeoutMilliseconds: timeoutMilliseconds,
            security: service.security
        )
        let answers = try round.ask(addresses) { client, deadline throws(LinkError) in
            try Self.ask(client, until: deadline)
        }
        return ClusterLook(
            zip(addresses, answers).map { address, answer in
                ClusterLook.Sighting(address: address, outcome: Self.outcome(answer, at: address))
            }
        )
    }

    private func members() throws(Failure) -> Response {
        let reply: Response
        do throws(ClientError) {
            reply = try service.client.perform(
                .read(Self.membersPath),
                timeoutMilliseconds: timeoutMilliseconds
            )
        } catch { throw .client(error) }
        guard reply.isSuccess else { throw .answer(reply) }
        return reply
    }

    private static func outcome(
        _ answer: Result<Answers, LinkError>,
        at address: String
    ) -> ClusterLook.Sighting.Outcome {
        switch answer {
        case .success(let answers):
            MemberAnswer(answers, at: address).map { .answered($0) }
                ?? .silent(why: "what answers there is no Roost member")
        case .failure(let error): .silent(why: error.why)
        }
    }

    /// The list comes first: the round trip of the next question is one of a connection that stands.
    private static func ask(
        _ client: Client,
        until deadline: MonotonicTime
    ) throws(LinkError) -> Answers {
        let list = try client.attempt(.read(membersPath), until: deadline)
        let asked = PointInTime(unixMilliseconds: Clock.wallMilliseconds())
        let begun = Clock.monotonicNow()
        let status = try client.attempt(.read(Array("/v1/status".utf8)), until: deadline)
        let roundTrip = Clock.monotonicNow().nanoseconds(since: begun)
        return Answers(
            list: list,
            status: status,
            readiness: try client.attempt(.read(Array("/readyz".utf8)), until: deadline),
            metrics: try client.attempt(.read(Array("/metrics".utf8)), until: deadline),
            asked: asked,
            roundTripNanoseconds: roundTrip
        )
    }
}

/// The answers of one member to all that a look asks.
private struct Answers: Sendable {
    let list: Response
    let status: Response
    let readiness: Response
    let metrics: Response
    /// When it was asked for its status, by this machine's clock.
    let asked: PointInTime
    let roundTripNanoseconds: UInt64
}

extension MemberAnswer {
    /// Nil where no member answered.
    fileprivate init?(_ answers: Answers, at address: String) {
        guard let status = answers.status.json, status["id"]?.string != nil else { return nil }
        let time = status["time"]?.string.flatMap(PointInTime.init(parsing:))
        let reasons = ServiceProblem(answers.readiness)?.document["reasons"]?.array ?? []
        self.init(
            status: status,
            list: answers.list.json ?? .null,
            unreadyReasons: reasons.map(\.plainText),
            metrics: MetricsReading(parsing: answers.metrics.body),
            clock: time.map {
                ClockReading(
                    told: $0,
                    asked: answers.asked,
                    roundTripNanoseconds: answers.roundTripNanoseconds
                )
            },
            roundTripNanoseconds: answers.roundTripNanoseconds,
            address: address
        )
    }
}
