internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `GET …/hold`: a lock or leadership held for as long as the connection lives, plus its time to
/// live. Events: `waiting`, `held`, `lost`.
///
/// In between a comment comes at least every third of the time to live, as long as this member sees
/// the lease renewed: silence for a whole one means that it is lost, whatever the reason.
struct HoldCall {
    private enum State {
        case asking
        case standing(LeaseID)
        /// The client is gone: its place in the queue is given up, a grant ends by itself.
        case leaving
        case over
    }

    /// What the client was told last.
    private enum Told: Equatable {
        case nothing
        case waiting(position: UInt64)
        case held(FencingToken)
    }

    private enum Client {
        case present
        case gone
    }

    /// No position that was told is wrong for longer.
    private static let positionIntervalMilliseconds: UInt64 = 1_000

    let contest: Contest
    private let ownership: LockRequest.Ownership
    private let request: Request
    private var state = State.asking
    private var client = Client.present
    private var told = Told.nothing
    private var renewal: Renewal
    private var heartbeat: KeepaliveComment

    init(_ candidacy: LockRequestForm, request: HTTPRequest, now: MonotonicTime) throws(Problem) {
        contest = candidacy.contest
        ownership = candidacy.ownership
        self.request = try WritePreconditions(request).request(candidacy.command)
        renewal = Renewal(of: candidacy.timeToLiveMilliseconds, now: now)
        heartbeat = KeepaliveComment(
            now: now,
            timeToLiveMilliseconds: candidacy.timeToLiveMilliseconds
        )
    }

    func start(level: FeatureLevel) throws(Problem) -> NativeStep {
        try request.expectKnown(at: level)
        return .propose(request)
    }

    /// The lease that the member keeps alive.
    func lease(keptBy caller: Caller) -> KeptLease? {
        if case .standing(let lease) = state { ownership.kept(lease, by: caller) } else { nil }
    }

    mutating func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        switch (state, resumption) {
        case (.asking, .answered(let answer)): return try take(answer.outcome)
        case (.asking, .unproposed(let failure)):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(failure, fate: RequestFate(request))
        case (.asking, .disconnected):
            client = .gone
            return .goOn
        case (.standing(let lease), .disconnected): return leave(lease)
        case (.leaving, .answered), (.leaving, .unproposed), (_, .disconnected):
            state = .over
            return .finish
        default: return .goOn
        }
    }

    private mutating func take(_ outcome: Outcome) throws(Problem) -> NativeStep {
        let lease: LeaseID
        switch outcome {
        case .granted(let grant): lease = grant.lease
        case .queued(let place): lease = place.lease
        case .refused(let refusal):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(refusal)
        default:
            state = .over
            return .finish
        }
        guard client == .present else { return leave(lease) }
        state = .standing(lease)
        return .stream(.eventStream)
    }

    private mutating func leave(_ lease: LeaseID) -> NativeStep {
        state = .leaving
        return .propose(Request(.abandon(contest, lease: lease, .queuedOnly)))
    }

    mutating func nextChunk(_ keyspace: Keyspace, now: MonotonicTime) -> NativePiece {
        guard case .standing(let lease) = state else { return .end([]) }
        var output: [UInt8] = []
        renewal.look(at: lease, in: keyspace, now: now)
        switch keyspace.standing(of: lease, in: contest) {
        case .waiting(let place):
            if told != .waiting(position: place.position) {
                told = .waiting(position: place.position)
                append("waiting", to: &output) { json in
                    json.member("position", number: place.position)
                    json.name("holders")
                    json.holders(place.holders)
                }
            }
        case .holding(let grant):
            if told != .held(grant.token) {
                told = .held(grant.token)
                append("held", to: &output) { json in
                    json.member("token", number: grant.token.rawValue)
                    json.member("lease", string: grant.lease.text)
                    json.text("owner", bytes: grant.owner)
                    json.description(since: grant.since, info: grant.info)
                    json.member("remaining", milliseconds: grant.remainingMilliseconds)
                }
            }
        case .none:
            state = .over
            append("lost", to: &output) { json in
                if case .held(let token) = told { json.member("token", number: token.rawValue) }
            }
            return .end(output)
        }
        if output.isEmpty, renewal.isRecent(now: now) {
            heartbeat.append(to: &output, now: now)
        }
        // Where there is nothing that could be vouched for, the next beat has its turn in time.
        if !output.isEmpty || heartbeat.isDue(now: now) { heartbeat.note(now: now) }
        guard output.isEmpty else { return .bytes(output) }
        return .idle(
            Wake(deadline: nextLook(now: now), place: Wake.Place(of: lease, in: contest))
        )
    }

    /// Who waits looks for its position now and then: told of each step, a thousand who wait would
    /// make a thousand answers of every grant.
    private func nextLook(now: MonotonicTime) -> MonotonicTime {
        guard case .waiting = told else { return heartbeat.deadline }
        let look = now.advanced(byMilliseconds: Self.positionIntervalMilliseconds)
        return min(heartbeat.deadline, look)
    }

    private func append(
        _ event: StaticString,
        to output: inout [UInt8],
        members: (inout JSONWriter) -> Void
    ) {
        EventStream.append(event: event, to: &output)
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: contest.name)
        members(&json)
        json.endObject()
        EventStream.append(data: json.output, to: &output)
        EventStream.appendEnd(to: &output)
    }
}

