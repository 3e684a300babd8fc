internal import Backup
internal import Bytes
internal import Keyspace
internal import Platform
internal import Storage
internal import Wire

/// When this member makes regular backups, and what came of them.
final class RegularBackups {
    private enum Outcome: Sendable {
        case written(byteCount: Int, seconds: UInt64)
        case failed(String)
    }

    /// What came of a backup, and the state that it was of, to be let go.
    private struct Ended: Sendable {
        let outcome: Outcome
        let state: FrozenKeyspace
    }

    /// After a failure, in milliseconds.
    private static let retryMilliseconds: UInt64 = 60_000

    let plan: BackupPlan
    private let ended = LockedQueue<Ended>()
    private var isUnderWay = false
    /// Nil until the directory was looked into.
    private var dueAt: MonotonicTime?
    private var newestSeconds: UInt64?
    private var byteCount: UInt64 = 0
    private var writtenCount: UInt64 = 0
    private var failedCount: UInt64 = 0

    init(_ plan: BackupPlan) { self.plan = plan }

    /// Takes in what came of the last one; why it failed, to be told.
    func takeOutcome(now: MonotonicTime, releasing released: inout ReleasedStates) -> String? {
        guard let last = ended.takeAll().last else { return nil }
        isUnderWay = false
        released.append(last.state)
        switch last.outcome {
        case .written(let byteCount, let seconds):
            writtenCount += 1
            self.byteCount = UInt64(byteCount)
            newestSeconds = seconds
            return nil
        case .failed(let why):
            failedCount += 1
            let retry = min(plan.everyMilliseconds, Self.retryMilliseconds)
            dueAt = now.advanced(byMilliseconds: retry)
            return why
        }
    }

    /// Whether this member, which is to make them, has to make one now.
    func isDue(now: MonotonicTime, seconds: UInt64) -> Bool {
        guard !isUnderWay else { return false }
        let dueAt = self.dueAt ?? firstDue(now: now, seconds: seconds)
        self.dueAt = dueAt
        return now >= dueAt
    }

    /// As long after the newest file of the directory as after one of our own.
    private func firstDue(now: MonotonicTime, seconds: UInt64) -> MonotonicTime {
        var newest: BackupName?
        do throws(SystemError) {
            let names = try DirectoryHandle(opening: plan.directory).names()
            newest = names.compactMap(BackupName.init).max()
        } catch { return now }
        guard let newest, newest.seconds <= seconds else { return now }
        newestSeconds = newest.seconds
        let age = (seconds - newest.seconds) * 1_000
        return age < plan.everyMilliseconds
            ? now.advanced(byMilliseconds: plan.everyMilliseconds - age) : now
    }

    func begin(
        _ header: BackupHeader,
        state: FrozenKeyspace,
        now: MonotonicTime,
        seconds: UInt64
    ) {
        let name = BackupName(seconds: seconds, revision: header.revision)
        let task = BackupTask(plan: plan, name: name, header: header, state: state)
        let ended = ended
        isUnderWay = true
        dueAt = now.advanced(byMilliseconds: plan.everyMilliseconds)
        do throws(SystemError) {
            _ = try Thread(named: "roost-backup") {
                let outcome: Outcome
                do throws(BackupTask.Failure) {
                    outcome = .written(byteCount: try task.run(), seconds: seconds)
                } catch { outcome = .failed(error.text) }
                ended.append(Ended(outcome: outcome, state: task.state))
            }
        } catch { ended.append(Ended(outcome: .failed(error.description), state: state)) }
    }

    func append(to page: inout MetricsPage, seconds: UInt64) {
        page.counter("roost_backups_total", help: "Regular backups made.", value: writtenCount)
        page.counter(
            "roost_backup_failures_total",
            help: "Regular backups that failed.",
            value: failedCount
        )
        page.gauge(
            "roost_backup_interval_seconds",
            help: "How often one is made.",
            value: plan.everyMilliseconds / 1_000
        )
        page.gauge("roost_backup_bytes", help: "How long the last one is.", value: byteCount)
        guard let newestSeconds else { return }
        page.gauge(
            "roost_backup_age_seconds",
            help: "Since the newest one of this member's directory.",
            value: seconds - min(seconds, newestSeconds)
        )
    }
}
