import Testing

@testable import Server

@Suite("The first byte of a connection decides what is spoken on it")
struct ConversationChoiceTests {
    private static func choice(_ bytes: [UInt8]) -> ConversationChoice<ClientConversation> {
        ClientConversation.choose(bytes.span)
    }

    @Test func httpIsSpokenAfterTheFirstByteOfAMethodOrAnEmptyLine() {
        for first in "GPOHDX\r\n".utf8 {
            guard case .speaks(.http1) = Self.choice([first]) else {
                Issue.record("\(first) does not begin HTTP")
                continue
            }
        }
    }

    @Test func tlsIsAnsweredWithItsAlert() {
        guard case .foreign(let reply) = Self.choice([0x16, 0x03, 0x01]) else {
            Issue.record("a TLS handshake is taken for something else")
            return
        }
        #expect(reply.first == 0x15)
    }

    @Test func binaryProtocolsAreClosedWithoutAWord() {
        for first in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
            guard case .foreign(let reply) = Self.choice([first]) else {
                Issue.record("\(first) begins a conversation")
                continue
            }
            #expect(reply.isEmpty)
        }
    }
}
