internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// What the clients of a run did and saw, and what members showed of it: all that the checkers hold
/// against the promises.
final class ClientHistory {
    /// The token under which a guarded value was sent.
    struct Guard: Sendable {
        let contest: Int
        let token: UInt64
    }

    let keys: KeySpaces
    var recording = Recording()
    private(set) var timeline: Timeline
    var staleReads: [HistoryCheck.StaleRead] = []
    var watches: [WatchLog] = []
    var tenures = OwnershipHistory()
    var places = PlaceLog()
    var leases = LeaseLog()
    var sequences = SequenceLog()
    var replay = CommandReplay()
    var quotas = QuotaReplay()
    var access = AccessReplay()
    /// The last lease that a user was granted.
    var newestSubjectLease: LeaseID?
    var subtreeQuotas = SubtreeQuotaReplay()
    var rangeReads = RangeReadLog()
    var steps = StepReplay()
    var contests = ContestReplay()
    /// The last place under each lease that ended for want of a right.
    private var deniedPlaces: [LeaseID: (index: LogIndex, shown: MonotonicTime)] = [:]
    /// The number in `leases` of each lease.
    var leaseNumbers: [LeaseID: Int] = [:]
    /// The last one that was granted under an id of its holder's choice.
    var newestChosenLease: LeaseID?
    /// The locks whose values are guarded by the store, as it has told.
    var guardedContests: Set<Int> = []
    /// The guard of each guarded value, by value.
    var guards: [UInt64: Guard] = [:]
    /// How many sessions won.
    var winnerCount = 0
    var report = WorkloadReport()

    let world: World

    init(of mix: Mix, after revision: Revision, in world: World) {
        timeline = Timeline(after: revision.rawValue)
        keys = KeySpaces(lonelyCount: mix.lonelyKeyCount)
        self.world = world
    }

    // MARK: What members show

    /// The member applied an entry that changed something.
    ///
    /// - Parameter store: the member's, after the turn: it has what a member does not tell that
    ///   takes it that nobody follows.
    func observeApplied(_ entry: AppliedEntry, store: Store?) {
        observe(entry.events, at: entry.index, from: .entry)
        guard entry.revision.rawValue > timeline.revision, let store else { return }
        let start = EventID(revision: Revision(rawValue: timeline.revision + 1), sub: 0)
        let slice = try? store.events(
            from: start,
            filter: WatchFilter(ranges: [.all, .subtree(.reserved)]),
            byteCountMax: .max
        )
        let events = slice?.events.prefix { $0.id.revision <= entry.revision }
        observe(events.map { Array($0) } ?? [], at: entry.index, from: .history)
    }

    private func observe(
        _ events: [StoreEvent],
        at index: LogIndex,
        from source: CommandReplay.Source
    ) {
        for event in events {
            let before = timeline.changes.count
            let position = Timeline.Position(event.id)
            if let finding = timeline.observe(change(event), at: position) {
                world.found(.client(finding))
            }
            guard timeline.changes.count > before else {
                observeAgain(event)
                continue
            }
            replay.applied(event, at: index.rawValue, from: source)
            quotas.applied(event, at: index.rawValue, from: source)
            if source == .entry, case .put = event.change, Principals.keys.contains(event.key) {
                access.changed(at: index.rawValue)
            }
            subtreeQuotas.applied(event, at: index.rawValue, from: source)
            guard case .delete = event.change else { continue }
            if let lease = event.previous?.lease {
                noteGone(event, lease: lease)
            } else if event.key.bytes.starts(with: KeySpaces.heldPrefix) {
                // Their owners never delete those keys themselves.
                world.found(.client(.untiedKeyDeleted(revision: position.revision)))
            }
        }
    }

    /// Somebody shows what others showed before.
    func observeAgain(_ event: StoreEvent) {
        let place = timeline.place(of: Timeline.Position(event.id))
        if let finding = replay.shown(event, at: place) { world.found(.client(finding)) }
    }

    /// The member applied a grant.
    func observe(_ grant: Grant) {
        tenures.applied(Contests.grant(grant))
        places.granted(KeySpaces.decode(grant.owner), token: grant.token.rawValue)
    }

    /// The member applied what happened to a lock or an election.
    func observe(_ event: ContestEvent, at index: LogIndex) {
        switch event {
        case .granted(let grant):
            access.granted(KeySpaces.decode(grant.owner), at: index.rawValue)
        case .ended(_, let lease, because: .denied):
            access.turnedAway(lease, at: index.rawValue)
            guard deniedPlaces[lease].map({ $0.index < index }) ?? true else { return }
            deniedPlaces[lease] = (index, world.now)
        case .ended, .proclaimed, .available, .turned: break
        }
    }

    /// When a member first showed that the place under the lease, asked for at that time, ended for
    /// want of a right; nil while none did. Whether rightly, is judged apart.
    func placeDenied(under lease: LeaseID, asked: MonotonicTime) -> MonotonicTime? {
        deniedPlaces[lease].flatMap { $0.shown < asked ? nil : $0.shown }
    }

    /// For the first time a member shows that a key is gone that a lease kept.
    private func noteGone(_ event: StoreEvent, lease: LeaseID) {
        guard let number = leaseNumbers[lease],
            event.key.bytes.starts(with: KeySpaces.heldPrefix)
        else { return }
        leases.gone(number, at: world.now)
        tenures.leaseEnded(lease.rawValue, at: event.id.revision.rawValue)
    }

    /// An entry is committed, as was not known before.
    func observeCommitted(_ entry: Entry) {
        let request = entry.kind == .command ? try? Request(decoding: entry.payload) : nil
        replay.committed(index: entry.id.index.rawValue, time: entry.time, request: request)
        quotas.committed(index: entry.id.index.rawValue, request: request)
        subtreeQuotas.committed(index: entry.id.index.rawValue, request: request)
        access.committed(index: entry.id.index.rawValue, time: entry.time, request: request)
        contests.committed(index: entry.id.index.rawValue, time: entry.time, request: request)
        steps.committed(index: entry.id.index.rawValue, time: entry.time, request: request)
        guard case .acquire(let acquisition) = request?.command,
            acquisition.contest != Principals.lock
        else { return }
        places.committed(KeySpaces.decode(acquisition.owner))
    }

    /// The event as checkers know it.
    func change(_ event: StoreEvent) -> Timeline.Change {
        switch event.change {
        case .put(let record):
            Timeline.Change(
                key: keys.number(of: record.key),
                value: KeySpaces.isCounter(record.key)
                    ? KeySpaces.decode(counter: record) : KeySpaces.decode(record.value)
            )
        case .delete(let key, let cause):
            Timeline.Change(key: keys.number(of: key), value: 0, cause: cause)
        }
    }
}
