/// Operations that are carried out in order, one batch of a lane at a time.
package struct DiskBatch: Sendable {
    /// The two lanes run side by side; within one of them, order holds.
    package enum Lane: Hashable, Sendable {
        /// The log, the hard state and the bound: what answers wait for.
        case log
        /// Snapshots, segments prepared ahead, and reads for members that lag.
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
    /// What its longest sync of a file took; 0 where nothing was synced, or nobody looked.
    package var syncNanoseconds: UInt64 = 0

    package init(number: UInt64, lane: DiskBatch.Lane, reads: [[UInt8]]) {
        self.number = number
        self.lane = lane
        self.reads = reads
    }
}
