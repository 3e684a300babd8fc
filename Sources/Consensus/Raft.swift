package import Bytes

// Consensus is one member's half of the Raft protocol, as Diego Ongaro's dissertation describes it
// ("Consensus: bridging theory and practice"; numbers in comments are its sections), with PreVote
// (9.6), CheckQuorum (6.2), joint membership (4.3), leadership transfer (3.10) and reads without
// a log entry (6.4).
//
// Nothing here has a clock, a disk, a socket or a thread. The host, which is Replica, brings
// everything that happens, with the time at which it happens, and carries out what it leads to:
//
//     raft.step(.received(message), now: now)
//     let range = try raft.propose(proposals, now: now)
//     let ready = raft.takeReady()
//
// What goes in. `step` absorbs one `Raft.Input`: a message of a peer, a report of the disk, of
// the state machine or of a link, a read, or a `tick` at `nextDeadline`. `propose` appends to a
// leader's log; it throws when nothing was appended. A proposal is committed when
// `Ready.commitIndex` reaches its index and the entry there still has the term of its
// `AppendedRange`. Any number of inputs may come before one `takeReady`: the leader then sends
// one AppendEntries for many proposals, and the follower one acknowledgement for many messages.
//
// What comes out. `takeReady` hands over a `Raft.Ready` once. The host must
//
//  1. write, in this order, `hardState`, then `cut`, then `entries`, and finish the writes of one
//     Ready before it reports those of the next;
//  2. send `messages`, which may leave at once, before the writes of the same Ready are durable;
//  3. apply entries through `commitIndex`, which `entries(from:byteCountMax:)` reads from memory;
//  4. answer `reads`, each when its index is applied;
//  5. read `loads` and `snapshotLoads` from the disk for peers that lag, write `snapshotChunks`,
//     and carry out `install`.
//
// It reports back with `hardStatePersisted`, `entriesPersisted`, `applied`, `entriesLoaded`,
// `snapshotLoaded`, `snapshotWritten` and `snapshotInstalled`. Reports of the disk come in the
// order of the writes, and the hard state of a write before its entries.
//
// Why messages need not wait for the host: the member keeps back by itself what must be durable
// before it is said. `Outbox` withholds a message until the hard state under which it was made is
// durable, and an acknowledgement never names an entry that `Durability` does not cover.
// So a leader's disk and its followers' disks write the same entries at the same time.
//
// Where to find what:
//
//  - `Raft+Receive` checks a message, settles its term and hands it on.
//  - `Raft+Election` has campaigns and votes, `Raft+Transfer` the end of a leadership by choice.
//  - `Raft+Replication` is how a leader sends entries, `Raft+Follow` how a follower takes them,
//    `Raft+Heartbeat` both halves of a heartbeat, `Raft+Snapshot` both halves of a snapshot.
//  - `Raft+Propose` appends, `Raft+Durability` hears of the disk, `Raft+Membership` changes who
//    decides, `Raft+ReadIndex` finds indexes for reads, `Raft+Tick` does what is due.
//  - `Raft+Verify` lists what every turn leaves true.
//  - State: what a member has only in its role is in `RoleState`; what is known of peers in
//    `ProgressTracker` and `Progress`; who is a majority in `Quorum`.
//  - Log: `LogView` knows the term of each entry and holds the last ones, `MembershipHistory`
//    the memberships among them.
//  - Values: `Message`, `Membership`, `Entry` and whatever else the host sees.
//
// What comes from a peer is hostile until `MessageValidation` and the log have checked it: it is
// refused and counted. What the host brings is trusted: a report that can't be ends the process.

/// One member of the protocol: a value. Inputs go in with the time, `takeReady` gives what is owed
/// to the world.
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
    /// Term and vote, durable or about to be.
    package internal(set) var hardState: HardState
    var durability: Durability
    /// How long the own disk takes.
    var pace = WritePace()
    var log: LogView
    var memberships: MembershipHistory
    var tracker: ProgressTracker
    /// Entries through here are committed.
    package internal(set) var commitIndex: LogIndex
    /// Entries through here are in the state machine, as the host says.
    var appliedIndex: LogIndex
    var recovery: ReseedingProgress
    /// How often a lost log was filled again since the process began.
    package internal(set) var refillCount: UInt64 = 0
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
        let ready = outbox.take(hardState: hardState, leadership: change)
        if ready.hardState != nil || !ready.entries.isEmpty {
            pace.begin(through: log.last.index, now: now)
        }
        return ready
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
    /// A leader's own contact is the first entry of its term, which comes after everything that was
    /// committed before (6.4).
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
            PeerStatus(
                id: $0.id,
                flow: $0.flow,
                match: $0.match,
                heardAt: $0.heardAt,
                snapshot: $0.snapshot
            )
        }
    }
}
