internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
package import Replica

/// One member of a harness's world: its process, its disk, and what came out of it.
package final class HarnessMember {
    /// What becomes of what it writes.
    package enum Storage {
        case kept
        /// Everything counts as written, and nothing is there to be read.
        case forgotten
    }

    /// What it starts with.
    package var configuration: Replica.Configuration
    /// Its data directory.
    package var disk = MemoryDisk()
    /// Nil while it is down.
    package var replica: Replica?
    /// What became of requests, in order.
    package var replies: [Completion] = []
    /// What it applied, in order.
    package var applied: [AppliedEntry] = []
    /// What it told its host, in order.
    package var notices: [Notice] = []
    package var observations: [Observation] = []
    /// The stores that snapshots put in place of its own.
    package var replacements: [StoreReplacement] = []
    /// Why it ended itself.
    package var stop: StopReason?
    /// How many snapshots it took.
    package var snapshotCount = 0
    /// How often it dialled anybody.
    package var dialCount = 0
    /// What its disk takes for a batch of the log, in milliseconds.
    package var logMilliseconds: UInt64 = 0
    /// Batches that its disk is at, and when it is done.
    private var slow: [(done: MonotonicTime, completion: DiskCompletion)] = []
    /// As after SIGSTOP: what comes waits.
    package var isPaused = false
    /// Whether what it dials answers.
    package var isDialling = true
    /// The link that each other member dialled, by number.
    package private(set) var accepted: [Int: LinkID] = [:]

    private let storage: Storage
    /// What comes in at its next turn.
    package var inbox: [Input] = []
    /// Which link of whom is the other end of a link of ours.
    var ends: [LinkID: (member: Int, link: LinkID)] = [:]

    init(_ configuration: Replica.Configuration, storage: Storage) {
        self.configuration = configuration
        self.storage = storage
    }

    /// Zero while it is down.
    package var term: UInt64 { replica?.term.rawValue ?? 0 }
    /// What it says of itself; nil while it is down.
    package var status: MemberStatus? { replica?.status }
    /// Why it is not ready; nothing while it is down.
    package var unreadiness: Unreadiness { replica?.unreadiness ?? [] }

    /// The process is gone from the world, and whoever asked has it.
    package func takeReplica() -> Replica? { replica.take() }

    func accept(_ link: LinkID, from number: Int) { accepted[number] = link }

    /// Carries out a batch, and answers at the next turn.
    func carryOut(_ batch: DiskBatch, now: MonotonicTime) {
        let completion =
            switch storage {
            case .kept: kept(batch)
            case .forgotten: DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
            }
        guard batch.lane == .log, logMilliseconds > 0 else {
            return inbox.append(.disk(completion))
        }
        slow.append((now.advanced(byMilliseconds: logMilliseconds), completion))
    }

    /// What a slow disk has done by now comes in.
    func takeInSlowDisk(_ now: MonotonicTime) {
        guard let first = slow.first, first.done <= now else { return }
        slow.removeFirst()
        inbox.append(.disk(first.completion))
    }

    /// What the process had asked of its disk, it will not hear of.
    func forgetSlowDisk() { slow = [] }

    private func kept(_ batch: DiskBatch) -> DiskCompletion {
        do { return try disk.perform(batch) } catch { fatalError("a batch fails: \(error)") }
    }

    /// Writes a whole snapshot, and says so at the next turn.
    func write(_ task: SnapshotTask) {
        var task = task
        while let operations = task.next() {
            do { for operation in operations { _ = try disk.perform(operation) } } catch {
                fatalError("a snapshot cannot be written: \(error)")
            }
        }
        snapshotCount += 1
        inbox.append(.snapshotWritten(task.id, byteCount: task.byteCount))
    }
}
