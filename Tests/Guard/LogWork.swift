internal import Bytes
internal import Consensus
internal import Journal

/// The log: entries to records and back.
enum LogWork {
    private static let batchCount = 64
    private static let loadByteCount = 1 << 20

    static var all: [Work] {
        [
            Work(name: "log-append", count: 128 * batchCount) { _ in
                let log = KeptLog(keepsBytes: false)
                return { log.append($0) }
            },
            Work(name: "log-decode", count: 48 * batchCount) { limit in
                let log = KeptLog(keepsBytes: true)
                _ = log.append(limit)
                return { log.load($0) }
            },
        ]
    }

    /// A journal whose one segment is in memory.
    private final class KeptLog {
        private var journal: Journal
        private var segment: [UInt8] = []
        private var nextIndex: UInt64 = 1

        private let keepsBytes: Bool

        init(keepsBytes: Bool) {
            self.keepsBytes = keepsBytes
            let member = Member(id: EmptyDirectory.member, name: [1], peerAddress: [1])
            do {
                journal = try EmptyDirectory.open().journal
            } catch { Guard.fail("an empty directory can't be opened: \(error)") }
            var identity = journal.identity
            identity.cluster = ClusterID(rawValue: 1)
            identity.founders = [member]
            journal.store(identity)
            carryOut()
        }

        /// Appends entries in batches, each durable before the next.
        func append(_ count: Int) -> UInt64 {
            let entries = (0..<batchCount).map { Material.payload($0) }
            for _ in 0..<count / batchCount {
                var batch: [Entry] = []
                batch.reserveCapacity(batchCount)
                for payload in entries {
                    let id = EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: nextIndex))
                    batch.append(Entry(id: id, time: .zero, kind: .command, payload: payload))
                    nextIndex += 1
                }
                journal.append(entries: batch)
                carryOut()
            }
            return journal.durableLast.index.rawValue
        }

        /// Reads entries back, from the first.
        func load(_ count: Int) -> UInt64 {
            var trace: UInt64 = 0
            var next: UInt64 = 1
            while next <= count {
                let byteCount = min(loadByteCount, (count - Int(next)) * 281)
                let id = journal.load(from: LogIndex(rawValue: next), byteCountMax: byteCount)
                if id == nil { Guard.fail("entry \(next) can't be read back") }
                var entries: [Entry]?
                while entries == nil { entries = carryOut() }
                for entry in entries ?? [] { trace &+= UInt64(entry.payload.count) }
                next += UInt64(entries?.count ?? 0)
            }
            return trace
        }

        /// Carries out what the journal owes; the entries that it found.
        @discardableResult
        private func carryOut() -> [Entry]? {
            var found: [Entry]?
            for batch in journal.takeBatches() {
                var reads: [[UInt8]] = []
                for operation in batch.operations {
                    switch operation {
                    case .write(.segment, let offset, let bytes):
                        if keepsBytes, offset == segment.count { segment += bytes }
                    case .read(_, let offset, let byteCount):
                        let end = min(segment.count, offset + byteCount)
                        reads.append(Array(segment[min(offset, end)..<end]))
                    default: break
                    }
                }
                let completed = journal.absorb(
                    DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
                )
                if case .entries(let entries)? = completed.loads.first?.result { found = entries }
            }
            return found
        }
    }
}
