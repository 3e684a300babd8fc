internal import Bytes

// A snapshot is a run of items: a kind byte, the payload's length as a varint, the payload. The
// run is cut into chunks without regard to items. Numbers are varints; a key is the count of bytes
// that it shares with the key before it in its section, then the length-prefixed rest.

/// What an item is. A number is never given another meaning.
enum SnapshotItem: UInt8, Sendable {
    /// First, once: format, revision, compact revision, and the oldest event that is not forgotten.
    case header = 1
    /// In byte order: a key, then its newest version. 3 was an older one in format 1.
    case key = 2
    /// In the order of `DirectoryKey`: a path, then what is known of it.
    case directory = 4
    /// A past child count of the directory before, oldest first.
    case childCount = 5
    /// Every event that is not forgotten, in order, with the version that it superseded.
    case event = 6
    /// What stands beside the store: see `SessionStateEncoder`.
    case sessionState = 7
    /// Last, once: the hash of the whole state, 16 bytes, little endian.
    case end = 8
    /// After the header, in the order of their numbers: the name of an author. Not in format 2.
    case author = 9

    /// The longest payload: more than a key, its value and a stored answer can take.
    static let byteCountMax = 32 << 20
    /// No honest count, revision or time comes near it; so arithmetic on what was decoded cannot
    /// overflow.
    static let numberMax: UInt64 = 1 << 62
}

/// The form of a snapshot, which its header names. Each that is listed can be read; the feature
/// level says which is written.
enum SnapshotFormat: UInt64, Comparable, Sendable {
    /// Keys are paths; versions have no times, authors and notes, deletes no causes.
    case second = 2
    /// Of a cluster at the first feature level.
    case third = 3
    /// As the third, of a cluster at the second feature level: members of before
    /// refuse it, and do not take it for damaged.
    case fourth = 4
    /// Of a cluster at the third feature level: users, roles and what goes with them.
    case fifth = 5
    /// Of a cluster at the fourth feature level or a later one, whose session state may have items
    /// that members of before do not know.
    case sixth = 6

    static func < (left: SnapshotFormat, right: SnapshotFormat) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Writes keys as what is new against the one before.
struct KeyDelta: Sendable {
    private var last: [UInt8] = []

    mutating func append(_ key: [UInt8], to output: inout [UInt8]) {
        let shared = key.span.commonPrefixCount(with: last.span)
        output.append(varint: UInt64(shared))
        output.append(varint: UInt64(key.count - shared))
        output.append(contentsOf: key[shared...])
        last = key
    }

    mutating func read(from reader: inout ByteReader) throws(DecodingError) -> [UInt8] {
        let start = reader.position
        let shared = try reader.readVarint()
        guard shared <= UInt64(last.count) else {
            throw .limitExceeded(value: shared, limit: UInt64(last.count), at: start)
        }
        let rest = try reader.readLengthPrefixed(limit: Key.byteCountMax)
        last.removeLast(last.count - Int(shared))
        last.append(contentsOf: rest)
        return last
    }
}

extension ByteReader {
    /// Reads a varint that is a count, a revision or a time.
    mutating func readNumber() throws(DecodingError) -> UInt64 {
        let start = position
        let number = try readVarint()
        guard number <= SnapshotItem.numberMax else {
            throw .limitExceeded(value: number, limit: SnapshotItem.numberMax, at: start)
        }
        return number
    }

    /// Reads a revision from 1 to `last`.
    mutating func readRevision(through last: Revision) throws(DecodingError) -> Revision {
        let start = position
        let number = try readVarint()
        guard number > 0 else { throw .invalidValue(at: start) }
        guard number <= last.rawValue else {
            throw .limitExceeded(value: number, limit: last.rawValue, at: start)
        }
        return Revision(rawValue: number)
    }
}
