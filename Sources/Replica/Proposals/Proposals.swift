internal import Bytes
internal import Consensus

/// The writes of this member's clients, from the moment they come until each has its answer.
struct Proposals: Sendable {
    /// More writes than this are refused.
    static let countMax = 16_384
    /// More bytes than this do not wait for a leader.
    static let waitingByteCountMax = 64 << 20
    private static let retryMilliseconds: UInt64 = 5
    /// One message to a leader carries no more bytes than this, unless one write alone is longer.
    private static let forwardByteCountMax = 1 << 20

    /// Writes that are in no log and on no link, in order of arrival.
    private var waiting = Queue<WaitingProposal>()
    var waitingByteCount = 0
    /// When the first of those that wait came; nil where none does, or it came back from a leader.
    var waitingSince: MonotonicTime?
    /// Refused writes go to the next leader no sooner than this.
    var pausedUntil: MonotonicTime?
    /// Tickets of writes that go to a second leader while the first may still apply them: of these
    /// nobody can say any more that they were not applied.
    var exposed: Set<Ticket> = []
    /// Writes at a leader, one lane for each that has any.
    var lanes: [Forwarding] = []
    private var nextNumber: UInt64
    /// Writes that are in a log.
    var pending = PendingProposals()

    /// - Parameter start: random, so that no answer to an earlier process fits a number of this one.
    init(numberedFrom start: UInt64) { nextNumber = start >> 1 }

    var isWaiting: Bool { !waiting.isEmpty }

    /// Everybody who waits.
    var tickets: [Ticket] {
        var tickets = (0..<waiting.count).map { waiting[$0].ticket }
        for lane in lanes { tickets += (0..<lane.count).map { lane.sent[$0].proposal.ticket } }
        return tickets + (0..<pending.count).map { pending.queue[$0].ticket }
    }

    func brokenRule(at now: MonotonicTime) -> ReplicaRule? {
        var byteCount = 0
        for offset in 0..<waiting.count { byteCount += waiting[offset].payload.count }
        if byteCount != waitingByteCount { return .waitingIsCounted }
        for place in lanes.indices {
            if lanes[..<place].contains(where: { $0.leader == lanes[place].leader }) {
                return .lanesDiffer
            }
            if let rule = lanes[place].brokenRule(nextNumber: nextNumber) { return rule }
        }
        if let rule = pending.brokenRule { return rule }
        let latest = now.advanced(byMilliseconds: Self.retryMilliseconds)
        if let pausedUntil, pausedUntil > latest { return .pausesAreShort }
        return exposed.isEmpty || exposed.isSubset(of: tickets) ? nil : .exposedAreOpen
    }

    /// How many have no answer yet.
    var count: Int { waiting.count + pending.count + lanes.reduce(0) { $0 + $1.count } }

    /// Whether another write of that many bytes may wait.
    func hasRoom(forByteCount byteCount: Int) -> Bool {
        count < Self.countMax
            && waitingByteCount + byteCount <= Self.waitingByteCountMax
    }

    mutating func wait(_ proposal: consuming WaitingProposal, now: MonotonicTime) {
        if waitingSince == nil { waitingSince = now }
        waitingByteCount += proposal.payload.count
        waiting.append(proposal)
    }

    /// Puts writes that came to nothing before those that wait.
    mutating func waitAgain(_ proposals: [WaitingProposal]) {
        guard !proposals.isEmpty else { return }
        waiting.prepend(proposals)
        waitingByteCount += proposals.reduce(0) { $0 + $1.payload.count }
    }

    /// No leader took the writes: they wait for another one.
    mutating func retry(_ proposals: [WaitingProposal], now: MonotonicTime) {
        waitAgain(proposals)
        pausedUntil = now.advanced(byMilliseconds: Self.retryMilliseconds)
    }

    /// Whether anything waits that may go to a leader now.
    mutating func isDue(_ now: MonotonicTime) -> Bool {
        if let pausedUntil {
            guard now >= pausedUntil else { return false }
            self.pausedUntil = nil
        }
        return isWaiting
    }

