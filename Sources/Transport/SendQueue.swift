internal import Bytes

/// What is still to be sent on a link, as one run of bytes, so that a turn needs one system call.
struct SendQueue: Sendable {
    /// When more than this is unsent, the peer does not keep up with what replication allows to be
    /// in flight: the link is useless.
    static let byteCountMax = 64 << 20

    private(set) var bytes: [UInt8] = []
    /// Bytes at the front that are sent.
    private(set) var sentByteCount = 0

    var isEmpty: Bool { sentByteCount == bytes.count }

    /// Whether the bound is passed.
    var isOverfull: Bool { bytes.count - sentByteCount > Self.byteCountMax }

    /// Adds a frame with its length prefix.
    mutating func append(_ frame: [UInt8]) {
        bytes.append(littleEndian: UInt32(frame.count))
        bytes.append(contentsOf: frame)
    }

    /// Notes that `count` more bytes have left.
    mutating func sent(_ count: Int) {
        invariant(
            (0...bytes.count - sentByteCount).contains(count),
            "\(count) bytes left a queue of \(bytes.count - sentByteCount)"
        )
        sentByteCount += count
        if sentByteCount == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
            sentByteCount = 0
        } else if sentByteCount >= 4 << 20 {
            bytes.removeFirst(sentByteCount)
            sentByteCount = 0
        }
    }
}
