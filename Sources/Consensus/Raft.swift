package import Bytes

/// One member of the protocol (Ongaro, "Consensus: bridging theory and practice"): a value with no
/// clock, disk, socket, lock or `await`. Inputs go in with the time, `takeReady` gives what is
/// owed to the world.
///
/// It keeps back by itself what must not be said before it is durable: a message waits until the
/// hard state of its moment is, an acknowledgement counts only durable entries.
package struct Raft: ~Copyable, Sendable {
    /// What a member starts with.
    package struct Start: Sendable {
        package var id: MemberID
        package var timing: Timing
        package var limits: Limits
        /// Decides every random choice; another one in each life of the process.
        package var seed: UInt64
        package var hardState: HardState
        package var log: RecoveredLog
        /// In force at `log.snapshot`; the founding one without a snapshot.
        package var membership: Membership
        package var logIntegrity: LogIntegrity
        package var caution: Caution

        package init(
            id: MemberID,
            timing: Timing = Timing(),
            limits: Limits = Limits(),
            seed: UInt64,
            hardState: HardState,
            log: RecoveredLog,
            membership: Membership,
            logIntegrity: LogIntegrity = .intact,
            caution: Caution = .none
        ) {
            self.id = id
            self.timing = timing
            self.limits = limits
            self.seed = seed
            self.hardState = hardState
            self.log = log
            self.membership = membership
            self.logIntegrity = logIntegrity
            self.caution = caution
        }
    }

    package let id: MemberID
    let timing: Timing
    let limits: Limits
    var random: SplitMix64
    /// The latest time that an input brought.
    var now: MonotonicTime
    var hardState: HardState
    var durability: Durability
    var log: LogView
    var memberships: MembershipHistory
    var tracker: ProgressTracker
    /// Entries through here are committed.
    package internal(set) var commitIndex: LogIndex
    /// Entries through here are in the state machine, as the host says.
    var appliedIndex: LogIndex
    var recovery: ReseedingProgress
    /// Until then no vote is granted; nil when the peers had their word.
    var cautionEnd: MonotonicTime?
    var roleState: RoleState
    var election: ElectionTimer
    var reception = IncomingSnapshot.idle
    var reads: ReadQueue
    var clockDemand = ClockDemand.none
    var outbox = Outbox()
    var refusals = Refusals()

    /// A member as it wakes: a follower that has heard nobody.
    ///
    /// One that decides alone campaigns at the first tick.
    package init(_ start: Start, now: MonotonicTime) {
        id = start.id
        timing = start.timing
        limits = start.limits
        random = SplitMix64(seed: start.seed)
        self.now = now
        hardState = start.hardState
        log = LogView(start.log)
        durability = Durability(hardState: start.hardState, index: start.log.last.index)
        memberships = MembershipHistory(
            base: MembershipRecord(index: start.log.snapshot.index, membership: start.membership),
            later: start.log.memberships
        )
        tracker = ProgressTracker(memberships.inForce.membership, ownID: start.id)
        commitIndex = start.log.snapshot.index
        appliedIndex = start.log.snapshot.index
        recovery = start.logIntegrity == .intact ? .complete : .awaitingContact
        cautionEnd =
            start.caution == .none
            ? nil : now.advanced(byNanoseconds: start.timing.electionTimeoutNanoseconds)
        roleState = .follower(FollowerState(verified: start.log.snapshot.index))
        election = ElectionTimer(deadline: now)
        reads = ReadQueue(firstRequest: random.next() >> 2)
        invariant(
            hardState.term >= log.last.term,
            "term \(hardState.term) is older than the last entry \(log.last)"
        )
        outbox.start(with: hardState)
        if !tracker.isAlone { drawElectionDeadline() }
    }

    /// Absorbs one input; what it leads to waits in `takeReady()`.
    ///
    /// - Complexity: O(1) for each entry that it brings, settles or commits, O(*n*²) in the voters.
    package mutating func step(_ input: Input, now: MonotonicTime) {
        self.now = max(self.now, now)
        let before = (hardState, commitIndex)
        switch input {
        case .tick: tick()
        case .received(let message): receive(message)
        case .hardStatePersisted(let state): hardStatePersisted(state)
        case .entriesPersisted(let last): entriesPersisted(through: last)
        case .applied(let index): applied(through: index)
        case .read(let id): read(id)
        case .clockDemand(let demand): clockDemand = demand
        case .peersHeard: cautionEnd = nil
        case .logDoubted(let shown): doubtLog(shown: shown)
        case .linkUp(let peer, let generation): linkUp(to: peer, generation: generation)
        case .linkBroken(let leader, let link): linkBroken(leader: leader, generation: link)
        case .transferLeadership(let target): transferLeadership(to: target)
        case .diskStalled: diskStalled()
        case .snapshotTaken(let id, let end): snapshotTaken(id, forgottenThrough: end)
        case .entriesLoaded(let peer, let entries): entriesLoaded(entries, for: peer)
        case .snapshotLoaded(let peer, let chunk): snapshotLoaded(chunk, for: peer)
        case .snapshotUnreadable(let peer): snapshotUnreadable(for: peer)
        case .snapshotWritten(let offset): snapshotWritten(offset)
        case .snapshotRejected(let id): snapshotRejected(id)
        case .snapshotInstalled(let id, let time, let membership):
            snapshotInstalled(id, time: time, membership: membership)
        }
        verify(since: before)
    }

    /// Hands over, once, what all steps since the last call lead to.
    ///
    /// - Complexity: O(1) for each entry in it, O(*n*) in the members.
    package mutating func takeReady() -> Ready {
        let before = (hardState, commitIndex)
        if isLeader { lead() } else { follow() }
        verify(since: before)
        (outbox.ready.cut, outbox.ready.entries) = log.takeWrites()
        outbox.ready.commitIndex = commitIndex
        let change = LeadershipChange(role: role, term: term, leader: leader)
        return outbox.take(hardState: hardState, leadership: change)
    }
}

