internal import Bytes
internal import Keyspace
internal import Replica

/// What the world shows to the checkers of the workload.
extension SimulatedCluster {
    /// The member applied an entry that changed something.
    func observeApplied(entry: AppliedEntry, at member: SimulatedMember) {
        for event in entry.events {
            guard case .put(let record) = event.change,
                let (key, value) = SimulatedClient.content(of: record)
            else { continue }
            history.applied(revision: event.id.revision.rawValue, key: key, value: value)
        }
    }

    /// A snapshot took the place of the member's store, behind every entry of the turn so far.
    func observeReplacement(at member: SimulatedMember) {}

    /// The member's process is gone.
    func observeEnd(of member: SimulatedMember) {}

    /// The member's turn is over, its effects are on their way.
    func observeTurn(of member: SimulatedMember) {}

    /// Whether every client was served since all faults ended.
    var isEverybodyServed: Bool { clients.allSatisfy(\.isServedInCalm) }

    /// The run is over.
    func checkAtEnd() {
        history.check()
        for violation in history.violations { found(violation) }
        for violation in holds.violations() { found(violation) }
        for client in clients where !client.isServedInCalm { found(.notServing) }
        report.acknowledgedWriteCount = history.acknowledgedWriteCount
        report.unknownWriteCount = history.unknownWriteCount
        report.readCount = history.readCount
        report.holdCount = holds.count
    }
}
