/// What is still to be sent to one client, with a count of all that ever was.
struct OutputBuffer {
    /// Above this, nothing more is read from the client or begun for it.
    static let byteCountMax = 1 << 20
    /// Below this, a stream is asked for more: a piece of it is at most 64 KiB, so a client that
    /// takes nothing costs little more than one.
    static let refillByteCount = 4 << 10
    /// An empty buffer larger than this gives its memory back.
    private static let keptByteCountMax = 64 << 10

    var bytes: [UInt8] = []
    /// Bytes at the front that are sent.
    private(set) var sentByteCount = 0
    /// Bytes sent over the life of the connection.
    private(set) var totalSentByteCount: UInt64 = 0

    var isEmpty: Bool { sentByteCount == bytes.count }
    var waitingByteCount: Int { bytes.count - sentByteCount }

    /// What `totalSentByteCount` will be once everything in here is sent.
    var end: UInt64 { totalSentByteCount + UInt64(waitingByteCount) }

    /// Notes that `count` more bytes have left.
    mutating func sent(_ count: Int) {
        totalSentByteCount += UInt64(count)
        sentByteCount += count
        if sentByteCount == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptByteCountMax)
            sentByteCount = 0
        } else if sentByteCount >= Self.byteCountMax {
            bytes.removeFirst(sentByteCount)
            sentByteCount = 0
        }
    }
}
