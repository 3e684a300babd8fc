internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

// What the layers below refuse, translated once.

extension Problem {
    init(_ error: RequestError) {
        switch error {
        case .malformed(let fault):
            self = .bad("The bytes are no HTTP/1.1 request: \(fault).")
        case .targetTooLong(let limit):
            self = Problem(.uriTooLong, "The request line is longer than \(limit) bytes.")
        case .headersTooLarge(let limit):
            self = Problem(
                .headersTooLarge,
                "The header is beyond its limit of \(limit): send fewer or shorter fields."
            )
        case .bodyTooLarge(let limit):
            self = Problem(.tooLarge, "The body is longer than \(limit) bytes.")
        }
    }

    init(_ error: PathError) {
        switch error {
        case .tooLong(let byteCount, let limit):
            self = Problem(.tooLarge, "The key has \(byteCount) bytes; the limit is \(limit).")
        case .empty, .noLeadingSlash: self = .bad("A key begins with a slash.")
        case .trailingSlash: self = .bad("A key does not end with a slash; leave it out.")
        case .emptySegment(let offset):
            self = .bad("The key has an empty segment at byte \(offset).")
        case .dotSegment(let offset):
            self = .bad("The key has the segment . or .. at byte \(offset).")
        case .nulByte(let offset): self = .bad("The key has a NUL at byte \(offset).")
        case .invalidUTF8: self = .bad("The key is not valid UTF-8.")
        }
    }

    init(_ error: TargetError, in part: StaticString) {
        self = .bad("The \(part) \(error.fault).")
    }

    init(_ error: QueryError) {
        switch error {
        case .undecodable(let error): self = Problem(error, in: "query")
        case .tooMany(let limit): self = .bad("The query has more than \(limit) parameters.")
        case .repeated(let name):
            self = .parameter(name, fault: "is given more than once")
        case .invalidFlag(let name):
            self = .parameter(name, fault: "is a flag: bare, true or false")
        }
    }

    init(_ error: JSONError) {
        let reason =
            switch error {
            case .invalidUTF8: "it is not valid UTF-8"
            case .unexpectedEnd: "it ends in the middle"
            case .unexpectedByte(_, let offset): "byte \(offset) does not belong there"
            case .tooDeep(let limit, _): "it is nested deeper than \(limit)"
            case .tooManyValues(let limit, _): "it has more than \(limit) values"
            case .controlCharacter(let offset):
                "the control character at byte \(offset) must be escaped"
            case .invalidEscape(let offset): "the escape at byte \(offset) is unknown"
            case .loneSurrogate(let offset): "byte \(offset) begins half a surrogate pair"
            case .invalidNumber(let offset):
                "the number at byte \(offset) is malformed or not below 2^53"
            case .duplicateName(let name, _): "the field \(text(name)) is there twice"
            case .trailingBytes(let offset): "something follows it at byte \(offset)"
            }
        self = .bad("The body is no JSON that is accepted: \(reason).")
    }

    init(_ refusal: ReadRefusal) {
        switch refusal {
        case .compacted(let revision): self = .compacted(revision)
        case .futureRevision(let asked, let current): self = .future(asked, current: current)
        }
    }

    static func compacted(_ revision: Revision) -> Problem {
        Problem(
            .compacted,
            "History before revision \(revision.rawValue) is gone: it is kept within limits that /v1/settings tells. Read again from there or from the present.",
            .compactRevision(revision)
        )
    }

    static func future(_ asked: Revision, current: Revision) -> Problem {
        Problem(
            .futureRevision,
            "Revision \(asked.rawValue) lies ahead of the store, which is at \(current.rawValue)."
        )
    }

    /// A query parameter is at fault.
    static func parameter(_ name: [UInt8], fault: String) -> Problem {
        Problem(
            .badRequest,
            "The parameter \"\(text(name))\" \(fault).",
            .at("parameter", text(name))
        )
    }

    static func parameter(_ name: StaticString, fault: String) -> Problem {
        parameter(Array("\(name)".utf8), fault: fault)
    }

    /// A field of the body is at fault.
    static func field(_ name: String, fault: String) -> Problem {
        Problem(.badRequest, "The field \"\(name)\" \(fault).", .at("field", name))
    }

    /// A header field is at fault.
    static func header(_ name: StaticString, fault: String) -> Problem {
        Problem(.badRequest, "The header \(name) \(fault).", .at("header", "\(name)"))
    }

    static func notFound(_ what: StaticString, detail: String) -> Problem {
        Problem(.notFound, detail, .what(what))
    }

    /// The command needs a level to which the cluster has not risen.
    static func featureLevel(_ inForce: UInt64, needed: UInt64) -> Problem {
        Problem(
            .featureLevel,
            "The cluster is at feature level \(inForce), and this needs level \(needed): some member runs an earlier release, or is not reached. See roost member list; once all are upgraded and reached the level rises by itself."
        )
    }

