import Bytes
import Consensus
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
                standing: standing
            )
            return HelloAnswer(responder: responder, verdict: .refused(.notMember)).encode()
        }
    }

    /// Three members and a learner, so that the membership in force is an entry of the log.
    private func grown() throws -> ReplicaHarness {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let learner = try town.welcomeNewcomer()
        #expect(town.change(.addLearner(try #require(town.member(learner)))) != nil)
        #expect(town.run(3_000) { town.houses[learner].status?.role == .learner })
        #expect(town.settle())
        return town
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
        let town = try grown()
        let leader = try #require(town.leader)
        let member = (leader + 1) % 3
        town.kill(member)
        var refusalCount = 0
        town.carry = { sender, frame in
            guard sender == leader, let answer = try? HelloAnswer(decoding: frame) else {
                return .whole(frame)
            }
            refusalCount += 1
            return .whole(word.refusal(answer))
        }
        try town.start(member)
        town.run(1_000)
        #expect(refusalCount > 0)
        #expect(town.houses[member].stop == word.stop)
        town.carry = { _, frame in .whole(frame) }
        #expect(town.settle())
        #expect(town.put("/a", value: "1", at: leader)?.revision == 1)
        #expect(word.stop != nil || town.run(1_000) { town.value("/a", at: member) == "1" })
    }

    @Test("a newcomer that has no log yet waits, whatever it is told")
    func newcomer() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        let newcomer = try town.welcomeNewcomer()
        let word = Word(rule: "", membershipStep: 9, stop: .mayNotJoin(.removed))
        var refusalCount = 0
        town.carry = { sender, frame in
            let index = town.houses[newcomer].replica?.formed?.raft.membershipIndex
            guard sender != newcomer, index == .zero, refusalCount < 3,
                let answer = try? HelloAnswer(decoding: frame)
            else { return .whole(frame) }
            refusalCount += 1
            return .whole(word.refusal(answer))
        }
        #expect(town.change(.addLearner(try #require(town.member(newcomer)))) != nil)
        #expect(town.run(3_000) { town.value("/a", at: newcomer) == "1" })
        #expect(refusalCount > 0 && town.houses[newcomer].stop == nil)
    }

    @Test("a member that knows of its removal hears it from everyone who leads")
    func removed() throws {
        let town = try grown()
        let leader = try #require(town.leader)
        let leaver = (leader + 1) % 3
        let gone = try #require(town.member(leaver)).id
        #expect(town.change(.remove(gone)) != nil)
        for _ in 0..<2 {
            #expect(town.run(5_000) { town.houses[leaver].stop == .mayNotJoin(.removed) })
            try town.start(leaver)
        }
    }
}
