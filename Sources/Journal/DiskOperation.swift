package import Consensus

/// A file of the data directory, named by what it is and never by a path.
package enum DiskFile: Hashable, Sendable {
    /// Who this member is, and of which cluster.
    case identity
    /// Written in full beside `identity` and renamed over it.
    case identityDraft
    /// Term and vote.
    case hardState
    /// How far the log was known to be durable.
    case bound
    /// One segment of the log, numbered from 1.
    case segment(UInt64)
    /// A complete snapshot of everything up to an entry.
    case snapshot(EntryID)
    /// The same while it is being written or received.
    case snapshotDraft(EntryID)
}

/// One thing to be done to the disk; nothing is done in any other way.
package enum DiskOperation: Hashable, Sendable {
    /// Creates or empties the file, writes `zeroedByteCount` zeroes in slices and makes them durable.
    case create(DiskFile, zeroedByteCount: Int)
    /// Writes all of `bytes` at `offset`.
    case write(DiskFile, offset: Int, bytes: [UInt8])
    /// Returns once the file's data is on the device.
    case sync(DiskFile)
    case rename(DiskFile, to: DiskFile)
    case remove(DiskFile)
    /// Returns once creations, renames and removals are on the device.
    case syncDirectory
    /// Reads up to `byteCount` bytes at `offset`; fewer only at the end of the file.
    case read(DiskFile, offset: Int, byteCount: Int)
}

/// Operations that are carried out in order, one batch of a lane at a time.
package struct DiskBatch: Sendable {
    /// Two lanes run beside each other; within one, order holds.
    package enum Lane: Hashable, Sendable {
        /// The log, the hard state and the bound: what answers wait for.
        case log
        /// Snapshots, segments prepared ahead, reads for members that lag behind.
        case background
    }

    /// Unique within its lane for the life of the process, rising.
    package let number: UInt64
    package let lane: Lane
    package let operations: [DiskOperation]

    package init(number: UInt64, lane: Lane, operations: [DiskOperation]) {
        self.number = number
        self.lane = lane
        self.operations = operations
    }
}

/// A batch that was carried out whole. A failed one has no completion: the process ends, because
/// the page cache can't be trusted after it.
package struct DiskCompletion: Sendable {
    package let number: UInt64
    package let lane: DiskBatch.Lane
    /// The bytes of each `read` of the batch, in order.
    package let reads: [[UInt8]]

    package init(number: UInt64, lane: DiskBatch.Lane, reads: [[UInt8]]) {
        self.number = number
        self.lane = lane
        self.reads = reads
    }
}

/// The one port of the house: how recovery reads the data directory before anything runs.
package protocol DiskReader {
    /// Every file of the directory that has one of our names.
    func files() throws(DiskReadError) -> [DiskFile]
    /// The file's length in bytes, nil when it does not exist.
    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int?
    /// Up to `byteCount` bytes at `offset`; fewer only at the end of the file.
    func read(
        _ file: DiskFile,
        offset: Int,
        byteCount: Int
    ) throws(DiskReadError) -> [UInt8]
}

/// The disk refused a read.
package struct DiskReadError: Error, Hashable, Sendable {
    package let file: DiskFile?
    /// The system's error number.
    package let code: Int32

    package init(file: DiskFile?, code: Int32) {
        self.file = file
        self.code = code
    }
}
