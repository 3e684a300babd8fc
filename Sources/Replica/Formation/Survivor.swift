internal import Bytes
package import Consensus
package import Journal
package import Keyspace

/// What the data directory of one member holds, with everything in its log carried out, whether a
/// majority had it or not.
package struct Survivor: Sendable {
    /// Why nothing can be made of a directory.
    package enum Refusal: Error, Hashable, Sendable {
        /// The member belongs to no cluster.
        case unformed
        /// Its log was given up, and the other members had not filled it again.
        case incomplete
        case stopped(StopReason)
    }

    package let name: [UInt8]
    package let cluster: ClusterID
    package let id: MemberID
    /// The last entry of its log.
    package let last: EntryID
    /// The latest term that it knew.
    package let term: Term
    /// Who belonged to the cluster by its log.
    package let membership: Membership
    package let state: Keyspace

    /// Reads a directory that nobody uses, and changes nothing.
    package init(reading reader: some DiskReader) throws(Refusal) {
        let opening = Journal.Opening(name: [], freshMember: MemberID(rawValue: 1), bootNonce: 0)
        let recovery: Recovery
        do throws(JournalError) {
            recovery = try Journal.open(reader, opening: opening).recovery
        } catch { throw .stopped(StopReason(error)) }
        guard recovery.damage == nil, recovery.logIntegrity == .intact else { throw .incomplete }
        guard recovery.identity.cluster != .unformed else { throw .unformed }
        let machine: StateMachine
        do throws(StopReason) {
            try Self.expectKnown(recovery.identity.featureLevel)
            machine = try Self.replayed(recovery, from: reader)
        } catch { throw .stopped(error) }
        name = recovery.identity.name
        cluster = recovery.identity.cluster
        id = recovery.identity.member
        last = recovery.log.last
        term = recovery.hardState.term
        membership = machine.membership
        state = machine.keyspace
    }

    /// The state with the whole log carried out. What follows the entry that raises the feature level
    /// beyond what is known here is not looked at: it may mean anything.
    private static func replayed(
        _ recovery: Recovery,
        from reader: some DiskReader
    ) throws(StopReason) -> StateMachine {
        var machine = try StateMachine.recovered(reader, recovery: recovery)
        do throws(JournalError) {
            try recovery.entries(from: reader) { entry in
                guard machine.keyspace.featureLevel.number <= FeatureLevel.newest else { return }
                _ = machine.apply(entry, for: .nobody)
            }
        } catch { throw StopReason(error) }
        try expectKnown(machine.keyspace.featureLevel.number)
        return machine
    }

    private static func expectKnown(_ level: UInt64) throws(StopReason) {
        guard level <= FeatureLevel.newest else {
            throw .mayNotJoin(.featureLevel(level, known: FeatureLevel.newest))
        }
    }
}
