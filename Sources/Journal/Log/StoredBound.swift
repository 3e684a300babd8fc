internal import Bytes
internal import Consensus

/// `bound`: how far the log was known to be durable.
///
/// Written after each fdatasync of the log and before any answer, itself synced only when idle: a
/// killed process loses none of it, a power loss at most what the log's records prove themselves.
struct StoredBound: Sendable {
    static let magic: UInt64 = 0x444E_4274_736F_6F52  // "RoostBND"

    /// Whether the file's content is on the device.
    enum Standing: Sendable {
        case synced
        case written
    }

    private var slots: Slots
    /// Everything before was durable.
    private(set) var position: LogPosition
    /// The last batch before `position`.
    private(set) var batch: UInt64
    private(set) var standing = Standing.synced
    /// How many cells of the file that was read are damaged; the newest of the others is used.
    private(set) var damagedCellCount = 0

    /// The content for a log that begins in that segment.
    init(beforeSegment segment: UInt64, member: MemberID) {
        slots = Slots(.bound, magic: Self.magic, member: member)
        position = LogPosition(segment: segment, offset: 0)
        batch = 0
    }

    /// Reads the file's bytes; nil when there is none.
    ///
    /// - Throws: `Damage` when no cell is valid, or the newest one names a segment that no log comes
    ///   to. Every cell was true when it was written, so one is enough.
    init(decoding bytes: [UInt8]?, member: MemberID) throws(Damage) {
        self.init(beforeSegment: 1, member: member)
        guard let bytes else { throw Damage(file: .bound, offset: 0, reason: .missing) }
        let newest = slots.cells(in: bytes).compactMap { $0 }.max { $0.sequence < $1.sequence }
        guard let newest, let offset = Int(exactly: newest.fields.1),
            newest.fields.0 <= DiskFile.segmentMax
        else {
            let reason = slots.fault(of: bytes, needing: Slots.fileByteCount)
            throw Damage(file: .bound, offset: 0, reason: reason)
        }
        damagedCellCount = slots.damagedCellCount(in: bytes)
        slots.resume(after: newest.sequence)
        position = LogPosition(segment: newest.fields.0, offset: offset)
        batch = newest.fields.2
    }

    /// The new file of a new directory or a new log.
    mutating func creation() -> [DiskOperation] { slots.creation(fields) }

    /// Notes that everything before `position` is durable.
    mutating func write(_ position: LogPosition, batch: UInt64) -> DiskOperation {
        invariant(position >= self.position, "the bound goes back to \(position)")
        invariant(batch >= self.batch, "the bound goes back to batch \(batch)")
        self.position = position
        self.batch = batch
        standing = .written
        return slots.write(fields)
    }

    /// Makes the file durable as it is.
    mutating func sync() -> DiskOperation {
        standing = .synced
        return .sync(.bound)
    }

    private var fields: Slots.Fields { (position.segment, UInt64(position.offset), batch, 0) }
}
