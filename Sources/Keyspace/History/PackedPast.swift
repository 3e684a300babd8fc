internal import Bytes

/// Entries of a past, written close together: the first as it is, each other as what it adds to the
/// one before.
struct PackedPast<Entry: PastNumber>: Sendable {
    private let bytes: [UInt8]

    /// - Parameter entries: at least one, their revisions in order.
    init(_ entries: [Entry]) {
        var written: [UInt8] = []
        written.reserveCapacity(entries.count * 2 * OutputSpan<UInt8>.varintByteCountMax)
        var revision: UInt64 = 0
        var number: UInt64 = 0
        for entry in entries {
            written.append(varint: entry.revision.rawValue &- revision)
            written.append(varint: Self.zigzag(entry.number &- number))
            revision = entry.revision.rawValue
            number = entry.number
        }
        // Room for what there is and no more.
        var exact: [UInt8] = []
        exact.reserveCapacity(written.count)
        exact.append(contentsOf: written)
        bytes = exact
    }

    var byteCount: Int { bytes.count }

    /// The oldest.
    var first: Entry {
        var reader = Reader(bytes)
        guard let first = reader.next() else { unreachable("a packed piece of a past is empty") }
        return first
    }

    /// All, oldest first.
    ///
    /// - Complexity: O(*n*)
    var entries: [Entry] { Array(IteratorSequence(Reader(bytes))) }

    /// Small numbers for numbers near zero, and for those that are near it from below.
    private static func zigzag(_ number: UInt64) -> UInt64 {
        number << 1 ^ (number >> 63 == 0 ? 0 : .max)
    }

    private static func zagzig(_ number: UInt64) -> UInt64 {
        number >> 1 ^ (number & 1 == 0 ? 0 : .max)
    }

    private struct Reader: IteratorProtocol {
        private var reader: ByteReader
        private var revision: UInt64 = 0
        private var number: UInt64 = 0

        init(_ bytes: [UInt8]) { reader = ByteReader(bytes) }

        mutating func next() -> Entry? {
            guard !reader.isAtEnd else { return nil }
            do throws(DecodingError) {
                revision &+= try reader.readVarint()
                number &+= PackedPast.zagzig(try reader.readVarint())
            } catch { unreachable("a packed piece of a past: \(error)") }
            return Entry(revision: Revision(rawValue: revision), number: number)
        }
    }
}
