import Bytes
import Consensus
import TestSupport
import Testing

@testable import Replica

@Suite("who may end a member as removed (Docs/operations.md, exit code 78)")
struct RemovalTests {
    /// What the leader's refusal says of its sender, beside the truth.
    struct Word: Sendable, CustomTestStringConvertible {
        let rule: String
        var standing = PeerIdentity.Standing.leading
        /// Added to the term.
        var termStep = 0
        /// Added to the index of the membership.
        var membershipStep = 1
        let stop: StopReason?
        var testDescription: String { rule }

        /// The refusal in place of the answer that the leader gave.
        func refusal(_ answer: HelloAnswer) -> [UInt8] {
            let truth = answer.responder
            let index = Int(truth.membershipIndex.rawValue) + membershipStep
            let responder = PeerIdentity(
                cluster: truth.cluster,
                id: truth.id,
                name: truth.name,
                boot: truth.boot,
                earlierNonces: truth.earlierNonces,
                peerAddress: truth.peerAddress,
                clientAddress: truth.clientAddress,
                membershipIndex: LogIndex(rawValue: UInt64(index)),
                term: Term(rawValue: UInt64(Int(truth.term.rawValue) + termStep)),
                last: truth.last,
                standing: standing,
                version: truth.version,
                token: truth.token
            )
            return HelloAnswer(responder: responder, verdict: .refused(.notMember)).encode()
        }
    }

    /// Three members and a learner, so that the membership in force is an entry of the log.
    private func grown() throws -> ReplicaHarness {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let learner = try harness.startNewcomer()
        #expect(
            harness.change(.addLearner(try #require(harness.member(learner)), beside: nil)) != nil
        )
        #expect(harness.run(3_000) { harness.members[learner].status?.role == .learner })
        #expect(harness.settle())
        return harness
    }

    @Test(
        "a leader of a term not older, by a membership that is later",
        arguments: [
            Word(rule: "it is", stop: .mayNotJoin(.removed)),
            Word(rule: "of a later term", termStep: 1, stop: .mayNotJoin(.removed)),
            Word(rule: "replaced without knowing it", termStep: -1, stop: nil),
            Word(rule: "by the same membership", membershipStep: 0, stop: nil),
            Word(rule: "its log lost our addition", membershipStep: -1, stop: nil),
            Word(rule: "no leader", standing: .notLeading, stop: nil),
        ]
    )
    func ends(_ word: Word) throws {
        let harness = try grown()
        let leader = try #require(harness.leader)
        let member = (leader + 1) % 3
        harness.kill(member)
        var refusalCount = 0
        harness.carry = { sender, frame in
            guard sender == leader, let answer = try? HelloAnswer(decoding: frame) else {
                return .whole(frame)
            }
            refusalCount += 1
            return .whole(word.refusal(answer))
        }
        try harness.start(member)
        harness.run(1_000)
        #expect(refusalCount > 0)
        #expect(harness.members[member].stop == word.stop)
        harness.carry = { _, frame in .whole(frame) }
        #expect(harness.settle())
        #expect(harness.put("/a", value: "1", at: leader)?.revision == 2)
        #expect(word.stop != nil || harness.run(1_000) { harness.value("/a", at: member) == "1" })
    }

    @Test("a newcomer that has no log yet waits, whatever it is told")
    func newcomer() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
        let newcomer = try harness.startNewcomer()
        let word = Word(rule: "", membershipStep: 9, stop: .mayNotJoin(.removed))
        var refusalCount = 0
        harness.carry = { sender, frame in
            let index = harness.members[newcomer].replica?.formed?.member.raft.membershipIndex
            guard sender != newcomer, index == .zero, refusalCount < 3,
                let answer = try? HelloAnswer(decoding: frame)
            else { return .whole(frame) }
            refusalCount += 1
            return .whole(word.refusal(answer))
        }
        #expect(
            harness.change(.addLearner(try #require(harness.member(newcomer)), beside: nil)) != nil
        )
        #expect(harness.run(3_000) { harness.value("/a", at: newcomer) == "1" })
        #expect(refusalCount > 0 && harness.members[newcomer].stop == nil)
    }

    @Test("a member that knows of its removal hears it from everyone who leads")
    func removed() throws {
        let harness = try grown()
        let leader = try #require(harness.leader)
        let leaver = (leader + 1) % 3
        let gone = try #require(harness.member(leaver)).id
        #expect(harness.change(.remove(gone)) != nil)
        for _ in 0..<2 {
            #expect(harness.run(5_000) { harness.members[leaver].stop == .mayNotJoin(.removed) })
            try harness.start(leaver)
        }
    }
}
