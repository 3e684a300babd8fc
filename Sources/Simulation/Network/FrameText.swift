internal import Consensus
internal import Replica

/// What a frame between members says, as far as an observer can read it.
enum FrameText {
    /// Whether it holds nothing but Raft's messages.
    static func isOfRaft(_ bytes: [UInt8]) -> Bool {
        messages(bytes)?.allSatisfy {
            if case .raft = $0 { true } else { false }
        } ?? false
    }

    private static func messages(_ bytes: [UInt8]) -> [PeerMessage]? {
        let (sender, receiver) = (MemberID(rawValue: 1), MemberID(rawValue: 2))
        return try? PeerMessage.decodeFrame(bytes, from: sender, to: receiver)
    }

    /// For a reader of the story.
    static func describe(_ bytes: [UInt8], from sender: Int) -> String {
        let sender = SimulatedMember.label(of: sender)
        guard let messages = messages(bytes) else {
            return "\(bytes.count) bytes of greeting from \(sender)"
        }
        let content = messages.map { message in
            if case .raft(let raft) = message {
                "term \(raft.term.rawValue) \(raft.body)".prefix(200)
            } else {
                "\(message)".prefix(80)
            }
        }
        return "from \(sender): \(content.joined(separator: "; "))"
    }
}
