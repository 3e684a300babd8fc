internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

/// What a member is once its cluster is formed: consensus, log and store, joined.
///
/// All its functions are mutating, those that only look too: each works on the member where it lies,
/// in its `Home`. In a function that does not change it, the compiler takes a struct that can't be
/// copied for a value of several hundred fields, and spends minutes on proving that nobody copies it.
struct FormedMember: ~Copyable {
    /// Where a member lies from its formation on. Only its `Replica` refers to it.
    ///
    /// Each access to `member` is checked for exclusivity at run time, at a hundred instructions:
    /// an input enters once, and so does the end of a turn.
    final class Home {
        var member: FormedMember

        init(_ member: consuming FormedMember) { self.member = member }
    }

    let configuration: Replica.Configuration
    let id: MemberID
    /// Entries through here were in the log at the start: what they did was seen before.
    let foundThrough: LogIndex
    var raft: Raft
    var journal: Journal
    var machine: StateMachine
    var proposals: Proposals
    var stages = WriteStages()
    var tracedWrites = TracedWrites()
    var reads: Reads
    var snapshots = Snapshots()
    var hashes = StateHashes()
    var storeIntegrity = StoreIntegrity.sound
    var loads = EntryLoads()
    var watchdog: DiskWatchdog
    var clockDemand = ClockDemand.none
    var diskSpace = MemberStatus.DiskSpace.ample
    /// The compaction that this leader proposed last.
    var proposedCompaction = Revision.zero
    var sharedState = SharedStateProposals()
    /// The highest feature level that any entry written in this life would raise the cluster's to.
    var loggedFeatureLevel: UInt64 = 1
    /// The level of the store, as of the last turn that changed it.
    var featureLevel: UInt64
    /// The newest that this member takes part in.
    let featureLevelMax: UInt64
    /// A raise of the level is no longer than this.
    static let raiseByteCountMax = 12
    /// The last step of an order about members that this leader proposed.
    var orderStep: EntryID?
    /// Whether orders about members stand, as of the entry that was applied last when it was looked
    /// for them: an idle turn does not look.
    var ordersSeen = (areNone: true, index: LogIndex.zero)
    var shutdown = Shutdown.none
    /// Whether links are kept to members that leave by a membership that is not applied yet.
    var hasLeavers = false

    /// Whether the store may be read and written through this member.
    enum StoreIntegrity: Hashable, Sendable {
        case sound
        /// Members differ, and no majority agrees: nobody serves.
        case undecided
        /// A majority agrees on another store: this one is to be replaced by the leader's.
        case differs(StoreRepair)
    }

    /// How far the operator's wish to end this member is.
    enum Shutdown: Hashable, Sendable {
        case none
        /// Leadership is being handed over, at most until then.
        case handingOver(until: MonotonicTime)
        /// What was said is being made durable, at most until then.
        case settling(until: MonotonicTime)
    }

    init(
        configuration: Replica.Configuration,
        journal: consuming Journal,
        raft: consuming Raft,
        machine: StateMachine,
        seed: UInt64
    ) {
        var chance = SplitMix64(seed: seed)
        self.configuration = configuration
        featureLevel = machine.keyspace.featureLevel.number
        featureLevelMax = configuration.featureLevelMax
        watchdog = DiskWatchdog(limitMilliseconds: configuration.electionTimeoutMilliseconds)
        id = raft.id
        foundThrough = raft.last.index
        self.raft = raft
        self.journal = journal
        self.machine = machine
        proposals = Proposals(numberedFrom: chance.next())
        reads = Reads(numberedFrom: chance.next())
    }

    /// Whether linearizable requests are carried out here at all.
    var isServing: Bool { mutating get { storeIntegrity == .sound && shutdown == .none } }

    var isLeading: Bool { mutating get { raft.role == .leader } }

    /// The votes that count when stores are compared.
    var voters: [MemberID] { mutating get { machine.membership.voters } }

    /// Ends a turn: everything that came in since the last one is carried out together.
    ///
    /// - Parameter identity: is marked with a feature level that is new here.
    mutating func finishTurn(marking identity: inout Identity, in context: inout TurnContext) {
        if raft.nextDeadline <= context.now { raft.step(.tick, now: context.now) }
        if raft.isCautious, context.links.haveAllSpoken { raft.step(.peersHeard, now: context.now) }
        watchDisk(in: &context)
        submitProposals(in: &context)
        beginReads(context.now)
        exchange(in: &context)
        applyCommitted(in: &context)
        if isLeading { pursueOrders(in: &context) }
        exchange(in: &context)
        maintain(in: &context)
        shutDown(in: &context)
        settleStages(in: &context)
        mark(&identity, in: &context)
        takeBatches(in: &context)
    }

