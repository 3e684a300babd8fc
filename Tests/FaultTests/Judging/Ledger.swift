import Bytes
import Foundation
import Simulation
import TestCluster

/// What the clients of one window did and were told, from all threads.
final class Ledger: @unchecked Sendable {
    /// An acknowledged write, for the time it took to recover.
    private struct Acknowledgement {
        let sent: MonotonicTime
        let answered: MonotonicTime
    }

    /// How often clients were told which outcome.
    struct Counts: Sendable {
        var acknowledged = 0
        var denied = 0
        var unknown = 0
        var grants = 0
        var leaseEnds = 0
    }

    private let lock = NSLock()
    private let names: KeyNames
    private var storedRecording = Recording()
    private var acknowledgements: [Acknowledgement] = []
    private var storedTenures = OwnershipHistory()
    private var storedLeases = LeaseLog()
    /// Contest and token of every value that a guarded write wrote.
    private var guards: [UInt64: (contest: Int, token: UInt64)] = [:]
    /// Keys as conditions that did not hold found them.
    private var sightings: [(key: Int, cell: Recording.Cell)] = []
    private var storedComplaints: [String] = []

    init(names: KeyNames) { self.names = names }

    var recording: Recording { lock.withLock { storedRecording } }
    var complaints: [String] { lock.withLock { storedComplaints } }
    var counts: Counts {
        lock.withLock {
            var counts = Counts()
            for operation in storedRecording.operations {
                switch operation.outcome {
                case .ok: counts.acknowledged += 1
                case .denied: counts.denied += 1
                case .unknown, .pending: counts.unknown += 1
                }
            }
            counts.grants = storedTenures.count
            counts.leaseEnds = storedLeases.expiryCount
            return counts
        }
    }

    /// A request is sent; the key stands for its path.
    func begin(
        _ kind: Recording.Operation.Kind,
        client: Int,
        ask: Recording.Ask
    ) -> Int {
        lock.withLock { storedRecording.begin(kind, ask: ask, client: client, at: .now) }
    }

    func end(_ operation: Int, outcome: Recording.Operation.Outcome) {
        let now = MonotonicTime.now
        lock.withLock {
            storedRecording.end(operation, outcome: outcome, at: now)
            let ended = storedRecording.operations[operation]
            if ended.isAcknowledgedWrite {
                acknowledgements.append(Acknowledgement(sent: ended.begin, answered: now))
            }
        }
    }

    /// The answer of the first write that was sent after `time`.
    func firstAcknowledgement(toSentAfter time: MonotonicTime) -> MonotonicTime? {
        lock.withLock { acknowledgements.filter { $0.sent > time }.map(\.answered).min() }
    }

    func withTenures<Result>(_ body: (inout OwnershipHistory) -> Result) -> Result {
        lock.withLock { body(&storedTenures) }
    }

    func withLeases<Result>(_ body: (inout LeaseLog) -> Result) -> Result {
        lock.withLock { body(&storedLeases) }
    }

    /// A value that is only written under that token.
    func guarded(value: UInt64, contest: Int, token: UInt64) {
        lock.withLock { guards[value] = (contest, token) }
    }

    /// A key was shown, somewhere between the beginning and the end of an operation.
    func saw(_ cell: Recording.Cell, of key: Int) {
        guard cell.value != 0 else { return }
        lock.withLock { sightings.append((key, cell)) }
    }

    /// Something that no correct member answers.
    func complain(_ what: String) { lock.withLock { storedComplaints.append(what) } }

    /// Every rule, against the history that the members agree on.
    ///
    /// - Parameter serving: while the cluster certainly served.
    func findings(_ timeline: Timeline, serving: Range<MonotonicTime>) -> [String] {
        lock.withLock {
            var history = HistoryCheck(timeline)
            history.check(storedRecording)
            var revision: UInt64 = 0
            while revision < timeline.revision {
                revision += 1
                for change in timeline.changes(at: revision) {
                    guard let hold = guards[change.value] else { continue }
                    storedTenures.changed(
                        contest: hold.contest,
                        token: hold.token,
                        at: revision
                    )
                }
            }
            // After a storm many writes are without an answer: the order that history shows is
            // tried first, and more of them than in a simulation, where another seed is cheap.
            var search = Linearizability()
            search.history = timeline
            search.stepCountMax = 20_000_000
            let verdict = search.check(storedRecording)
            var found = history.findings + RevisionOrder(checking: storedRecording).findings
            found += storedTenures.check()
            found += storedLeases.check(serving: serving, graceMilliseconds: 3000)
            var texts = storedComplaints + found.map { describe($0) }
            for (key, cell) in sightings {
                let change = Timeline.Change(key: key, value: cell.value)
                if !timeline.changes(at: cell.modRevision).contains(change) {
                    texts.append("shown, but not in history: \(change) at \(cell.modRevision)")
                }
            }
            if verdict.inconclusiveCount > 0 {
                texts.append("\(verdict.inconclusiveCount) searches were given up")
            }
            texts += verdict.counterexamples.map { "not linearizable:\n\($0)" }
            return texts
        }
    }

    private func describe(_ finding: Finding) -> String {
        let number: Int? =
            switch finding {
            case .revisionWentBack(let operation, _, _), .writeLost(let operation, _),
                .deniedButApplied(let operation), .wrongValue(let operation, _):
                operation
            default: nil
            }
        guard let number else { return "\(finding)" }
        return "\(finding): \(storedRecording.operations[number])"
    }
}

/// Numbers for paths and values, the same for a whole cluster.
final class KeyNames: @unchecked Sendable {
    private let lock = NSLock()
    private var numbers: [String: Int] = [:]
    private var lastValue: UInt64 = 0

    /// The number that stands for a path.
    func number(of path: String) -> Int {
        lock.withLock {
            if let number = numbers[path] { return number }
            numbers[path] = numbers.count
            return numbers.count - 1
        }
    }

    /// A value that nobody has written yet.
    func freshValue() -> UInt64 {
        lock.withLock {
            lastValue += 1
            return lastValue
        }
    }
}
