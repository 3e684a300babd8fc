internal import API
internal import Backup
internal import Consensus
internal import Keyspace
internal import Platform
internal import Replica

extension Reactor {
    /// Begins a regular backup where one is due, and tells of one that failed.
    func lookAtBackups() {
        guard let backups else { return }
        if let why = backups.takeOutcome(now: now, releasing: &frontend.released) {
            say(
                .error,
                name: "backup-failed",
                line:
                    "roost: the regular backup into \(backups.plan.directory) failed: \(why). It is "
                    + "tried again; make sure that the directory can be written and has room"
            )
        }
        let seconds = UInt64(max(0, Clock.wallSeconds()))
        guard isToBackUp(for: backups.plan.source), backups.isDue(now: now, seconds: seconds) else {
            return
        }
        let keyspace = replica.keyspace
        backups.begin(
            BackupHeader(of: keyspace, cluster: replica.status.cluster.rawValue),
            state: keyspace.freeze(),
            now: now,
            seconds: seconds
        )
    }

    private func isToBackUp(for source: BackupPlan.Source) -> Bool {
        guard replica.unreadiness.isEmpty else { return false }
        switch source {
        case .leader: return replica.status.role == .leader
        case .observer:
            let id = replica.status.id
            return replica.membership?.observers.contains { $0 == id } ?? false
        }
    }
}
