internal import Bytes
internal import Keyspace
internal import Wire

/// What a client asks for when it wants a lock or leadership.
struct LockRequestForm {
    /// How long a lease of the place's own lasts unless told otherwise.
    static let timeToLiveMillisecondsDefault: UInt64 = 15_000

    let contest: Contest
    let mode: LockRequest.Mode
    let ownership: LockRequest.Ownership
    let waitMilliseconds: UInt64
    let owner: [UInt8]
    let info: [UInt8]
    let value: [UInt8]

    /// Out of the body of a lock's POST or an election's campaign.
    init(_ contest: Contest, request: HTTPRequest) throws(Problem) {
        let known: [StaticString] =
            contest.kind == .lock
            ? ["ttl", "wait", "owner", "info", "shared", "lease"]
            : ["ttl", "wait", "owner", "info", "value", "encoding", "lease"]
        let body = try Body(request, known: known, presence: .optional)
        self.contest = contest
        mode = try body.bool("shared") == true ? .shared : .exclusive
        let timeToLive = try body.timeToLive("ttl")
        if let lease = try body.lease("lease") {
            guard timeToLive == nil else {
                throw body.fault("ttl", fault: "excludes \"lease\": a lease has its own")
            }
            ownership = .lease(lease)
        } else {
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
            mode = try parameters.flag("shared") ? .shared : .exclusive
            value = []
        case .election:
            mode = .exclusive
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
            info: info
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
