internal import Bytes
internal import Consensus
internal import Journal

/// One member's data directory: what is not synced can be lost, torn and reordered.
struct SimulatedDisk: Sendable {
    /// What a planted fault makes of the disk; a checker that misses it checks nothing.
    enum Honesty: UInt8, Hashable, Sendable {
        case honest = 0
        /// Says "synced" of the log and keeps nothing: what a drive with a lying write cache does.
        case forgetsLogSyncs = 1
        /// The same of term and vote.
        case forgetsVoteSyncs = 2
    }

    private struct Name: Sendable {
        let file: DiskFile
        let inode: Int
    }

    private let honesty: Honesty
    /// By inode; nil is one that no name leads to.
    private var inodes: [SimulatedFile?] = []
    /// The directory as processes see it.
    private var names: [Name] = []
    /// As the device has it, then after each change since its last sync.
    private var versions: [[Name]] = [[]]

    init(honesty: Honesty) { self.honesty = honesty }

    /// Carries the operations out whole; gives what they read.
    mutating func carryOut(_ operations: some Sequence<DiskOperation>) -> [[UInt8]] {
        var reads: [[UInt8]] = []
        for operation in operations { carryOut(operation, reads: &reads) }
        return reads
    }

    private mutating func carryOut(_ operation: DiskOperation, reads: inout [[UInt8]]) {
        switch operation {
        case .create(let file, let zeroedByteCount):
            bind(file, to: place(SimulatedFile(zeroedByteCount: zeroedByteCount)))
        case .write(let file, let offset, let bytes):
            inodes[existing(file)]?.write(bytes, at: offset)
        case .sync(let file): if isKept(file) { inodes[existing(file)]?.sync() }
        case .rename(let file, let target):
            let inode = existing(file)
            names.removeAll { $0.file == file }
            bind(target, to: inode)
        case .remove(let file):
            names.removeAll { $0.file == file }
            versions.append(names)
        case .syncDirectory: syncDirectory()
        case .read(let file, let offset, let byteCount):
            let content = inode(of: file).flatMap {
                inodes[$0]?.read(at: offset, byteCount: byteCount)
            }
            reads.append(content ?? [])
        }
    }

    /// The process ended within the operation.
    mutating func begin(_ operation: DiskOperation, with chance: inout SplitMix64) {
        switch operation {
        case .write(let file, let offset, let bytes):
            let count = Int.random(in: 0...bytes.count, using: &chance)
            inodes[existing(file)]?.write(bytes[..<count], at: offset)
        case .create(let file, let zeroedByteCount):
            let count = Int.random(in: 0...zeroedByteCount, using: &chance)
            bind(file, to: place(SimulatedFile(zeroedByteCount: count)))
        case .sync, .rename, .remove, .syncDirectory, .read: break
        }
    }

    /// The device refused the operation.
    mutating func fail(_ operation: DiskOperation, with chance: inout SplitMix64) {
        guard case .sync(let file) = operation, let inode = inode(of: file) else {
            return begin(operation, with: &chance)
        }
        let isDropped = UInt64.random(in: 0..<2, using: &chance) == 0
        inodes[inode]?.failSync(isDropped ? .dropped : .orphaned)
    }

    /// The machine stops. Directory changes reach the device in order, up to some moment.
    mutating func losePower(_ chance: inout SplitMix64) {
        names = versions[Int.random(in: 0..<versions.count, using: &chance)]
        for name in names { inodes[name.inode]?.losePower(&chance) }
        syncDirectory()
    }

    /// The machine stops, and nothing is left of what was not synced.
    mutating func loseUnsynced() {
        names = versions[0]
        for name in names { inodes[name.inode]?.loseUnsynced() }
        syncDirectory()
    }

    /// Changes stored bytes of the file, if it is there.
    mutating func overwrite(
        _ file: DiskFile,
        range: Range<Int>,
        _ change: (inout UInt8, Int) -> Void
    ) {
        guard let inode = inode(of: file) else { return }
        inodes[inode]?.overwrite(range, change)
    }

    /// Every file and its length in bytes, in the order in which they got their names.
    var listing: [(file: DiskFile, byteCount: Int)] {
        names.map { ($0.file, inodes[$0.inode]?.byteCount ?? 0) }
    }

    /// Bytes of the file, fewer at its end.
    func content(of file: DiskFile, range: Range<Int>) -> [UInt8] {
        inode(of: file).flatMap {
            inodes[$0]?.read(at: range.lowerBound, byteCount: range.count)
        } ?? []
    }

    /// Whether a sync of the file does what it says.
    private func isKept(_ file: DiskFile) -> Bool {
        switch (honesty, file) {
        case (.forgetsLogSyncs, .segment), (.forgetsLogSyncs, .bound): false
        case (.forgetsVoteSyncs, .hardState): false
        case (.forgetsLogSyncs, _), (.forgetsVoteSyncs, _), (.honest, _): true
        }
    }

    /// All changes of names are on the device; files without a name are gone.
    private mutating func syncDirectory() {
        guard versions.count > 1 || versions[0].count != names.count else { return }
        versions.removeAll(keepingCapacity: true)
        versions.append(names)
        for inode in inodes.indices where !names.contains(where: { $0.inode == inode }) {
            inodes[inode] = nil
        }
    }

    private mutating func place(_ file: SimulatedFile) -> Int {
        if let free = inodes.firstIndex(where: { $0 == nil }) {
            inodes[free] = file
            return free
        }
        inodes.append(file)
        return inodes.count - 1
    }

    private mutating func bind(_ file: DiskFile, to inode: Int) {
        names.removeAll { $0.file == file }
        names.append(Name(file: file, inode: inode))
        versions.append(names)
    }

    private func inode(of file: DiskFile) -> Int? { names.first { $0.file == file }?.inode }

    private func existing(_ file: DiskFile) -> Int {
        guard let inode = inode(of: file) else {
            unreachable("an operation on \(file), which does not exist")
        }
        return inode
    }
}

extension SimulatedDisk: DiskReader {
    func files() throws(DiskReadError) -> [DiskFile] { names.map(\.file) }

    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? {
        inode(of: file).flatMap { inodes[$0]?.byteCount }
    }

    func read(_ file: DiskFile, offset: Int, byteCount: Int) throws(DiskReadError) -> [UInt8] {
        guard inode(of: file) != nil else { throw DiskReadError(file: file, code: 2) }
        return content(of: file, range: offset..<offset + byteCount)
    }
}
