internal import Bytes
internal import Keyspace

/// Which keys the clients of a run use, as numbers in recordings and as bytes in stores.
struct KeySpaces: Sendable {
    static let directoryCount = 2
    static let directoryKeyCount = 3
    /// From here on, numbers tell where a key lies: children of the queue, keys of leases, guarded
    /// keys, those of users, records of contests.
    static let queueBase = 1 << 20
    static let heldBase = 1 << 32
    static let guardedBase = 1 << 33
    static let usersBase = 1 << 34
    static let recordBase = 1 << 40
    /// Everything but the service's own records.
    static let clientKeys = 0...(recordBase - 1)

    static let queue = path("/queue")
    /// The prefix of the keys that leases keep.
    static let heldPrefix = Array("/held/".utf8)

    let lonelyCount: Int
    /// The keys that are read and written at will.
    let registers: [Key]
    /// The first of them, which are no paths.
    let byteKeyCount: Int
    let directories: [Key]

    init(lonelyCount: Int) {
        self.lonelyCount = lonelyCount
        directories = (0..<Self.directoryCount).map { Self.path("/dir-\($0)") }
        let byteKeys = Self.byteKeys.prefix(lonelyCount / 2)
        byteKeyCount = byteKeys.count
        registers =
            byteKeys + (byteKeys.count..<lonelyCount).map { Self.path("/key-\($0)") }
            + (0..<Self.directoryCount).flatMap { directory in
                (0..<Self.directoryKeyCount).map { Self.path("/dir-\(directory)/\($0)") }
            }
    }

    /// Before every path, between paths in no order of words, and no text at all.
    private static let byteKeys = [
        Key(unchecked: [0]), Key(unchecked: Array("foo".utf8)), Key(unchecked: [0xFF, 0x2F, 0x80]),
    ]

    /// What `/` and everything below it has.
    var pathNumbers: ClosedRange<Int> { byteKeyCount...Self.clientKeys.upperBound }

    /// The numbers, in ascending order, of those registers that are in the range.
    func numbers(in range: KeyRange) -> [Int] {
        registers.indices.filter { range.saysItHas(registers[$0]) }
    }

    static func path(_ text: String) -> Key { Key(unchecked: Array(text.utf8)) }

    func keys(ofDirectory directory: Int) -> ClosedRange<Int> {
        let first = lonelyCount + directory * Self.directoryKeyCount
        return first...(first + Self.directoryKeyCount - 1)
    }

    /// The directory of a key that lies in one.
    func directory(of key: Int) -> Int { (key - lonelyCount) / Self.directoryKeyCount }

    /// How a range of a directory's keys may be asked for.
    enum RangeForm: CaseIterable {
        case subtree
        case prefix
        /// With everything before the first directory.
        case interval
        /// Without the last key.
        case part
    }

    /// No other register is in it.
    func range(ofDirectory directory: Int, form: RangeForm) -> KeyRange {
        let root = directories[directory]
        let keys = keys(ofDirectory: directory)
        let first = registers[keys.lowerBound].bytes
        switch form {
        case .subtree: return .subtree(root)
        case .prefix: return .prefix(root.bytes + [UInt8(ascii: "/")])
        case .interval:
            let from = directory == 0 ? Self.path("/.").bytes : first
            return .interval(from: from, to: root.bytes + [UInt8(ascii: "0")])
        case .part: return .interval(from: first, to: registers[keys.upperBound].bytes)
        }
    }

    static func held(_ number: Int) -> Key { path("/held/\(number)") }

    static func guarded(_ contest: Int) -> Key { path("/guarded/\(contest)") }

    /// The number of any key that a run knows.
    func number(of path: Key) -> Int {
        let bytes = path.bytes
        guard bytes.first == UInt8(ascii: "/") else {
            return Self.byteKeys.firstIndex(of: path) ?? .max
        }
        guard bytes.count > 2, let last = bytes.last else { return .max }
        let digit = Int(last) - 48
        switch bytes[1] {
        case UInt8(ascii: "k"): return digit
        case UInt8(ascii: "d"):
            let directory = Int(bytes[5]) - 48
            return lonelyCount + directory * Self.directoryKeyCount + digit
        case UInt8(ascii: "q"): return Self.queueBase + Self.number(bytes[7...], radix: 10)
        case UInt8(ascii: "h"): return Self.heldBase + Self.number(bytes[6...], radix: 10)
        case UInt8(ascii: "g"): return Self.guardedBase + digit
        case UInt8(ascii: "u"): return Self.usersBase + digit
        default:
            guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0 else {
                return .max
            }
            let contest = Int(bytes[slash - 1]) - 48
            let lease = Self.number(bytes[(slash + 1)...], radix: 16)
            return Self.recordBase + contest << 32 + lease
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: Int) -> Int {
        digits.reduce(0) { number, digit in
            number &* radix &+ Int(digit >= 97 ? digit - 87 : digit &- 48)
        }
    }

    // MARK: Values

    private static let longByteCount = 24 << 10
    private static let shortByteCount = 32

    /// Every sixteenth value is long: logs grow, segments fill, snapshots become due.
    static func isLong(_ value: UInt64) -> Bool { value % 16 == 0 }

    /// The bytes that stand for the value.
    static func encode(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        let byteCount = isLong(value) ? longByteCount : shortByteCount
        bytes.reserveCapacity(byteCount)
        bytes.append(littleEndian: value)
        bytes += repeatElement(UInt8(truncatingIfNeeded: value), count: byteCount - 8)
        return bytes
    }

    /// The value that those bytes stand for; one that nobody wrote when they stand for none.
    static func decode(_ bytes: [UInt8]) -> UInt64 {
        guard bytes.count >= 8, let last = bytes.last else { return .max - 1 }
        let value = bytes.span.littleEndian(UInt64.self, at: 0)
        let byteCount = isLong(value) ? longByteCount : shortByteCount
        guard bytes.count == byteCount, last == UInt8(truncatingIfNeeded: value) else {
            return .max - 1
        }
        return value
    }

    private static let counterPrefix = Array("/.roost/counters/".utf8)

    static func isCounter(_ key: Key) -> Bool { key.bytes.starts(with: counterPrefix) }

    /// The value that stands for what a counter shows: of each revision another one.
    static func decode(counter record: KeyRecord) -> UInt64 {
        let digits = number(record.value[...], radix: 10)
        return 1 << 63 | record.modRevision.rawValue << 24
            | UInt64(truncatingIfNeeded: digits) & 0xFF_FFFF
    }

    static func cell(_ record: KeyRecord?) -> Recording.Cell {
        guard let record else { return .absent }
        return Recording.Cell(
            value: decode(record.value),
            modRevision: record.modRevision.rawValue,
            version: record.version
        )
    }
}
