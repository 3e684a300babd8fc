internal import Bytes

/// Every lock and election: who holds, who waits, and where each lease stands.
///
/// Grants are decided by the keyspace, which knows leases and revisions; this table keeps order and
/// sums. A waiter is (contest, lease).
///
/// - Complexity: every change is O(log *n*); a position in a queue is O(log *n* + *n* / 64).
struct ContestTable: Sendable {
    /// The most that all contenders together may take, in bytes, overhead included. What a holder
    /// proclaims is the store's.
    static let byteCountMax = 64 << 20

    /// What a contender takes beside its texts: array headers and map elements.
    private static let contenderOverheadByteCount = 192

    /// Where a lease stands; ordered by lease, so that a lease's end finds all of them.
    struct ParticipationKey: Comparable, Sendable {
        let lease: LeaseID
        let contest: Contest

        static func < (left: ParticipationKey, right: ParticipationKey) -> Bool {
            left.lease == right.lease ? left.contest < right.contest : left.lease < right.lease
        }
    }

    /// The end of a hold, or of the time in which nobody gets the lock.
    struct TimedChange: Comparable, Sendable {
        let deadline: ClusterTime
        let contest: Contest
        /// Nil where the contest opens.
        let holder: FencingToken?

        static func < (left: TimedChange, right: TimedChange) -> Bool {
            guard left.deadline == right.deadline else { return left.deadline < right.deadline }
            guard left.contest == right.contest else { return left.contest < right.contest }
            return left.holder?.rawValue ?? 0 < right.holder?.rawValue ?? 0
        }
    }

    var queues = SortedMap<Contest, ContestQueue>()
    /// One for each holder and waiter.
    var standings = SortedMap<ParticipationKey, Participation>()
    /// What the time alone changes, by when: holds of their own time, and contests that are shut.
    var timed = RareMap<TimedChange, Void>()
    /// The contests whose first waiter can be granted now.
    var grantable = SortedMap<Contest, Void>()
    var byteCount = 0
    var waiterCount = 0
    var holderCount = 0
    /// Over every holder and waiter.
    var hash = StateHash()

    /// The first contest, in the order of contests, whose first waiter can be granted now.
    var firstGrantable: Contest? { grantable.first?.key }

    /// The first, in order, of what the time has changed at `time`: as of leases, the last
    /// millisecond is whole.
    @inline(__always)
    func firstTimed(at time: ClusterTime) -> TimedChange? {
        timed.isEmpty ? nil : firstDue(at: time)
    }

    private func firstDue(at time: ClusterTime) -> TimedChange? {
        guard let change = timed.first?.key, Lease.end(at: change.deadline) <= time else {
            return nil
        }
        return change
    }

    /// When the first of it changes; that may have passed.
    var nextTimed: ClusterTime? { (timed.first?.key.deadline).map(Lease.end) }

    /// The contest's holders and queue; nil when nobody holds or waits.
    subscript(contest: Contest) -> ContestQueue? { queues[contest] }

    /// The contests after `contest`, in order.
    func elements(after contest: Contest) -> SortedMap<Contest, ContestQueue>.Elements {
        queues.elements(after: contest)
    }

    /// Where the lease stands in the contest.
    func standing(of lease: LeaseID, in contest: Contest) -> Participation? {
        standings[ParticipationKey(lease: lease, contest: contest)]
    }

    /// The first contest, in order, in which the lease holds or waits.
    func firstContest(of lease: LeaseID) -> (contest: Contest, standing: Participation)? {
        let lowest = ParticipationKey(lease: lease, contest: Contest(kind: .lock, name: []))
        guard let seat = standings.elements(from: lowest).first(where: { _ in true }),
            seat.key.lease == lease
        else { return nil }
        return (seat.key.contest, seat.value)
    }

    /// At most `countMax` of the contests in which the lease holds or waits, in order.
    func contests(of lease: LeaseID, countMax: Int) -> [Contest] {
        let lowest = ParticipationKey(lease: lease, contest: Contest(kind: .lock, name: []))
        var contests: [Contest] = []
        for seat in standings.elements(from: lowest) {
            guard seat.key.lease == lease, contests.count < countMax else { break }
            contests.append(seat.key.contest)
        }
        return contests
    }

    /// 1 for the first waiter.
    func position(of turn: Turn, in contest: Contest) -> UInt64 {
        UInt64(queues[contest]?.waiters.rank(of: turn) ?? 0) + 1
    }