/// When this member last saw that a lease was renewed. One that is cut off sees no more of it, and
/// cannot know whether the lease still lives.
private struct Renewal {
    private let patienceMilliseconds: UInt64
    private var end: ClusterTime?
    private var seenAt: MonotonicTime

    /// Renewed after a third of its time, a lease that was not after a half is in doubt.
    init(of timeToLiveMilliseconds: UInt64, now: MonotonicTime) {
        patienceMilliseconds = timeToLiveMilliseconds / 2
        seenAt = now
    }

    mutating func look(at lease: LeaseID, in keyspace: Keyspace, now: MonotonicTime) {
        guard let standing = keyspace.lease(lease) else { return }
        let end = keyspace.clock.advanced(byMilliseconds: standing.remainingMilliseconds)
        guard end != self.end else { return }
        self.end = end
        seenAt = now
    }

    func isRecent(now: MonotonicTime) -> Bool {
        now < seenAt.advanced(byMilliseconds: patienceMilliseconds)
    }
}

/// Keeps a silent stream from looking dead.
struct KeepaliveComment {
    /// No stream is silent for longer.
    private static let intervalMillisecondsMax: UInt64 = 15_000

    private let intervalMilliseconds: UInt64
    /// When something has to be sent.
    private(set) var deadline: MonotonicTime

    init(now: MonotonicTime) {
        self.init(now: now, every: Self.intervalMillisecondsMax)
    }

    /// For something that lives no longer than that: at every quarter of it, so that a late one
    /// still comes within a third.
    init(now: MonotonicTime, timeToLiveMilliseconds: UInt64) {
        self.init(now: now, every: min(timeToLiveMilliseconds / 4, Self.intervalMillisecondsMax))
    }

    private init(now: MonotonicTime, every intervalMilliseconds: UInt64) {
        self.intervalMilliseconds = intervalMilliseconds
        deadline = now.advanced(byMilliseconds: intervalMilliseconds)
    }

    /// Something was sent.
    mutating func note(now: MonotonicTime) {
        deadline = now.advanced(byMilliseconds: intervalMilliseconds)
    }

    func isDue(now: MonotonicTime) -> Bool { now >= deadline }

    /// A comment, when it is due.
    func append(to output: inout [UInt8], now: MonotonicTime) {
        if isDue(now: now) { output.append(":\n\n") }
    }
}

extension HTTPResponse {
    /// The head of a stream of Server-Sent Events.
    static var eventStream: HTTPResponse {
        var headers = HeaderFields()
        headers.append("Content-Type", value: EventStream.mediaType)
        return HTTPResponse(status: 200, headers: headers, body: .stream)
    }
}