extension Raft {
    /// The current term.
    package var term: Term { hardState.term }

    /// What the member is.
    package var role: Role {
        switch roleState {
        case .follower: .follower
        case .candidate(let campaign): campaign.kind == .preVote ? .preCandidate : .candidate
        case .leader: .leader
        }
    }

    /// Who leads this term, as far as is known here.
    package var leader: MemberID? { isLeader ? id : followedLeader }

    /// What the leader has said of its log since this member first heard it; nil before it has.
    ///
    /// A leader's own is the first entry of its term, which stands behind everything committed
    /// before (6.4).
    package var contact: LeaderContact? {
        guard let leadership else { return following?.contact }
        return LeaderContact(lastIndex: leadership.firstIndex, commitIndex: commitIndex)
    }

    /// The last entry of the log.
    package var last: EntryID { log.last }

    /// Entries through here are durable on this member.
    package var durableIndex: LogIndex { durability.index }

    /// Term and vote, as they are durable on this member.
    package var durableHardState: HardState { durability.hardState }

    /// The entry before the first that the log holds.
    package var baseIndex: LogIndex { log.base.index }

    /// The membership in force: the latest in the log, committed or not.
    package var membership: Membership { memberships.inForce.membership }

    /// Where the log holds it; the snapshot's index, or 0, for one that no entry of the log brings.
    package var membershipIndex: LogIndex { memberships.inForce.index }

    /// Whether votes wait for what the peers remember of this member.
    package var isCautious: Bool { cautionEnd.map { now < $0 } ?? false }

    /// Whether the member may speak for its log.
    package var logIntegrity: LogIntegrity { recovery == .complete ? .intact : .reseeding }

    /// The term of the entry at `index`, nil when the log does not reach there.
    package func term(at index: LogIndex) -> Term? { log.term(at: index) }

    /// Entries to apply, from `index` on: at least one if there is any.
    ///
    /// - Complexity: O(*n*) in the entries returned.
    package func entries(from index: LogIndex, byteCountMax: Int) -> CachedEntries {
        log.entries(from: index, byteCountMax: byteCountMax)
    }

    /// A look at everything.
    package var status: Status {
        Status(
            id: id,
            role: role,
            term: term,
            leader: leader,
            logIntegrity: logIntegrity,
            last: log.last,
            lastTime: log.lastTime,
            durableIndex: durability.index,
            commitIndex: commitIndex,
            appliedIndex: appliedIndex,
            snapshot: log.snapshot,
            membership: membership,
            transferTarget: leadership?.transfer?.target,
            peers: isLeader ? peerStatus : [],
            refusedMessageCount: refusals.count,
            lastRefusal: refusals.last
        )
    }

    private var peerStatus: [PeerStatus] {
        tracker.progress.filter { $0.id != id }.map {
            PeerStatus(id: $0.id, flow: $0.flow, match: $0.match, heardAt: $0.heardAt)
        }
    }
}
