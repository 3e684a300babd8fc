import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

/// One request for a place through a member that may be cut off: the log of the majority, and the
/// store of the member, which is behind it until it catches up.
struct PlaceHistory {
    /// What becomes of a proposal, and what the member is told.
    enum Fate: CaseIterable {
        case applied
        /// Refused, and in no log.
        case refused
        /// Without an answer, and committed.
        case lostApplied
        /// Without an answer, and in no log.
        case lost
    }

    /// When the lock is released, and by that granted to the waiter.
    enum Grant: CaseIterable {
        case never
        case seenBeforeTheEnd
        /// The member is cut off, and does not see it.
        case unseen
        /// It comes while the end of the wait has no answer, and the member sees it.
        case seenWhileLeaving
    }

    /// How the wait ends.
    enum End: CaseIterable {
        case waitRanOut
        case clientGone
    }

    private(set) var log = Keyspace()
    private(set) var store = Keyspace()
    private var entries: [(request: Request?, time: UInt64)] = []
    private var milliseconds: UInt64 = 1_000
    private var member = MemberView(name: Array("n1".utf8), term: 7)
    private var exchange: NativeExchange?
    /// What the client was told.
    private(set) var reply: Reply?
    /// What belongs to the request that is looked at.
    private(set) var isAcquisitionCommitted = false
    private(set) var answerDeadline: MonotonicTime?

    private var now: MonotonicTime { MonotonicTime(rawValue: milliseconds * 1_000_000) }

    /// Another holds what is wanted, and everybody knows; returns its token.
    mutating func prepare(_ acquisition: LockRequest) -> FencingToken {
        let answer = commit(Request(.acquire(acquisition)))
        catchUp()
        guard case .granted(let grant) = answer?.outcome else { return FencingToken(rawValue: 0) }
        return grant.token
    }

    @discardableResult
    mutating func commit(_ request: Request?) -> Answer? {
        entries.append((request, milliseconds))
        let index = UInt64(entries.count)
        let time = ClusterTime(rawValue: milliseconds)
        return log.apply(index: index, time: time, request: request).answer
    }

    /// The member applies everything; returns the answer to the last.
    @discardableResult
    mutating func catchUp() -> Answer? {
        var answer: Answer?
        while store.appliedIndex < entries.count {
            let entry = entries[Int(store.appliedIndex)]
            answer =
                store.apply(
                    index: store.appliedIndex + 1,
                    time: ClusterTime(rawValue: entry.time),
                    request: entry.request
                ).answer
        }
        return answer
    }

    mutating func pass(_ milliseconds: UInt64) { self.milliseconds += milliseconds }

    mutating func begin(_ request: HTTPRequest, _ fate: Fate) {
        let (exchange, step) = NativeExchange.begin(
            request,
            keyspace: store,
            member: member,
            site: HTTPSite(of: member),
            arrival: now,
            now: now
        )
        self.exchange = exchange
        follow(step, [fate])
    }

    /// Carries out what the exchange asks for; `fates` are those of its proposals, in order.
    private mutating func follow(_ first: NativeStep, _ fates: [Fate]) {
        var fates = fates[...]
        var step = first
        while true {
            switch step {
            case .propose(let request):
                answerDeadline = exchange?.deadline
                step = resumed(propose(request, fates.popFirst() ?? .refused))
            case .respond(let response):
                #expect(reply == nil, "answered twice")
                reply = Reply(response)
                return
            default: return
            }
        }
    }

    private mutating func propose(_ request: Request, _ fate: Fate) -> Resumption {
        let isAcquisition = if case .acquire = request.command { true } else { false }
        switch fate {
        case .applied:
            if isAcquisition { isAcquisitionCommitted = true }
            commit(request)
            return catchUp().map(Resumption.answered) ?? .unproposed(.unknown)
        case .refused: return .unproposed(.notApplied(.noLeader))
        case .lostApplied:
            if isAcquisition { isAcquisitionCommitted = true }
            commit(request)
            return .unproposed(.unknown)
        case .lost: return .unproposed(.unknown)
        }
    }

    private mutating func resumed(_ resumption: Resumption) -> NativeStep {
        guard var exchange else { return .finish }
        defer { self.exchange = exchange }
        return exchange.resume(resumption, keyspace: store, member: member, now: now)
    }

    /// The exchange is woken, and what it then proposes has that fate; before that is answered
    /// `meanwhile` happens.
    mutating func resume(
        _ resumption: Resumption,
        _ fate: Fate,
        meanwhile: (inout PlaceHistory) -> Void = { _ in }
    ) {
        let step = resumed(resumption)
        if case .propose = step { meanwhile(&self) }
        follow(step, [fate])
    }
}
