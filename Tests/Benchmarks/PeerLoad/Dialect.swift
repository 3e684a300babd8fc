/// What a client asks of the system under test, again and again.
enum Request: String {
    case create
    case write
    /// A read that sees every write that was answered before: etcd's usual one; ZooKeeper's `sync`
    /// and a read after it.
    case read
    /// A read of what the member has: etcd's serializable one, ZooKeeper's usual one.
    case staleRead = "stale-read"
    /// Not an answer but events from now on.
    case watch
}

/// What is asked, and of which keys.
struct Job {
    let request: Request
    /// The key below which all others are; keys are this, a slash and ten digits.
    let prefix: String
    let valueByteCount: Int
    /// Keys created by one request: etcd's transactions alone may have more than one.
    let batch: Int

    /// Digits at the end of each key.
    static let digitCount = 10

    /// The bytes of a key whose digits are zeros.
    var key: [UInt8] { Array("\(prefix)/".utf8) + [UInt8](repeating: 48, count: Self.digitCount) }
    /// The bytes of a value.
    var value: [UInt8] { [UInt8](repeating: UInt8(ascii: "v"), count: valueByteCount) }

    /// Writes a key's number over the digits that begin at a place.
    static func patch(_ bytes: inout [UInt8], at place: Int, key: Int) {
        var rest = key
        for offset in stride(from: digitCount - 1, through: 0, by: -1) {
            bytes[place + offset] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }
}

/// What a connection got.
enum Arrival {
    /// An answer to the request of that number.
    case answer(Int, isSuccess: Bool)
    /// A watcher is told of a write.
    case event
}

/// One connection's side of a protocol.
protocol Dialect {
    init(_ job: Job)
    /// Whether requests may be sent: greeted, and within what the other side takes.
    var mayAsk: Bool { get }
    /// Appends what is said before any request.
    mutating func greet(_ output: inout [UInt8])
    /// Appends a request about a key.
    ///
    /// - Returns: its number.
    mutating func ask(_ key: Int, into output: inout [UInt8]) -> Int
    /// Takes whole messages off the front of what was received; may append what they call for.
    ///
    /// - Returns: how many bytes were taken.
    mutating func take(
        _ input: ArraySlice<UInt8>,
        into output: inout [UInt8],
        arrivals: inout [Arrival]
    ) throws(Failure) -> Int
}

/// Why a measurement cannot be made.
struct Failure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension [UInt8] {
    /// Appends the bytes of an integer, the most significant first.
    mutating func append(bigEndian value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Writes four bytes of an integer at a place, the most significant first.
    mutating func put(bigEndian value: UInt32, at place: Int) {
        for offset in 0..<4 {
            self[place + offset] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * offset))
        }
    }
}

extension ArraySlice<UInt8> {
    /// Four bytes at a distance from the front, the most significant first.
    func bigEndian32(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(self[startIndex + offset + $1]) }
    }
}