    /// Whether the bound allows one more waiter of that size.
    func hasRoom(for contender: Participant, in contest: Contest) -> Bool {
        let needed = Self.byteCount(
            contender,
            in: contest,
            standing: .waiting(contender.turn(arrival: 0))
        )
        return byteCount + needed <= Self.byteCountMax
    }

    // MARK: Changes

    /// Puts the contender into the queue.
    mutating func enqueue(_ contender: Participant, in contest: Contest, turn: Turn) {
        if !queues.contains(contest) { queues.insert(ContestQueue(), for: contest) }
        queues.update(contest) { queue in
            invariant(queue.waiters[turn] == nil, "two waiters came with entry \(turn.arrival)")
            queue.insert(waiter: contender, turn: turn)
        }
        waiterCount += 1
        seat(contender, in: contest, standing: .waiting(turn))
    }

    /// Takes a waiter out of the queue.
    mutating func removeWaiter(_ turn: Turn, in contest: Contest) -> Participant? {
        guard
            let contender = queues.update(contest, { $0.removeWaiter(turn) }) ?? nil
        else { return nil }
        waiterCount -= 1
        unseat(contender, in: contest, standing: .waiting(turn))
        return contender
    }

    /// Has a waiter be the next whose turn comes, whoever else waits.
    mutating func choose(_ turn: Turn, in contest: Contest) {
        var chosen = turn
        if !planted(.successorForgotten) { chosen.choice = .chosen }
        guard turn.choice == .waiting, let waiter = removeWaiter(turn, in: contest) else { return }
        enqueue(waiter, in: contest, turn: chosen)
    }

    /// Lets a hold end then at the latest.
    mutating func bound(holder token: FencingToken, in contest: Contest, by end: ClusterTime) {
        guard let holder = queues[contest]?.holders[token] else { return }
        if let before = holder.holdEnd {
            guard end < before else { return }
            timed.remove(TimedChange(deadline: before, contest: contest, holder: token))
        }
        timed.insert((), for: TimedChange(deadline: end, contest: contest, holder: token))
        change(holder: token, in: contest) { $0.holdEnd = end }
    }

    /// Makes a contender, who is not queued any more, a holder.
    mutating func addHolder(_ contender: Participant, in contest: Contest, token: FencingToken) {
        if !queues.contains(contest) { queues.insert(ContestQueue(), for: contest) }
        queues.update(contest) { queue in
            invariant(
                queue.holders.last.map {
                    $0.key < token && $0.value.mode == .shared && contender.mode == .shared
                } ?? true,
                "a grant \(token) beside an exclusive one, or out of order"
            )
            queue.insert(holder: contender, token: token)
        }
        holderCount += 1
        if let end = contender.holdEnd {
            let change = TimedChange(deadline: end, contest: contest, holder: token)
            timed.insert((), for: change)
        }
        seat(contender, in: contest, standing: .holding(token))
    }

    /// Ends a grant.
    mutating func removeHolder(token: FencingToken, in contest: Contest) -> Participant? {
        guard let contender = queues.update(contest, { $0.removeHolder(token) }) ?? nil else {
            return nil
        }
        holderCount -= 1
        if let end = contender.holdEnd {
            timed.remove(TimedChange(deadline: end, contest: contest, holder: token))
        }
        unseat(contender, in: contest, standing: .holding(token))
        return contender
    }

    /// Gives a holder another value, or counts its holds.
    mutating func change(
        holder token: FencingToken,
        in contest: Contest,
        _ change: (inout Participant) -> Void
    ) {
        guard var contender = queues[contest]?.holders[token] else { return }
        assert(standing(of: contender.lease, in: contest) == .holding(token), Self.rule)
        hash.remove(Self.item(contender, in: contest, standing: .holding(token)))
        change(&contender)
        hash.add(Self.item(contender, in: contest, standing: .holding(token)))
        queues.update(contest) { $0.replace(holder: contender, token: token) }
    }

    /// Gives the contest to nobody until then.
    mutating func shut(_ contest: Contest, until deadline: ClusterTime) {
        if let before = queues[contest]?.shutUntil {
            guard before < deadline else { return }
            open(contest, shutUntil: before)
        }
        if !queues.contains(contest) { queues.insert(ContestQueue(), for: contest) }
        queues.update(contest) { $0.shutUntil = deadline }
        timed.insert((), for: TimedChange(deadline: deadline, contest: contest, holder: nil))
        byteCount += Self.byteCount(ofShut: contest)
        hash.add(Self.item(contest, shutUntil: deadline))
        noteChange(of: contest)
    }

