internal import Bytes
internal import Keyspace
internal import Wire

/// What a client asks for when it wants a lock or leadership.
struct LockRequestForm {
    /// How long a lease of the place's own lasts unless told otherwise.
    static let timeToLiveMillisecondsDefault: UInt64 = 15_000

    /// The fields of a campaign's POST.
    static let campaignFields: [StaticString] = [
        "ttl", "wait", "value", "encoding", "owner", "info", "lease", "priority", "preempt",
    ]

    /// The fields of a lock's POST.
    static let lockFields: [StaticString] = [
        "ttl", "wait", "owner", "info", "shared", "permits", "reentrant", "max_hold", "delay",
        "detached", "lease",
    ]

    let contest: Contest
    let mode: LockRequest.Mode
    let terms: LockTerms
    let ownership: LockRequest.Ownership
    let waitMilliseconds: UInt64
    let owner: [UInt8]
    let info: [UInt8]
    let value: [UInt8]

    /// Out of the body of a lock's POST or an election's campaign.
    init(_ contest: Contest, request: HTTPRequest) throws(Problem) {
        let known: [StaticString] =
            contest.kind == .lock
            ? Self.lockFields
            : Self.campaignFields
        let body = try Body(request, known: known, presence: .optional)
        self.contest = contest
        terms = try LockTerms(body)
        mode = try body.bool("shared") == true || terms.permitCount > 0 ? .shared : .exclusive
        let timeToLive = try body.timeToLive("ttl")
        if let lease = try body.lease("lease") {
            guard timeToLive == nil else {
                throw body.fault("ttl", fault: "excludes \"lease\": a lease has its own")
            }
            guard try body.bool("detached") != true else {
                throw body.fault("detached", fault: "excludes \"lease\", which says the same")
            }
            ownership = .lease(lease)
        } else {
            guard terms.reentry == .none else {
                throw body.fault("reentrant", fault: "wants \"lease\", by which you are known")
            }
            ownership = .own(
                timeToLiveMilliseconds: timeToLive ?? Self.timeToLiveMillisecondsDefault
            )
        }
        waitMilliseconds = try body.duration("wait")?.milliseconds ?? 0
        owner = try body.string("owner") ?? []
        info = try body.string("info") ?? []
        value = contest.kind == .election ? try body.value("value") ?? [] : []
        try Self.check(owner, named: "owner", byteCountMax: LockRequest.ownerByteCountMax)
        try Self.check(info, named: "info", byteCountMax: LockRequest.infoByteCountMax)
    }

    /// Out of the query of a hold.
    init(holding contest: Contest, parameters: inout Parameters) throws(Problem) {
        self.contest = contest
        let timeToLive = try parameters.timeToLive("ttl")
        ownership = .own(timeToLiveMilliseconds: timeToLive ?? Self.timeToLiveMillisecondsDefault)
        waitMilliseconds = .max
        owner = try parameters.text("owner") ?? []
        info = try parameters.text("info") ?? []
        switch contest.kind {
        case .lock:
            let permits = try parameters.number("permits")
            let isShared = try parameters.flag("shared")
            terms = LockTerms(permitCount: try LockTerms.permitCount(permits, besides: nil))
            mode = isShared || permits != nil ? .shared : .exclusive
            value = []
        case .election:
            mode = .exclusive
            terms = LockTerms(
                priority: try LockTerms.priority(parameters.integer("priority"))
            )
            value = try parameters.text("value") ?? []
        }
        try Self.check(owner, named: "owner", byteCountMax: LockRequest.ownerByteCountMax)
        try Self.check(info, named: "info", byteCountMax: LockRequest.infoByteCountMax)
    }

    /// How long the place lives when nothing renews it; 0 where the caller's lease decides that.
    var timeToLiveMilliseconds: UInt64 {
        guard case .own(let timeToLiveMilliseconds) = ownership else { return 0 }
        return timeToLiveMilliseconds
    }

    private static func check(
        _ text: [UInt8],
        named name: String,
        byteCountMax: Int
    ) throws(Problem) {
        guard text.count <= byteCountMax else {
            throw .field(name, fault: "is longer than \(byteCountMax) bytes")
        }
        guard text.span.isValidUTF8 else { throw .field(name, fault: "is not valid UTF-8") }
    }

    var acquisition: LockRequest {
        LockRequest(
            contest: contest,
            mode: mode,
            ownership: ownership,
            patience: waitMilliseconds == 0 ? .refuseWhenHeld : .queue,
            owner: owner,
            value: value,
            info: info,
            terms: terms
        )
    }

    var command: Command { .acquire(acquisition) }
}

extension LockRequest.Ownership {
    /// What the member has to keep alive for a place under this ownership.
    func kept(_ lease: LeaseID, by caller: Caller) -> KeptLease? {
        guard case .own(let timeToLiveMilliseconds) = self else { return nil }
        return KeptLease(
            id: lease,
            timeToLiveMilliseconds: timeToLiveMilliseconds,
            caller: caller
        )
    }
}

extension LockTerms {
    /// Out of the body of a lock's POST, or of a campaign, which has none of these.
    fileprivate init(_ body: Body) throws(Problem) {
        let isReentrant = try body.bool("reentrant") == true
        let permits = try body.whole("permits")
        self.init(
            permitCount: try Self.permitCount(permits, besides: try body.bool("shared")),
            reentry: isReentrant ? .counted : .none,
            holdMilliseconds: try body.timeToLive("max_hold") ?? 0,
            delayMilliseconds: try body.timeToLive("delay") ?? 0,
            priority: try Self.priority(try body.integer("priority")),
            preemption: try body.bool("preempt") == true ? .asks : .waits
        )
    }

    /// A candidate's priority; 0 where that is not said.
    fileprivate static func priority(_ priority: Int64?) throws(Problem) -> Int32 {
        guard let priority else { return 0 }
        guard let number = Int32(exactly: priority) else {
            throw .field("priority", fault: "lies outside -2147483648 to 2147483647")
        }
        return number
    }

    /// How many may hold it at a time; 0 where that is not said.
    fileprivate static func permitCount(
        _ permits: UInt64?,
        besides isShared: Bool?
    ) throws(Problem) -> UInt32 {
        guard let permits else { return 0 }
        guard isShared != false else {
            throw .field("permits", fault: "excludes \"shared\":false: a semaphore is shared")
        }
        guard (1...UInt64(permitCountMax)).contains(permits) else {
            throw .field("permits", fault: "lies outside 1 to \(permitCountMax)")
        }
        return UInt32(permits)
    }
}