    /// No leader or no quorum while a read waited for one.
    static var unreadable: Problem {
        Problem(
            .unavailable,
            "No leader with a majority answered within the timeout; try again, or read with consistency=stale.",
            .applied(.certainlyNot)
        )
    }
}

// MARK: - Writes

extension Problem {
    /// A write that has no answer.
    ///
    /// Nothing else makes a problem of a failure, so that none is called not applied whose fate is
    /// another.
    ///
    /// - Parameter fate: of the whole request, before or with the failure.
    init(_ failure: ProposalFailure, fate: RequestFate) {
        var fate = fate
        fate.note(failure)
        switch failure {
        case .unknown:
            self.init(
                .unavailable,
                "No answer came within the timeout; the write may have been applied or not. Send it again with its Idempotency-Key, or read."
            )
        case .unwritten: self.init(.unavailable, Self.unwrittenDetail)
        case .notApplied(let cause): self.init(cause, fate: fate)
        }
        members = Self.application(fate.application, sending: fate.sending)
    }

    /// A place whose end could not be proposed, or whose proposed end has no answer.
    init(
        _ failure: ProposalFailure,
        fate: RequestFate,
        waitingIn contest: Contest,
        under lease: LeaseID
    ) {
        self.init(
            .unavailable,
            "The wait for \(contest.kind.name) \(text(contest.name)) ran out, and no leader said what became of the place: it may wait still, have become a grant, or be given up. It lives as long as its lease; look at the lease, or delete it to give up the place or the grant."
        )
        var fate = fate
        fate.note(failure)
        members = Self.application(fate.application, sending: fate.sending)
        members += [.name(contest.name), .lease(lease)]
    }

    /// What is told of a request that has no answer.
    ///
    /// - Parameter sending: of this sending, which is told where it says more than the whole does.
    static func application(
        _ application: RequestFate.Application,
        sending: RequestFate.Application
    ) -> [Member] {
        application == sending
            ? [.applied(application)] : [.applied(application), .sendingApplied(sending)]
    }

    static let unwrittenDetail =
        "This member cannot write its audit log, and takes nothing that belongs in it, no writes, until it can (--audit required); try another member."

    private init(_ cause: ProposalFailure.Cause, fate: RequestFate) {
        let detail: String
        let code: Code
        switch cause {
        case .noLeader: (code, detail) = (.unavailable, "There was no leader within the timeout.")
        case .tooManyInFlight:
            (code, detail) = (.tooManyRequests, "Too many writes are in flight; send fewer.")
        case .noSpace:
            (code, detail) = (
                .noSpace, "The disk reserve is used up; delete keys or add space, then try again."
            )
        case .notServing:
            (code, detail) = (.unavailable, "This member does not serve now; try another one.")
        case .lostLeadership:
            (code, detail) = (.unavailable, "The leader changed before the write was accepted.")
        case .membership:
            (code, detail) = (
                .unavailable, "The membership cannot take this step now; look at it and try again."
            )
        case .tooLarge:
            (code, detail) = (.tooLarge, "The write is longer than an entry of the log may be.")
        }
        let more =
            fate.application == .unknown
            ? " If it was sent before under its Idempotency-Key, that sending may have been applied."
            : ""
        self.init(code, detail + more)
    }

    /// A write that apply refused.
    init(_ refusal: Refusal) {
        switch refusal {
        case .notFound(let subject):
            self = .notFound(
                subject.name,
                detail: "There is no such \(subject.name), or it has ended."
            )
        case .conditionFailed(let key, let current):
            self = .conditionFailed(key, current: current)
        case .fenced(let lock, let token, let holders):
            self = Problem(
                .preconditionFailed,
                "Token \(token.rawValue) does not hold \(text(lock)) any more; nothing was written.",
                .at("lock", text(lock)),
                .holders(holders)
            )
        case .notHolder(let contest, let holders):
            self = Problem(
                .preconditionFailed,
                "The token does not hold \(contest.kind.name) \(text(contest.name)).",
                .holders(holders)
            )
        case .held(let contest, let holders, let position):
            self = Problem(
                .lockHeld,
                "Another holds \(contest.kind.name) \(text(contest.name)); give a wait to queue for it.",
                .holders(holders),
                .position(position)
            )
        default: self = Problem(value: refusal)
        }
    }

