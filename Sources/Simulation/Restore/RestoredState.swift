internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// The state with which a restored cluster begins, and what must hold of that cluster: it is above
/// everything that the old one had told, and nobody who holds is robbed.
struct RestoredState: Sendable {
    /// What the old cluster had told when it was given up.
    struct Told: Sendable {
        let revision: UInt64
        let index: UInt64
    }

    let keyspace: Keyspace
    private let backup: Keyspace
    private let told: Told
    /// Those that lived at the backup.
    private let leases: [LeaseStanding]
    private let grants: [Grant]
    /// Those that may end before. The leases that were made for places in queues, of callers who may
    /// not have the lock: nobody changes in the restored cluster who may do what, so that these end as
    /// soon as they come first: "a place in a queue ends with `denied` when its right ends", and such a
    /// lease with it. And those of holds that have a time of their own, with which they may end.
    private let passing: Set<LeaseID>

    /// Nil where the bytes are no backup.
    init?(of bytes: [UInt8], above told: Told, with chance: inout SplitMix64) {
        var decoder = SnapshotDecoder()
        do throws(SnapshotError) {
            try decoder.feed(bytes)
            backup = try decoder.finish()
        } catch { return nil }
        let missing = max(
            told.revision - min(told.revision, backup.store.revision.rawValue),
            told.index - min(told.index, backup.appliedIndex)
        )
        var keyspace = backup
        do throws(RestoreRefusal) {
            try keyspace.restore(raisedBy: missing + UInt64.random(in: 2...2_000, using: &chance))
        } catch { return nil }
        self.keyspace = keyspace
        self.told = told
        leases = backup.leases(after: nil, countMax: .max)
        grants = Contests.all.flatMap(backup.holders)
        let bounded = grants.filter { $0.holdRemainingMilliseconds != nil }.map(\.lease)
        passing = Set(Self.deniedPlaces(in: backup) + bounded)
    }

    private static func deniedPlaces(in state: Keyspace) -> [LeaseID] {
        let model = AccessModel(state.access)
        return (Contests.all + [Principals.lock]).flatMap { contest in
            state.waiters(of: contest, countMax: .max).first.filter { waiter in
                waiter.leaseOrigin == .place
                    && !model.admits(.init(waiter.caller), wants: [.lock(contest.name)])
            }
        }
        .map(\.lease)
    }

    /// The data of a founding member.
    func member(_ number: Int, of members: Members, segmentByteCount: Int) -> RestoredMember {
        RestoredMember(
            name: members[number].name,
            founding: Founding(
                cluster: ClusterID(rawValue: 0xB),
                members: members.all.map { member in
                    Founding.Member(
                        id: MemberID(rawValue: 0xB000 + UInt64(member.number)),
                        name: member.name,
                        address: member.address
                    )
                }
            ),
            state: keyspace,
            segmentByteCount: segmentByteCount
        )
    }
}

extension RestoredState {
    /// What is wrong with a member's state, whatever it has applied since.
    func violation(of state: Keyspace, at member: Int) -> Violation? {
        // A newcomer has nothing yet.
        guard state.appliedIndex > 0 else { return nil }
        let revision = state.store.revision.rawValue
        guard revision > told.revision else {
            return .restoredBelowTold(member: member, revision: revision)
        }
        for lease in leases where mustLive(lease, at: state.clock) {
            guard state.lease(lease.id) != nil else {
                return .restoredLeaseEnded(lease: lease.id.rawValue)
            }
        }
        for grant in grants where mustLive(grant.lease, at: state.clock) {
            let isHeld = state.holders(of: grant.contest).contains { $0.token == grant.token }
            guard isHeld else { return .restoredHolderRobbed(token: grant.token.rawValue) }
        }
        let isGivenTwice = state.leases(after: nil, countMax: .max).first { lease in
            lease.id.rawValue <= told.index && !leases.contains { $0.id == lease.id }
        }
        return isGivenTwice.map { .restoredLeaseGivenTwice(lease: $0.id.rawValue) }
    }

    /// What is wrong with a member's state once nothing happens any more.
    func finalViolation(of state: Keyspace, at member: Int) -> Violation? {
        let next = EventID(revision: backup.store.revision.next, sub: 0)
        do throws(ReadRefusal) {
            _ = try state.store.events(
                from: next,
                filter: WatchFilter(ranges: [.all]),
                byteCountMax: 1
            )
            return .restoredHistoryKept(member: member)
        } catch {
            guard case .compacted = error else { return .restoredHistoryKept(member: member) }
        }
        let listing = try? backup.store.list(.all, content: .keysAndValues)
        for item in listing?.items ?? [] {
            guard let record = item.record, record.lease == nil else { continue }
            if state.store.get(item.key) != record { return .restoredKeyDiffers(member: member) }
        }
        return nil
    }

    /// Whether the lease's whole time cannot be over, counted from the restored cluster's beginning.
    private func mustLive(_ lease: LeaseStanding, at clock: ClusterTime) -> Bool {
        !passing.contains(lease.id)
            && clock < backup.clock.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
    }

    private func mustLive(_ id: LeaseID, at clock: ClusterTime) -> Bool {
        leases.contains { $0.id == id && mustLive($0, at: clock) }
    }
}
