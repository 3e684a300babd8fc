internal import Bytes
internal import Consensus

/// The format that `hardstate` and `bound` share: two slots of 4 KiB written in turn, each holding
/// the same 68-byte cell at the start of each of its eight 512-byte sectors.
///
/// A write touches one slot only, so the state before it stays whole. A damaged bit or sector costs
/// one cell of eight; a slot without any valid cell was damaged, for no torn write leaves that.
struct Slots: Sendable {
    /// What a cell carries; its meaning is the file's.
    typealias Fields = (UInt64, UInt64, UInt64, UInt64)

    struct Cell {
        let sequence: UInt64
        let fields: Fields
    }

    static let slotByteCount = 4096
    static let fileByteCount = 2 * slotByteCount
    static let sectorByteCount = 512
    /// Both slots' cells.
    static let cellCount = fileByteCount / sectorByteCount
    static let cellByteCount = 68
    static let formatVersion: UInt32 = 1
    /// No file is written so often, so adding to a sequence number that was read can't overflow.
    private static let sequenceMax: UInt64 = 1 << 62

    let file: DiskFile
    let magic: UInt64
    let member: MemberID
    /// The sequence number of the newest cell; the next write is one higher, in the other slot.
    private(set) var sequence: UInt64
    /// What was written last; the rest of each sector stays zero.
    private var slot = [UInt8](repeating: 0, count: Self.slotByteCount)

    init(_ file: DiskFile, magic: UInt64, member: MemberID, sequence: UInt64 = 0) {
        self.file = file
        self.magic = magic
        self.member = member
        self.sequence = sequence
    }

    /// Both slots of a new file.
    mutating func creation(_ fields: Fields) -> [DiskOperation] {
        invariant(sequence == 0, "\(file.name) is created anew after write \(sequence)")
        return [
            .create(file, zeroedByteCount: Self.fileByteCount), write(fields), write(fields),
            .sync(file),
        ]
    }

    /// Replaces the older slot.
    mutating func write(_ fields: Fields) -> DiskOperation {
        sequence += 1
        let cell = encode(Cell(sequence: sequence, fields: fields))
        for start in stride(from: 0, to: Self.slotByteCount, by: Self.sectorByteCount) {
            slot.replaceSubrange(start..<start + Self.cellByteCount, with: cell)
        }
        assert(decode(slot.span, at: 0)?.sequence == sequence, "a slot that can't be read again")
        return .write(file, offset: Int(sequence % 2) * Self.slotByteCount, bytes: slot)
    }

    private func encode(_ cell: Cell) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.cellByteCount)
        bytes.append(littleEndian: magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: cell.sequence)
        bytes.append(littleEndian: member.rawValue)
        bytes.append(littleEndian: cell.fields.0)
        bytes.append(littleEndian: cell.fields.1)
        bytes.append(littleEndian: cell.fields.2)
        bytes.append(littleEndian: cell.fields.3)
        bytes.append(littleEndian: CRC32C.checksum(bytes.span))
        return bytes
    }

    /// The newest valid cell of each slot, nil for a slot that has none.
    func cells(in bytes: [UInt8]) -> [Cell?] {
        (0..<2).map { slot in
            stride(from: 0, to: Self.slotByteCount, by: Self.sectorByteCount)
                .compactMap { decode(bytes.span, at: slot * Self.slotByteCount + $0) }
                .max { $0.sequence < $1.sequence }
        }
    }

    /// How many cells are not valid: no torn write leaves any.
    func damagedCellCount(in bytes: [UInt8]) -> Int {
        (0..<Self.cellCount).count { decode(bytes.span, at: $0 * Self.sectorByteCount) == nil }
    }

    /// What is wrong with a file of which what is needed is not there.
    ///
    /// - Parameter end: where that would end.
    func fault(of bytes: [UInt8], needing end: Int) -> Damage.Reason {
        let isOfOtherVersion = (0..<Self.cellCount).contains {
            let start = $0 * Self.sectorByteCount
            guard bytes.count >= start + Self.cellByteCount else { return false }
            let cell = bytes.span.extracting(start..<start + Self.cellByteCount)
            return Self.version(of: cell, magic: magic).map { $0 != Self.formatVersion } ?? false
        }
        if isOfOtherVersion { return .unknownFormat }
        return bytes.count < end ? .truncated(byteCount: bytes.count) : .malformed
    }

    /// The format version of a cell that is whole; nil of any other.
    private static func version(of cell: Span<UInt8>, magic: UInt64) -> UInt32? {
        let body = cellByteCount - 4
        guard cell.littleEndian(UInt64.self, at: 0) == magic,
            cell.littleEndian(UInt32.self, at: body)
                == CRC32C.checksum(cell.extracting(..<body))
        else { return nil }
        return cell.littleEndian(UInt32.self, at: 8)
    }

    private func decode(_ bytes: Span<UInt8>, at start: Int) -> Cell? {
        guard bytes.count >= start + Self.cellByteCount else { return nil }
        let cell = bytes.extracting(start..<start + Self.cellByteCount)
        guard cell.littleEndian(UInt64.self, at: 24) == member.rawValue else { return nil }
        return Self.decode(cell, magic: magic)
    }

    /// The cell of any member.
    private static func decode(_ cell: Span<UInt8>, magic: UInt64) -> Cell? {
        guard version(of: cell, magic: magic) == formatVersion,
            cell.littleEndian(UInt64.self, at: 16) <= sequenceMax
        else { return nil }
        return Cell(
            sequence: cell.littleEndian(UInt64.self, at: 16),
            fields: (
                cell.littleEndian(UInt64.self, at: 32), cell.littleEndian(UInt64.self, at: 40),
                cell.littleEndian(UInt64.self, at: 48), cell.littleEndian(UInt64.self, at: 56)
            )
        )
    }

    /// Whether a member, whichever it is, has written to the file since it was made.
    static func isUsed(_ bytes: [UInt8], magic: UInt64) -> Bool {
        stride(from: 0, through: bytes.count - cellByteCount, by: sectorByteCount).contains {
            let cell = bytes.span.extracting($0..<$0 + cellByteCount)
            return decode(cell, magic: magic)?.sequence ?? 0 > creationWriteCount
        }
    }

    /// Whether the bytes are a file of that kind, or one that was only begun: nothing, or zeroes.
    static func mayBeOurs(_ bytes: [UInt8], magic: UInt64) -> Bool {
        guard bytes.contains(where: { $0 != 0 }) else { return true }
        return stride(from: 0, through: bytes.count - 8, by: sectorByteCount).contains {
            bytes.span.littleEndian(UInt64.self, at: $0) == magic
        }
    }

    /// Both slots of a new file are written.
    private static let creationWriteCount: UInt64 = 2

    /// Goes on from the newest cell of an existing file.
    mutating func resume(after sequence: UInt64) {
        invariant(self.sequence == 0, "\(file.name) is resumed after write \(self.sequence)")
        self.sequence = sequence
    }
}
