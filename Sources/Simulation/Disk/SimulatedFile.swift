internal import Bytes

/// A file's content in pages, twice: as the running process sees it, and as it would be found after
/// the power went.
struct SimulatedFile: Sendable {
    static let pageByteCount = 4096
    static let sectorByteCount = 512

    /// Nil is a page of zeroes.
    private var pages: [[UInt8]?] = []
    private var durablePages: [[UInt8]?] = []
    private(set) var byteCount = 0
    private var durableByteCount = 0
    /// Pages that differ, in the order of their first write since the last sync.
    private var dirty: [Int] = []

    /// Whether a power loss would lose anything.
    var isDirty: Bool { !dirty.isEmpty || byteCount != durableByteCount }

    /// A file of zeroes that is on the device already.
    init(zeroedByteCount: Int) {
        byteCount = zeroedByteCount
        durableByteCount = zeroedByteCount
        let pageCount = (zeroedByteCount + Self.pageByteCount - 1) / Self.pageByteCount
        pages = Array(repeating: nil, count: pageCount)
        durablePages = pages
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        let end = offset + bytes.count
        byteCount = max(byteCount, end)
        let pageCount = (byteCount + Self.pageByteCount - 1) / Self.pageByteCount
        while pages.count < pageCount {
            pages.append(nil)
            durablePages.append(nil)
        }
        var position = offset
        while position < end {
            let page = position / Self.pageByteCount
            let start = position % Self.pageByteCount
            let count = min(Self.pageByteCount - start, end - position)
            if !dirty.contains(page) { dirty.append(page) }
            var content = pages[page] ?? Self.blank
            pages[page] = nil
            let source = position - offset
            content.replaceSubrange(start..<start + count, with: bytes[source..<source + count])
            pages[page] = content
            position += count
        }
    }

    mutating func sync() {
        for page in dirty { durablePages[page] = pages[page] }
        dirty.removeAll()
        durableByteCount = byteCount
    }

    func read(at offset: Int, byteCount: Int) -> [UInt8] {
        let end = min(self.byteCount, offset + byteCount)
        guard offset < end else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - offset)
        var position = offset
        while position < end {
            let start = position % Self.pageByteCount
            let count = min(Self.pageByteCount - start, end - position)
            if let page = pages[position / Self.pageByteCount] {
                bytes += page[start..<start + count]
            } else {
                bytes += repeatElement(0, count: count)
            }
            position += count
        }
        return bytes
    }

    /// Changes one stored byte, on the device too.
    mutating func corrupt(at offset: Int, with mask: UInt8) {
        let page = offset / Self.pageByteCount
        guard page < pages.count else { return }
        var content = pages[page] ?? Self.blank
        content[offset % Self.pageByteCount] ^= mask
        pages[page] = content
        durablePages[page] = content
    }

    /// The power goes: of what was not synced each sector is on the device or not, by chance.
    mutating func losePower(_ chance: inout SplitMix64) {
        let survival = UInt64.random(in: 0...2, using: &chance)
        for page in dirty {
            guard let content = pages[page] else { continue }
            var found = durablePages[page] ?? Self.blank
            for start in stride(from: 0, to: Self.pageByteCount, by: Self.sectorByteCount)
            where UInt64.random(in: 0..<2, using: &chance) < survival {
                let sector = start..<start + Self.sectorByteCount
                found.replaceSubrange(sector, with: content[sector])
            }
            durablePages[page] = found
        }
        if survival == 0 { byteCount = durableByteCount }
        let pageCount = (byteCount + Self.pageByteCount - 1) / Self.pageByteCount
        durablePages.removeSubrange(pageCount...)
        pages = durablePages
        durableByteCount = byteCount
        dirty.removeAll()
    }

    private static let blank = [UInt8](repeating: 0, count: pageByteCount)
}
