internal import Consensus

/// The last entries of a log that is being read, bounded in bytes.
struct RecoveredTail {
    private let byteCountMax: Int
    private var stored: [Entry] = []
    private var start = 0
    private var byteCount = 0

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    /// Contiguous, ending with the log's last.
    var entries: [Entry] { Array(stored[start...]) }

    mutating func append(_ entry: Entry) {
        assert(
            stored[start...].last.map { $0.id.index.rawValue + 1 == entry.id.index.rawValue }
                ?? true,
            "entry \(entry.id) after a gap"
        )
        stored.append(entry)
        byteCount += Self.cost(of: entry)
        while byteCount > byteCountMax, start < stored.count {
            byteCount -= Self.cost(of: stored[start])
            start += 1
        }
        guard start > 1024, start > stored.count / 2 else { return }
        stored.removeSubrange(..<start)
        start = 0
    }

    mutating func cut(after index: LogIndex) {
        while stored.count > start, let last = stored.last, last.id.index > index {
            stored.removeLast()
            byteCount -= Self.cost(of: last)
        }
    }

    mutating func removeAll() { self = RecoveredTail(byteCountMax: byteCountMax) }

    private static func cost(of entry: Entry) -> Int { entry.payload.count + 64 }
}