    /// The refusals whose cause lies in a value of the request or in a bound of the store.
    private init(value refusal: Refusal) {
        switch refusal {
        case .permitsDiffer(let contest, let permitCount):
            self = .permitsDiffer(contest, permitCount: permitCount)
        case .guarded(let root, let lock): self = .guarded(root, lock: lock)
        case .noSuccessor(let contest): self = .noSuccessor(contest)
        case .tooManyGuards(let countMax): self = .tooManyGuards(countMax)
        case .queue(let name, let refusal): self = Problem(refusal, of: name)
        case .barrier(let name, let refusal): self = Problem(refusal, of: name)
        case .counterOutOfRange(let value): self = .counterOutOfRange(value)
        case .modeMismatch(let contest):
            self = .bad("The lease already stands in \(text(contest.name)) in the other mode.")
        case .reservedKey(let key): self = .reserved(key)
        case .duplicatePut(let key):
            self = .bad("The transaction changes the key \(text(key.bytes)) twice.")
        case .nothingToKeep(let key):
            self = .notFound(
                "key",
                detail:
                    "The key \(text(key.bytes)), whose value or lease is to be kept, is not there."
            )
        case .treeChanged(_, let current): self = .conditionFailed(current: current)
        case .valueTooLong(let byteCount, let byteCountMax):
            self = Problem(
                .tooLarge,
                "The value has \(byteCount) bytes; the limit is \(byteCountMax)."
            )
        case .tooManyOperations(let count, let countMax):
            self = .bad("The transaction has \(count) operations; the limit is \(countMax).")
        case .quotaExceeded(let byteCount, let quota):
            self = Problem(
                .noSpace,
                "Keys and values have \(byteCount) bytes, and the write would take them beyond the quota of \(quota); nothing was written. Delete keys, or raise the quota (roost settings quota).",
                .space(used: byteCount, quota: quota)
            )
        case .leaseExists(let lease):
            self = Problem(
                .leaseExists,
                "There is a lease \(text(lease.text)) already; choose another id, or none."
            )
        case .memberOrderStands(let number): self = .orderStands(number)
        case .tooManyMemberOrders: self = .tooManyOrders
        case .keyTooLong(let byteCount):
            self = Problem(
                .tooLarge,
                "The child's key would have \(byteCount) bytes; the limit is \(Key.byteCountMax)."
            )
        case .compacted(let revision): self = .compacted(revision)
        case .futureRevision(let asked, let current): self = .future(asked, current: current)
        case .timeToLiveOutOfRange: self = .timeToLive
        case .resultTooLarge(let byteCountMax):
            self = Problem(
                .tooLarge,
                "The transaction's gets find more than \(byteCountMax) bytes or \(Transaction.resultRecordCountMax) keys; nothing was changed. Read with listings."
            )
        case .tooManyLooks(let countMax):
            self = Problem(
                .tooLarge,
                "The transaction's compares, gets and deletes look at more than \(countMax) keys, where long values count as several; nothing was changed. Name smaller ranges."
            )
        case .tooManyLeases:
            self = Problem(.tooManyRequests, "The cluster holds as many leases as it can.")
        case .tooManyWaiters: self = Problem(.tooManyRequests, "The queues are full.")
        case .tooManyIdempotencyKeys:
            self = Problem(
                .tooManyRequests,
                "Too many idempotency keys are remembered; older ones end after ten minutes."
            )
        case .idempotencyMismatch:
            self = Problem(
                .idempotencyMismatch,
                "The Idempotency-Key was used for another request; take a new one."
            )
        case .unauthenticated, .denied, .noAdministrator, .accessTooLarge, .tooManyAccessItems:
            self = .access(refusal)
        case .subtreeFull, .tooManyQuotas: self = .subtree(refusal)
        case .malformed, .notFound, .conditionFailed, .fenced, .notHolder, .held:
            self = Problem(.internal, "The members did not understand the command.")
        }
    }

    static func conditionFailed(_ key: Key, current: KeyRecord?) -> Problem {
        guard let current else {
            return Problem(
                .preconditionFailed,
                "The key \(text(key.bytes)) does not exist.",
                .modRevision(.zero)
            )
        }
        return Problem(
            .preconditionFailed,
            "The key \(text(key.bytes)) is at revision \(current.modRevision.rawValue), not as the condition demands.",
            .modRevision(current.modRevision),
            .current(current)
        )
    }

    static func conditionFailed(current tag: TreeWrite.Tag) -> Problem {
        Problem(
            .preconditionFailed,
            "The keys are at \"\(text(tag.text))\" (the highest revision, and how many they are), not as the condition demands.",
            .modRevision(tag.modRevision)
        )
    }

    /// What names no lock and no election.
    static func contestName(_ name: [UInt8]) -> Problem {
        .bad("This can name no lock and no election: \(name.faultAsName).")
    }

    static func reserved(_ key: Key) -> Problem {
        Problem(
            .permissionDenied,
            "Keys below /.roost belong to the service; use the calls for locks and elections."
        )
    }

    static var timeToLive: Problem {
        .field("ttl", fault: "lies outside \(Lease.nativeTimeToLiveText)")
    }
}

extension [UInt8] {
    /// Why it is not the name of a lock or an election.
    var faultAsName: String {
        if isEmpty { return "it is empty" }
        if count > Contest.nameByteCountMax {
            return "it has \(count) bytes, and the limit is \(Contest.nameByteCountMax)"
        }
        if equals(".") || equals("..") {
            return "it is \(text(self)), which clients take out of addresses before they ask"
        }
        if contains(0) { return "it has a NUL" }
        if contains(UInt8(ascii: "/")) { return "a segment of it is empty, . or .." }
        return "it is not valid UTF-8"
    }
}

/// Bytes as people read them; what is no UTF-8 is replaced.
func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
