internal import Consensus
internal import Keyspace
internal import Platform
internal import Replica
internal import Storage

/// Lets snapshots be written in the background and hears of it when one is whole.
final class SnapshotWriters {
    /// A draft that is durable.
    struct Written: Sendable {
        let id: EntryID
        let byteCount: UInt64
        /// What it is of, to be let go.
        let state: FrozenKeyspace
    }

    /// Signalled when drafts were written.
    let wakeup: Wakeup
    private let written = LockedQueue<Written>()

    init() throws(SystemError) { wakeup = try Wakeup(.polled) }

    func draw(_ task: SnapshotTask, on disk: FileDisk) {
        let (written, wakeup) = (written, wakeup)
        disk.draw(task, next: { $0.next() }) { task in
            written.append(Written(id: task.id, byteCount: task.byteCount, state: task.state))
            wakeup.signal()
        }
    }

    /// What was written since the last call.
    func takeWritten() -> [Written] {
        wakeup.drain()
        return written.takeAll()
    }
}
