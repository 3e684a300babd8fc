internal import Consensus
internal import Keyspace
internal import Replica

/// Commands as the log carries them, and the frames between members.
enum CodecWork {
    private static let batchCount = 64

    static var all: [Work] {
        [
            Work(name: "request-encode", count: 2000) { _ in encodeRequests },
            Work(name: "request-decode", count: 2000) { _ in decodeRequests },
            Work(name: "frame-encode", count: 128 * batchCount) { _ in encodeFrames },
            Work(name: "frame-decode", count: 128 * batchCount) { _ in decodeFrames },
        ]
    }

    private static func encodeRequests(_ count: Int) -> UInt64 {
        let request = Material.put(1)
        var trace: UInt64 = 0
        for _ in 0..<count {
            var payload: [UInt8] = []
            request.encode(into: &payload)
            trace &+= UInt64(payload.count)
        }
        return trace
    }

    private static func decodeRequests(_ count: Int) -> UInt64 {
        let payload = Material.payload(1)
        var trace: UInt64 = 0
        for _ in 0..<count {
            guard case .put(let put)? = (try? Request(decoding: payload))?.command else {
                Guard.fail("a request does not decode")
            }
            trace &+= UInt64(put.value.count)
        }
        return trace
    }

    private static let sender = MemberID(rawValue: 1)
    private static let receiver = MemberID(rawValue: 2)

    private static var append: PeerMessage {
        let entries = (1...batchCount).map { Material.entry(UInt64($0)) }
        let append = AppendEntries(
            previous: .zero,
            entries: entries,
            commitIndex: .zero,
            lastIndex: LogIndex(rawValue: UInt64(batchCount))
        )
        return .raft(
            Message(
                from: sender,
                to: receiver,
                term: Term(rawValue: 1),
                body: .appendEntries(append)
            )
        )
    }

    private static func encodeFrames(_ count: Int) -> UInt64 {
        let message = append
        var trace: UInt64 = 0
        for _ in 0..<count / batchCount {
            var frame: [UInt8] = []
            message.encode(into: &frame)
            trace &+= UInt64(frame.count)
        }
        return trace
    }

    private static func decodeFrames(_ count: Int) -> UInt64 {
        var frame: [UInt8] = []
        append.encode(into: &frame)
        var trace: UInt64 = 0
        for _ in 0..<count / batchCount {
            let messages = try? PeerMessage.decodeFrame(frame, from: sender, to: receiver)
            guard case .raft(let message)? = messages?.first,
                case .appendEntries(let append) = message.body
            else {
                Guard.fail("a frame does not decode")
            }
            trace &+= UInt64(append.entries.count)
        }
        return trace
    }
}
