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
    }

    private struct Name: Sendable {
        let file: DiskFile
        var inode: Int
    }

    private let honesty: Honesty
    private var inodes: [SimulatedFile] = []
    /// The directory as the process sees it, and as the device has it.
    private var names: [Name] = []
    private var durableNames: [Name] = []

    init(honesty: Honesty) { self.honesty = honesty }

    /// Carries the batch out whole; gives what it read.
    mutating func carryOut(_ operations: [DiskOperation]) -> [[UInt8]] {
        var reads: [[UInt8]] = []
        for operation in operations {
            switch operation {
            case .create(let file, let zeroedByteCount):
                inodes.append(SimulatedFile(zeroedByteCount: zeroedByteCount))
                bind(file, to: inodes.count - 1)
            case .write(let file, let offset, let bytes):
                inodes[existing(file)].write(bytes, at: offset)
            case .sync(let file):
                if isKept(file) { inodes[existing(file)].sync() }
            case .rename(let file, let target):
                let inode = existing(file)
                names.removeAll { $0.file == file }
                bind(target, to: inode)
            case .remove(let file): names.removeAll { $0.file == file }
            case .syncDirectory:
                durableNames = names
            case .read(let file, let offset, let byteCount):
                let content = inode(of: file).map {
                    inodes[$0].read(at: offset, byteCount: byteCount)
                }
                reads.append(content ?? [])
            }
        }
        return reads
    }

    /// The machine stops. Directory changes reach the device in order, up to some moment.
    mutating func losePower(_ chance: inout SplitMix64) {
        if UInt64.random(in: 0..<2, using: &chance) == 0 { names = durableNames }
        for name in names { inodes[name.inode].losePower(&chance) }
        durableNames = names
    }

    /// Flips bits of a stored byte of the file, if it is there.
    mutating func corrupt(_ file: DiskFile, at offset: Int, with mask: UInt8) {
        guard let inode = inode(of: file) else { return }
        inodes[inode].corrupt(at: offset, with: mask)
    }

    /// Whether a sync of the file does what it says.
    private func isKept(_ file: DiskFile) -> Bool {
        switch (honesty, file) {
        case (.forgetsLogSyncs, .segment), (.forgetsLogSyncs, .bound): false
        case (.forgetsLogSyncs, _), (.honest, _): true
        }
    }

    /// The bytes of the log's files, oldest segment first.
    var segments: [(file: DiskFile, byteCount: Int)] {
        names.compactMap { name in
            guard case .segment = name.file else { return nil }
            return (name.file, inodes[name.inode].byteCount)
        }
    }

    private mutating func bind(_ file: DiskFile, to inode: Int) {
        names.removeAll { $0.file == file }
        names.append(Name(file: file, inode: inode))
    }

    private func inode(of file: DiskFile) -> Int? { names.first { $0.file == file }?.inode }

    private func existing(_ file: DiskFile) -> Int {
        guard let inode = inode(of: file) else {
            invariant(
                false,
                "an operation on \(file), which does not exist"
            )
            return 0
        }
        return inode
    }
}

extension SimulatedDisk: DiskReader {
    func files() throws(DiskReadError) -> [DiskFile] { names.map(\.file) }

    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? {
        inode(of: file).map { inodes[$0].byteCount }
    }

    func read(_ file: DiskFile, offset: Int, byteCount: Int) throws(DiskReadError) -> [UInt8] {
        guard let inode = inode(of: file) else {
            throw DiskReadError(file: file, code: 2)
        }
        return inodes[inode].read(at: offset, byteCount: byteCount)
    }
}