    /// In the turn in which a higher feature level is written to the log, or comes with a store, the
    /// directory says so with the same batch: a release that does not know the level refuses it.
    /// Who does not know it itself stops once it is applied.
    private mutating func mark(_ identity: inout Identity, in context: inout TurnContext) {
        let level = max(featureLevel, loggedFeatureLevel)
        if level > identity.featureLevel {
            identity.featureLevel = level
            journal.store(identity)
        }
        guard featureLevel > featureLevelMax else { return }
        context.effects.stop = .mayNotJoin(.featureLevel(featureLevel, known: featureLevelMax))
    }

    private mutating func noteRaises(in entries: [Entry]) {
        for place in entries.indices where entries[place].payload.count <= Self.raiseByteCountMax {
            guard let level = FeatureLevel.raised(by: entries[place].payload) else { continue }
            loggedFeatureLevel = max(loggedFeatureLevel, level)
        }
    }

    /// Hands over what the turn leaves to the disk.
    private mutating func takeBatches(in context: inout TurnContext) {
        for batch in journal.takeBatches() {
            if batch.lane == .log {
                watchdog.submitted(context.now)
                stages.submitted(context.now)
            }
            context.effects.disk.append(batch)
        }
    }

    /// Carries out what consensus owes the world.
    private mutating func exchange(in context: inout TurnContext) {
        let ready = raft.takeReady()
        if ready.hardState != nil || ready.cut != nil || !ready.entries.isEmpty {
            journal.append(hardState: ready.hardState, cut: ready.cut, entries: ready.entries)
            noteRaises(in: ready.entries)
        }
        for message in ready.messages { context.links.send(.raft(message), to: message.to) }
        for read in ready.reads {
            if let index = read.index {
                reads.confirm(read.id, at: index, now: context.now)
            } else {
                reads.retry(read.id, now: context.now)
            }
        }
        for load in ready.loads { beginEntryLoad(load, now: context.now) }
        for load in ready.snapshotLoads { beginSnapshotLoad(load, now: context.now) }
        for chunk in ready.snapshotChunks { receiveSnapshot(chunk, now: context.now) }
        if let id = ready.install { installReceived(id, now: context.now) }
        if let membership = ready.membership {
            follow(membership, in: &context)
            context.effects.observations.append(.membership(membership))
        }
        if let change = ready.leadership { note(change, in: &context) }
        switch raft.logIntegrity {
        case .intact: journal.endReseeding()
        case .reseeding: journal.beginReseeding()
        }
        if let logRedundancy = raft.logRedundancy { journal.note(logRedundancy) }
        takeReadable(in: &context)
    }

    /// Links follow a membership. Whoever leaves by it is spoken to until it is applied: the leader
    /// may be one of them, and hands over once the others have told it that they hold the entry
    /// (4.2.2). A leader whose link ended by that no longer answers.
    mutating func follow(_ membership: Membership, in context: inout TurnContext) {
        let isApplied = raft.membershipIndex <= machine.applied.index
        let leavers = machine.membership.members.filter {
            !isApplied && membership.member($0.id) == nil
        }
        hasLeavers = !leavers.isEmpty
        context.links.follow(membership.members + leavers, except: id)
        for leader in proposals.lanes.map(\.leader) where !context.links.isOpen(to: leader) {
            lostTouch(with: leader, into: &context.effects)
        }
    }

    /// When `finishTurn` is due without any input.
    var nextDeadline: MonotonicTime {
        mutating get {
            if hasMore { return MonotonicTime(rawValue: 0) }
            var deadline = raft.nextDeadline
            func consider(_ time: MonotonicTime?) {
                guard let time else { return }
                deadline = min(deadline, time)
            }
            consider(reads.nextDeadline)
            consider(proposals.pausedUntil)
            consider(watchdog.deadline)
            switch shutdown {
            case .none: break
            case .handingOver(let until), .settling(let until): consider(until)
            }
            if case .differs(let repair) = storeIntegrity, !snapshots.isRepairWhole {
                consider(repair.askAt)
            }
            return deadline
        }
    }

    /// Whether committed entries wait that can be applied at once.
    var hasMore: Bool {
        mutating get {
            machine.applied.index < raft.commitIndex && !loads.isApplyWaiting && !isInstalling
        }
    }

    /// Whether a received snapshot has taken the log's place on the disk and is about to take the
    /// store's: the log holds none of the entries in between.
    var isInstalling: Bool {
        mutating get {
            machine.applied.index < journal.base.index
                && snapshots.receiving?.id == journal.base
        }
    }
}

extension Links {
    /// Follows members; this one itself is no peer.
    mutating func follow(_ members: [Member], except own: MemberID) {
        follow(
            members.filter { $0.id != own }.map {
                ($0.id, $0.name, PeerAddress(text: $0.peerAddress))
            }
        )
    }
}
