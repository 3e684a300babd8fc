import Bytes
import Consensus
import Fuzzing
import Testing

@testable import Replica

/// What comes on a peer connection: a message or a typed error, never a trap; and what was taken
/// means what its bytes say.
@Suite("Fuzzing: the peer protocol")
struct PeerFuzzTests {
    @Test("frames")
    func frames() {
        let samples = PeerMessageTests.samples.map { PeerMessageTests.frame([$0]) }
        var fuzzer = Fuzzer("peer-frame", corpus: samples + [samples.flatMap { $0 }])
        fuzzer.run { input in
            let messages = try PeerMessage.decodeFrame(
                input,
                from: PeerMessageTests.peer,
                to: PeerMessageTests.me
            )
            #expect(PeerMessageTests.frame(messages) == input)
            return "\(messages.count > 1)"
        }
    }

    @Test("hellos and their answers")
    func hellos() {
        let identity = PeerMessageTests.identity
        let hello = Hello(sender: identity, expected: PeerMessageTests.peer)
        let answers = [
            HelloAnswer.Verdict.accepted, .refused(.copiedDirectory),
            .voteLost(shown: Term(rawValue: 8)),
        ].map {
            HelloAnswer(responder: identity, verdict: $0).encode()
        }
        var fuzzer = Fuzzer("peer-hello", corpus: [hello.encode()] + answers)
        fuzzer.run { input in
            if let hello = try? Hello(decoding: input) {
                #expect(hello.encode() == input)
                return "hello"
            }
            let answer = try HelloAnswer(decoding: input)
            #expect(answer.encode() == input)
            return "answer"
        }
    }
}
