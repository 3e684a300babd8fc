internal import Bytes

/// Why what came on a link is not a frame.
enum FrameError: Error, Hashable, Sendable {
    case tooLong(byteCount: Int, limit: Int)
    case empty
}

/// Cuts a link's byte stream into frames: four bytes of length, least significant first, then so
/// many bytes.
///
/// Holds at most one incomplete frame, and only the part of it that has arrived.
struct FrameAssembler: Sendable {
    /// The longest frame that an introduced peer may send: a replica fills frames to a few MiB.
    static let byteCountMax = 32 << 20
    /// The longest first frame: it only says who speaks, and whoever dials may send one.
    static let firstByteCountMax = 64 << 10

    private static let prefixByteCount = 4

    private var limit = firstByteCountMax
    /// The beginning of a frame, its prefix included.
    private var pending: [UInt8] = []

    /// Whether what has come of a frame is less than the longest one.
    var isWithinBounds: Bool { pending.count < Self.prefixByteCount + limit }

    /// Takes the first `count` bytes of `input`, which arrived next, and hands on each frame that
    /// they complete.
    ///
    /// - Complexity: O(*count*).
    mutating func take(
        _ input: [UInt8],
        count: Int,
        each: ([UInt8]) -> Void
    ) throws(FrameError) {
        invariant((0...input.count).contains(count), "\(count) of \(input.count) bytes arrived")
        var offset = 0
        while offset < count {
            if pending.isEmpty {
                guard let length = try frameLength(in: input, at: offset, end: count),
                    offset + Self.prefixByteCount + length <= count
                else {
                    pending.append(contentsOf: input[offset..<count])
                    return
                }
                let start = offset + Self.prefixByteCount
                each(Array(input[start..<start + length]))
                offset = start + length
            } else {
                offset += try complete(from: input, at: offset, end: count, each)
            }
        }
    }

    /// Adds to the frame that has begun; the count of bytes that it took.
    private mutating func complete(
        from input: [UInt8],
        at offset: Int,
        end: Int,
        _ each: ([UInt8]) -> Void
    ) throws(FrameError) -> Int {
        var taken = 0
        if pending.count < Self.prefixByteCount {
            taken = min(Self.prefixByteCount - pending.count, end - offset)
            pending.append(contentsOf: input[offset..<offset + taken])
        }
        guard let length = try frameLength(in: pending, at: 0, end: pending.count) else {
            return taken
        }
        let rest = Self.prefixByteCount + length - pending.count
        let more = min(rest, end - offset - taken)
        pending.append(contentsOf: input[offset + taken..<offset + taken + more])
        if more == rest {
            each(Array(pending[Self.prefixByteCount...]))
            pending = []
        }
        return taken + more
    }

    /// The length that the prefix at `offset` names; nil when not all of it is there.
    private mutating func frameLength(
        in bytes: [UInt8],
        at offset: Int,
        end: Int
    ) throws(FrameError) -> Int? {
        guard end - offset >= Self.prefixByteCount else { return nil }
        let length = Int(bytes.span.littleEndian(UInt32.self, at: offset))
        guard length > 0 else { throw .empty }
        guard length <= limit else { throw .tooLong(byteCount: length, limit: limit) }
        if end - offset >= Self.prefixByteCount + length { limit = Self.byteCountMax }
        return length
    }
}
