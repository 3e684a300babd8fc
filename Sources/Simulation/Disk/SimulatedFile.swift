internal import Bytes

/// A file's content as processes see it, and what the device would give of it after the power went.
///
/// Only what differs is kept twice: the content that a sector had when it was synced last.
struct SimulatedFile: Sendable {
    static let sectorByteCount = 512

    /// What the system does with written sectors when their sync fails.
    enum Aftermath: UInt8, Sendable {
        /// They are read as they were before.
        case dropped = 0
        /// They are read as written, and no later sync brings them to the device.
        case orphaned = 1
    }

    /// A sector that is not on the device as it is read.
    private struct Unsynced: Sendable {
        let sector: Int
        /// What the device holds; zeroes beyond its end.
        let durable: [UInt8]
        /// No sync reaches it before it is written again.
        var isOrphan = false
    }

    private var content: [UInt8]
    private var durableByteCount: Int
    /// By the order of the first write.
    private var unsynced: [Unsynced] = []
    /// A bit for each sector that stands in `unsynced`.
    private var marks: [UInt64] = []
    private var hasOrphans = false

    var byteCount: Int { content.count }

    /// A file of zeroes that is on the device already.
    init(zeroedByteCount: Int) {
        content = [UInt8](repeating: 0, count: zeroedByteCount)
        durableByteCount = zeroedByteCount
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        let first = offset / Self.sectorByteCount
        let last = (end - 1) / Self.sectorByteCount
        for sector in first...last { mark(sector) }
        guard offset < content.count else {
            for _ in content.count..<offset { content.append(0) }
            return content.append(contentsOf: bytes)
        }
        let known = min(content.count - offset, bytes.count)
        let split = bytes.startIndex + known
        content.replaceSubrange(offset..<offset + known, with: bytes[..<split])
        content.append(contentsOf: bytes[split...])
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) { write(bytes[...], at: offset) }

    /// Remembers what the device holds of the sector.
    private mutating func mark(_ sector: Int) {
        let (word, bit) = (sector / 64, UInt64(1) << UInt64(sector % 64))
        while marks.count <= word { marks.append(0) }
        guard marks[word] & bit == 0 else {
            if hasOrphans { adopt(sector) }
            return
        }
        marks[word] |= bit
        let start = min(sector * Self.sectorByteCount, content.count)
        let end = min(start + Self.sectorByteCount, content.count)
        unsynced.append(Unsynced(sector: sector, durable: Array(content[start..<end])))
    }

    /// It was written again: the next sync brings it to the device.
    private mutating func adopt(_ sector: Int) {
        for place in unsynced.indices where unsynced[place].sector == sector {
            unsynced[place].isOrphan = false
        }
    }

    mutating func sync() {
        guard !unsynced.isEmpty || durableByteCount != content.count else { return }
        for entry in unsynced where !entry.isOrphan {
            marks[entry.sector / 64] &= ~(1 << UInt64(entry.sector % 64))
        }
        if hasOrphans {
            unsynced.removeAll { !$0.isOrphan }
            hasOrphans = !unsynced.isEmpty
        } else {
            unsynced.removeAll(keepingCapacity: true)
        }
        durableByteCount = content.count
    }

    /// The device refused: nothing that was written since the last sync will ever reach it.
    mutating func failSync(_ aftermath: Aftermath) {
        switch aftermath {
        case .dropped: restore { _ in true }
        case .orphaned:
            for place in unsynced.indices { unsynced[place].isOrphan = true }
            hasOrphans = !unsynced.isEmpty
        }
    }

    func read(at offset: Int, byteCount: Int) -> [UInt8] {
        let end = min(content.count, offset + byteCount)
        guard offset < end else { return [] }
        return Array(content[offset..<end])
    }

    /// Changes stored bytes, on the device too.
    mutating func overwrite(_ range: Range<Int>, _ change: (inout UInt8, Int) -> Void) {
        for place in range.clamped(to: 0..<content.count) { change(&content[place], place) }
    }

    /// The power goes: of what was not synced each sector is on the device or not, by chance.
    mutating func losePower(_ chance: inout SplitMix64) {
        guard !unsynced.isEmpty || durableByteCount != content.count else { return }
        // All of it, none of it, or any part.
        let survival = UInt64.random(in: 0...2, using: &chance)
        var keeps: [Bool] = []
        for entry in unsynced {
            keeps.append(!entry.isOrphan && UInt64.random(in: 0..<2, using: &chance) < survival)
        }
        restore { !keeps[$0] }
        if survival == 0, content.count > durableByteCount {
            content.removeSubrange(durableByteCount...)
        }
        durableByteCount = content.count
    }

    /// The power goes, and nothing of what was not synced is on the device.
    mutating func loseUnsynced() {
        restore { _ in true }
        if content.count > durableByteCount { content.removeSubrange(durableByteCount...) }
        durableByteCount = content.count
    }

    /// Gives the chosen sectors the content of the device; everything left is then on it.
    private mutating func restore(_ isLost: (Int) -> Bool) {
        for (place, entry) in unsynced.enumerated() where isLost(place) {
            let start = entry.sector * Self.sectorByteCount
            let end = min(start + Self.sectorByteCount, content.count)
            guard start < end else { continue }
            let known = min(entry.durable.count, end - start)
            content.replaceSubrange(start..<start + known, with: entry.durable[..<known])
            for blank in start + known..<end { content[blank] = 0 }
        }
        unsynced.removeAll()
        marks.removeAll()
        hasOrphans = false
    }
}
