package import Journal

internal import Bytes

/// The process ended in the middle of an operation.
package struct Killed: Error {}

/// A disk in memory that forgets what was not synced, and can end the process at any operation.
package struct MemoryDisk: DiskReader {
    /// Bytes of which a power loss keeps all or nothing.
    package static let sectorByteCount = 512

    /// A write that no sync has followed.
    private struct Write {
        let offset: Int
        let bytes: [UInt8]
        /// What stood there before, as far as the file reached, and how long that was.
        let replaced: [UInt8]
        let byteCountBefore: Int
    }

    private struct Node {
        /// What the process reads.
        var current: [UInt8] = []
        /// In order; without them the device has the file as it was synced last.
        var unsynced: [Write] = []

        /// What is on the device for sure.
        var durable: [UInt8] {
            var content = current
            for write in unsynced.reversed() {
                content.removeSubrange(write.byteCountBefore...)
                guard !write.replaced.isEmpty else { continue }
                let end = write.offset + write.replaced.count
                content.replaceSubrange(write.offset..<end, with: write.replaced)
            }
            return content
        }

        mutating func write(_ bytes: [UInt8], at offset: Int) {
            let end = min(offset + bytes.count, current.count)
            unsynced.append(
                Write(
                    offset: offset,
                    bytes: bytes,
                    replaced: offset < end ? Array(current[offset..<end]) : [],
                    byteCountBefore: current.count
                )
            )
            MemoryDisk.put(bytes, at: offset, into: &current)
        }
    }

    private enum NameChange {
        case set(DiskFile, Int)
        /// At once gone from the one name and there under the other.
        case rename(DiskFile, to: DiskFile)
        case remove(DiskFile)
    }

    private var nodes: [Node] = []
    private var names: [DiskFile: Int] = [:]
    private var durableNames: [DiskFile: Int] = [:]
    private var unsyncedNames: [NameChange] = []
    /// How many more operations are carried out whole; nil for all.
    package var operationsUntilKill: Int?
    /// How many operations were begun.
    package private(set) var operationCount = 0

    /// An empty directory.
    package init() {}

    // MARK: What a process does

    /// Carries out one operation; gives what it read.
    ///
    /// - Throws: `Killed` when its time has come, a `DiskReadError` where there is nothing to read.
    package mutating func perform(_ operation: DiskOperation) throws -> [UInt8]? {
        operationCount += 1
        if let left = operationsUntilKill {
            guard left > 0 else {
                performHalf(operation)
                throw Killed()
            }
            operationsUntilKill = left - 1
        }
        switch operation {
        case .create(let file, let count):
            create(file, byteCount: count)
            sync(file)
        case .write(let file, let offset, let bytes): write(file, offset: offset, bytes: bytes)
        case .sync(let file): sync(file)
        case .rename(let file, let other):
            guard names[file] != nil else { fatalError("rename of missing \(file.name)") }
            change(.rename(file, to: other))
        case .remove(let file): change(.remove(file))
        case .syncDirectory:
            durableNames = names
            unsyncedNames = []
            for place in nodes.indices where !names.values.contains(place) {
                nodes[place] = Node()
            }
        case .read(let file, let offset, let count):
            return try read(file, offset: offset, byteCount: count)
        }
        return nil
    }

    /// Carries out all of a batch.
    package mutating func perform(_ batch: DiskBatch) throws -> DiskCompletion {
        var reads: [[UInt8]] = []
        for operation in batch.operations {
            if let bytes = try perform(operation) { reads.append(bytes) }
        }
        return DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
    }

    private mutating func performHalf(_ operation: DiskOperation) {
        switch operation {
        case .create(let file, let count): create(file, byteCount: count / 2)
        case .write(let file, let offset, let bytes):
            write(file, offset: offset, bytes: Array(bytes.prefix(bytes.count / 2)))
        default: break
        }
    }

    private mutating func create(_ file: DiskFile, byteCount: Int) {
        if names[file] == nil {
            nodes.append(Node())
            change(.set(file, nodes.count - 1))
        }
        guard let node = names[file] else { return }
        nodes[node] = Node()
        write(file, offset: 0, bytes: [UInt8](repeating: 0, count: byteCount))
    }

    private mutating func write(_ file: DiskFile, offset: Int, bytes: [UInt8]) {
        guard let node = names[file] else { fatalError("write to missing \(file.name)") }
        nodes[node].write(bytes, at: offset)
    }

    private mutating func sync(_ file: DiskFile) {
        guard let node = names[file] else { fatalError("sync of missing \(file.name)") }
        nodes[node].unsynced = []
    }

    private mutating func change(_ change: NameChange) {
        Self.apply(change, to: &names)
        unsyncedNames.append(change)
    }

    private static func apply(_ change: NameChange, to names: inout [DiskFile: Int]) {
        switch change {
        case .set(let file, let node): names[file] = node
        case .rename(let file, let other): names[other] = names.removeValue(forKey: file)
        case .remove(let file): names[file] = nil
        }
    }

    private static func put(_ bytes: [UInt8], at offset: Int, into content: inout [UInt8]) {
        guard offset != content.count else { return content += bytes }
        let missing = offset + bytes.count - content.count
        if missing > 0 { content += [UInt8](repeating: 0, count: missing) }
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    // MARK: What befalls it

    /// Everything unsynced is lost, kept or torn, sector by sector; of the directory's changes a
    /// part is lost, the last ones first.
    package func afterPowerLoss(seed: UInt64) -> MemoryDisk {
        var random = SplitMix64(seed: seed)
        return afterPowerLoss(
            keeping: { _ in random.next() % 2 == 0 },
            nameChanges: Int(random.next() % UInt64(unsyncedNames.count + 1))
        )
    }

    /// How many pieces of sectors a power loss keeps or loses, each its own way.
    package var unsyncedPieceCount: Int {
        var count = 0
        _ = afterPowerLoss(
            keeping: { place in
                count = place + 1
                return false
            },
            nameChanges: 0
        )
        return count
    }

    /// How many changes of the directory are not durable.
    package var unsyncedNameChangeCount: Int { unsyncedNames.count }

    /// The chosen pieces of what is not synced are on the device, and the first so many changes of
    /// the directory.
    package func afterPowerLoss(keeping isKept: (Int) -> Bool, nameChanges: Int) -> MemoryDisk {
        var disk = self
        var piece = 0
        for place in nodes.indices {
            var content = nodes[place].durable
            for write in nodes[place].unsynced {
                let (offset, bytes) = (write.offset, write.bytes)
                var start = 0
                while start < bytes.count {
                    let inSector = (offset + start) % Self.sectorByteCount
                    let end = min(start + Self.sectorByteCount - inSector, bytes.count)
                    if isKept(piece) {
                        Self.put(Array(bytes[start..<end]), at: offset + start, into: &content)
                    }
                    piece += 1
                    start = end
                }
            }
            disk.nodes[place] = Node(current: content)
        }
        disk.names = durableNames
        for change in unsyncedNames.prefix(nameChanges) {
            Self.apply(change, to: &disk.names)
        }
        disk.durableNames = disk.names
        disk.unsyncedNames = []
        disk.operationsUntilKill = nil
        return disk
    }

    /// The process is gone, the machine goes on: nothing is lost, nothing more is synced.
    package func afterKill() -> MemoryDisk {
        var disk = self
        disk.operationsUntilKill = nil
        return disk
    }

    /// Every file as the process reads it; set, all of it is durable.
    package var contents: [DiskFile: [UInt8]] {
        get { names.mapValues { nodes[$0].current } }
        set {
            self = MemoryDisk()
            for file in newValue.keys { self[file] = newValue[file] }
        }
    }

    /// The bytes of a file as the process reads them; set, they are durable.
    package subscript(file: DiskFile) -> [UInt8]? {
        get { names[file].map { nodes[$0].current } }
        set {
            durableNames[file] = nil
            names[file] = nil
            guard let newValue else { return }
            nodes.append(Node(current: newValue))
            names[file] = nodes.count - 1
            durableNames[file] = nodes.count - 1
        }
    }

    /// Changes the stored bytes of a file in place, on the device too; nothing of it is unsynced.
    package mutating func edit<Result>(
        _ file: DiskFile,
        _ body: (inout [UInt8]) -> Result
    ) -> Result {
        guard let node = names[file] else { fatalError("no \(file.name)") }
        return body(&nodes[node].current)
    }

    // MARK: DiskReader

    package func files() throws(DiskReadError) -> [DiskFile] {
        names.keys.sorted { $0.name < $1.name }
    }

    package func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? {
        names[file].map { nodes[$0].current.count }
    }

    package func read(
        _ file: DiskFile,
        offset: Int,
        byteCount: Int
    ) throws(DiskReadError) -> [UInt8] {
        guard let node = names[file] else { throw DiskReadError(file: file, code: 2) }
        let content = nodes[node].current
        guard offset < content.count else { return [] }
        return Array(content[offset..<min(offset + byteCount, content.count)])
    }
}