    mutating func takeWaiting() -> [WaitingProposal] {
        waitingByteCount = 0
        waitingSince = nil
        return waiting.takeAll()
    }

    /// Hands everything that waits to the leader's lane, as messages of bounded size.
    mutating func forwardWaiting(to leader: MemberID) -> [Forward] {
        let lane = lane(to: leader)
        var messages: [Forward] = []
        var rest = takeWaiting()[...]
        while !rest.isEmpty {
            var byteCount = 0
            let fitting = rest.prefix { proposal in
                byteCount += proposal.payload.count
                return byteCount <= Self.forwardByteCountMax
            }
            let batch = Array(rest.prefix(max(fitting.count, 1)))
            messages.append(lanes[lane].forward(batch, numberedFrom: nextNumber))
            nextNumber += UInt64(batch.count)
            rest = rest.dropFirst(batch.count)
        }
        return messages
    }

    private mutating func lane(to leader: MemberID) -> Int {
        if let lane = lanes.firstIndex(where: { $0.leader == leader }) { return lane }
        lanes.append(Forwarding(to: leader))
        return lanes.count - 1
    }

    /// What an answer of a leader is about.
    mutating func take(_ answer: Forwarded, from leader: MemberID) -> Forwarding.Answered {
        guard let lane = lanes.firstIndex(where: { $0.leader == leader }) else {
            return Forwarding.Answered()
        }
        return lanes[lane].take(answer)
    }

    /// Answers of that member can't come any more. What may be repeated waits again; the others'
    /// tickets are returned: their outcome is unknown.
    mutating func orphan(_ leader: MemberID) -> [Ticket] {
        guard let lane = lanes.firstIndex(where: { $0.leader == leader }) else { return [] }
        var orphaned = lanes.remove(at: lane)
        let orphans = orphaned.takeOrphans()
        repeatExposed(orphans.again)
        return orphans.unknown
    }

    /// Somebody leads now: what an earlier leader holds and may be repeated waits again. A leader
    /// that stands still keeps its links open, so nothing else would end that wait.
    mutating func takeBackRepeatable(exceptFrom leader: MemberID) {
        for lane in lanes.indices where lanes[lane].leader != leader {
            repeatExposed(lanes[lane].takeBackRepeatable())
        }
    }

    /// The other members that hold writes of ours.
    func leaders(except leader: MemberID) -> [MemberID] {
        lanes.lazy.map(\.leader).filter { $0 != leader }
    }

    /// Puts writes that an earlier leader may yet apply before those that wait.
    mutating func repeatExposed(_ proposals: [WaitingProposal]) {
        for proposal in proposals { exposed.insert(proposal.ticket) }
        waitAgain(proposals)
    }

    /// The ticket is answered: how often its write was sent no longer matters.
    mutating func settle(_ ticket: Ticket) {
        if !exposed.isEmpty { exposed.remove(ticket) }
    }

    /// What a ticket hears whose latest sending came to nothing.
    mutating func failure(of ticket: Ticket, cause: ProposalFailure.Cause) -> ProposalFailure {
        if planted(.earlierSendingForgotten) { return .notApplied(cause) }
        return exposed.remove(ticket) == nil ? .notApplied(cause) : .unknown
    }

    /// Ends the wait of a ticket that has no reply yet. Amortised O(1) for the oldest, which is who
    /// runs out of patience: they are looked for where the oldest are.
    mutating func forget(_ ticket: Ticket) -> ProposalFailure? {
        if forgetSent(ticket) == .found {
            settle(ticket)
            return .unknown
        }
        guard let proposal = waiting.remove(where: { $0.ticket == ticket }) else { return nil }
        waitingByteCount -= proposal.payload.count
        return failure(of: ticket, cause: .noLeader)
    }

    private mutating func forgetSent(_ ticket: Ticket) -> PendingProposals.Found {
        if pending.forget(ticket) == .found { return .found }
        for lane in lanes.indices where lanes[lane].forget(ticket) == .found { return .found }
        return .absent
    }
}
