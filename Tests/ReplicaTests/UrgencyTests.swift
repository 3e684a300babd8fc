import Consensus
import Testing

@testable import Replica

@Suite("the news of what is committed may be held, unless a forwarded write waits for it")
struct UrgencyTests {
    private static let (own, peer) = (MemberID(rawValue: 1), MemberID(rawValue: 2))
    private var links = Links()

    init() {
        links.follow([(Self.peer, Town.name(2), Town.address(2))])
        links.peers[0].outgoing = .open(LinkID(rawValue: 16))
    }

    /// The urgency of the frame of a turn with these messages.
    private mutating func urgency(_ bodies: Message.Body...) -> Frame.Urgency? {
        for body in bodies {
            let message = Message(
                from: Self.own,
                to: Self.peer,
                term: Term(rawValue: 1),
                body: body
            )
            links.send(.raft(message), to: Self.peer)
        }
        var effects = Effects()
        links.take(into: &effects)
        return effects.frames.first?.urgency
    }

    private static func commit(_ index: UInt64) -> Message.Body {
        .commit(LogIndex(rawValue: index))
    }

    private static let answer = Message.Body.heartbeatAnswer(ReadRound(rawValue: 1))

    @Test mutating func aFrameIsAsUrgentAsItsMostUrgentMessage() {
        #expect(urgency(Self.commit(1)) == .trailing)
        #expect(urgency(Self.commit(2), Self.answer, Self.commit(3)) == .prompt)
        #expect(urgency(Self.commit(4)) == .trailing)
    }

    @Test mutating func whoForwardedAWriteHearsOfItAtOnce() {
        links.noteForwarded(through: LogIndex(rawValue: 7), by: Self.peer)
        links.noteForwarded(through: LogIndex(rawValue: 5), by: Self.peer)
        #expect(urgency(Self.commit(6)) == .prompt)
        #expect(urgency(Self.commit(7)) == .prompt)
        #expect(urgency(Self.commit(8)) == .trailing)
    }
}
