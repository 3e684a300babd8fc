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
    private(set) var timeline = Timeline()
    var staleReads: [HistoryCheck.StaleRead] = []
    var watches: [WatchLog] = []
    var tenures = OwnershipHistory()
    var places = PlaceLog()
    var leases = LeaseLog()
    var sequences = SequenceLog()
    /// The number in `leases` of each lease.
    var leaseNumbers: [LeaseID: Int] = [:]
    /// The guard of each guarded value, by value.
    var guards: [UInt64: Guard] = [:]
    var report = WorkloadReport()

    let world: World

    init(of mix: Mix, in world: World) {
        keys = KeySpaces(lonelyCount: mix.lonelyKeyCount)
        self.world = world
    }

    // MARK: What members show

    /// The member applied an entry that changed something.
    func observeApplied(_ entry: AppliedEntry) {
        for event in entry.events {
            let before = timeline.changes.count
            let position = Timeline.Position(event.id)
            if let finding = timeline.observe(change(event), at: position) {
                world.found(.client(finding))
            }
            guard timeline.changes.count > before, case .delete = event.change else {
                continue
            }
            if let lease = event.previous?.lease {
                noteGone(event, lease: lease)
            } else if event.key.bytes.starts(with: KeySpaces.heldPrefix) {
                // Their owners never delete those keys themselves.
                world.found(.client(.untiedKeyDeleted(revision: position.revision)))
            }
        }
    }

    /// The member applied a grant.
    func observe(_ grant: Grant) {
        tenures.applied(Contests.grant(grant))
        places.granted(KeySpaces.decode(grant.owner), token: grant.token.rawValue)
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
        guard entry.kind == .command, let request = try? Request(decoding: entry.payload),
            case .acquire(let acquisition) = request.command
        else { return }
        places.committed(KeySpaces.decode(acquisition.owner))
    }

    /// The event as checkers know it.
    func change(_ event: StoreEvent) -> Timeline.Change {
        switch event.change {
        case .put(let record):
            Timeline.Change(key: keys.number(of: record.key), value: KeySpaces.decode(record.value))
        case .delete(let key, _): Timeline.Change(key: keys.number(of: key), value: 0)
        }
    }
}