    /// Lets the contest be granted again.
    mutating func open(_ contest: Contest, shutUntil deadline: ClusterTime) {
        queues.update(contest) { $0.shutUntil = nil }
        timed.remove(TimedChange(deadline: deadline, contest: contest, holder: nil))
        byteCount -= Self.byteCount(ofShut: contest)
        hash.remove(Self.item(contest, shutUntil: deadline))
        noteChange(of: contest)
    }

    private mutating func seat(
        _ contender: Participant,
        in contest: Contest,
        standing: Participation
    ) {
        let seat = ParticipationKey(lease: contender.lease, contest: contest)
        invariant(standings[seat] == nil, "\(contender.lease) stands twice in one contest")
        standings.insert(standing, for: seat)
        invariant(isCounted, "\(contender.lease) came: \(Self.rule)")
        byteCount += Self.byteCount(contender, in: contest, standing: standing)
        hash.add(Self.item(contender, in: contest, standing: standing))
        noteChange(of: contest)
    }

    private mutating func unseat(
        _ contender: Participant,
        in contest: Contest,
        standing: Participation
    ) {
        let seat = ParticipationKey(lease: contender.lease, contest: contest)
        if !planted(.goneContenderStands) { standings.remove(seat) }
        invariant(isCounted, "\(contender.lease) went: \(Self.rule)")
        byteCount -= Self.byteCount(contender, in: contest, standing: standing)
        assert(byteCount >= 0, KeyspaceRule.contendersAreCounted.rawValue)
        hash.remove(Self.item(contender, in: contest, standing: standing))
        noteChange(of: contest)
    }

    private var isCounted: Bool { standings.count == holderCount + waiterCount }

    /// What the counts show.
    private static var rule: String { KeyspaceRule.standingsNameContenders.rawValue }

    /// Keeps `grantable` true after a contest's holders or waiters changed, and forgets an empty
    /// contest.
    private mutating func noteChange(of contest: Contest) {
        guard let queue = queues[contest] else { return }
        if queue.isGrantable {
            grantable.insert((), for: contest)
        } else {
            grantable.remove(contest)
        }
        if queue.isEmpty { queues.remove(contest) }
        assert(queues.count >= grantable.count, KeyspaceRule.grantableIsFirst.rawValue)
    }

    static func byteCount(ofShut contest: Contest) -> Int {
        contenderOverheadByteCount + contest.name.count
    }

    static func item(_ contest: Contest, shutUntil deadline: ClusterTime) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.shutContest)
        item.combine(UInt64(contest.kind.rawValue))
        item.combine(contest.name.span)
        item.combine(deadline.rawValue)
        return item
    }

    static func byteCount(
        _ contender: Participant,
        in contest: Contest,
        standing: Participation
    ) -> Int {
        let texts = contest.name.count + contender.owner.count + contender.caller.byteCount
        return switch standing {
        case .waiting: contenderOverheadByteCount + texts + contender.value.count
        case .holding: contenderOverheadByteCount + texts
        }
    }

    static func item(
        _ contender: Participant,
        in contest: Contest,
        standing: Participation
    ) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.contender)
        item.combine(UInt64(contest.kind.rawValue))
        item.combine(contest.name.span)
        switch standing {
        case .holding(let token):
            item.combine(0)
            item.combine(token.rawValue)
        case .waiting(let turn):
            item.combine(turn.choice == .waiting ? 1 : 2)
            item.combine(turn.arrival)
        }
        item.combine(contender.lease.rawValue)
        item.combine(UInt64(contender.mode.rawValue))
        item.combine(contender.owner.span)
        item.combine(contender.value.span)
        // What older snapshots do not have is no part of their hash.
        if !contender.info.isEmpty || contender.since != .unknown {
            item.combine(contender.info.span)
            item.combine(contender.since.rawValue)
        }
        if contender.terms != .none || contender.holdEnd != nil {
            var terms: [UInt8] = []
            contender.terms.encode(into: &terms)
            item.combine(terms.span)
            item.combine(UInt64(contender.holdCount))
            item.combine(contender.holdEnd?.rawValue ?? 0)
        }
        if contender.caller != .nobody {
            var caller: [UInt8] = []
            caller.append(contender.caller)
            item.combine(caller.span)
        }
        return item
    }
}
