import Bytes
import Consensus
import Testing

@Suite("Membership changes, dissertation chapter 4")
struct MembershipTests {
    private func change(
        from membership: Membership,
        voters: [MemberID],
        learners: [MemberID] = []
    ) throws -> Proposal {
        let next = try membership.changing(
            members: (voters + learners).map(member),
            voters: voters,
            learners: learners
        )
        return Proposal(kind: .membership, payload: next.encoded)
    }

    @discardableResult
    private func propose(_ proposal: Proposal, at bench: RaftHarness) throws -> Raft.Ready {
        _ = try bench.raft.propose([proposal], now: bench.now)
        return bench.take()
    }

    /// A leader whose first entry is committed.
    private func leader(_ membership: Membership, votes: [MemberID]) -> RaftHarness {
        let bench = RaftHarness(membership: membership)
        bench.lead(votesOf: votes)
        for voter in votes { bench.acknowledge(1, from: voter) }
        return bench
    }

    @Test("removing one of two voters: both majorities, then the joint membership is left")
    func oneOfTwo() throws {
        let bench = leader(founding([1, 2]), votes: [2])
        let ready = try propose(change(from: bench.raft.membership, voters: [1]), at: bench)
        #expect(ready.membership?.isJoint == true, "in force when appended (4.1)")
        bench.persist()
        #expect(bench.raft.commitIndex == 1, "the outgoing majority needs member 2")
        let committed = bench.acknowledge(2, from: 2)
        #expect(bench.raft.commitIndex == 2)
        #expect(committed.entries.map(\.kind) == [.membership], "left at once (4.3)")
        #expect(bench.raft.membership.voters == [1])
        #expect(!bench.raft.membership.isJoint)
        bench.persist()
        #expect(bench.raft.commitIndex == 3, "member 1 decides alone now")
        #expect(bench.raft.membership.members.map(\.id) == [1])
    }

    @Test("one of two becomes the only voter: it may hold what nobody else does from then on")
    func onlyVoter() throws {
        let bench = leader(founding([1, 2]), votes: [2])
        #expect(bench.raft.logRedundancy == .replicated)
        try propose(change(from: bench.raft.membership, voters: [1]), at: bench)
        #expect(bench.raft.logRedundancy == .sole, "uncommitted, and half of a joint membership")
        bench.persist()
        bench.acknowledge(2, from: 2)
        bench.persist()
        #expect(bench.raft.commitIndex == 3 && bench.raft.logRedundancy == .sole)
    }

    @Test("the only voter becomes one of two: the other holds everything once that is committed")
    func onlyVoterNoMore() throws {
        let bench = leader(founding([1]), votes: [])
        #expect(bench.raft.logRedundancy == .sole)
        try propose(change(from: bench.raft.membership, voters: [1, 2]), at: bench)
        bench.persist()
        #expect(bench.raft.logRedundancy == .sole, "the outgoing half is member 1 alone")
        bench.acknowledge(2, from: 2)
        #expect(!bench.raft.membership.isJoint && bench.raft.commitIndex == 2)
        #expect(bench.raft.logRedundancy == nil, "in force, but not committed")
        bench.persist()
        bench.acknowledge(3, from: 2)
        #expect(bench.raft.logRedundancy == .replicated)
        #expect(
            RaftHarness(logIntegrity: .reseeding).raft.logRedundancy == nil,
            "what was noted before stays"
        )
    }

    @Test("a leader that is removed leads until that is committed, then hands over (4.2.2)")
    func leaderRemoved() throws {
        let bench = leader(founding([1, 2, 3]), votes: [2, 3])
        try propose(change(from: bench.raft.membership, voters: [2, 3]), at: bench)
        bench.persist()
        bench.acknowledge(2, from: 2)
        #expect(bench.raft.commitIndex == 1, "the new voters need two of 2 and 3")
        bench.acknowledge(2, from: 3)
        #expect(bench.raft.commitIndex == 2)
        #expect(bench.raft.membership == founding([2, 3]))
        #expect(bench.raft.role == .leader)
        bench.persist()
        bench.acknowledge(3, from: 2)
        #expect(bench.raft.commitIndex == 2, "itself counts no more")
        let last = bench.acknowledge(3, from: 3)
        #expect(bench.raft.commitIndex == 3)
        #expect(bench.raft.role == .follower)
        #expect(last.messages.contains { $0.body == .timeoutNow })
        #expect(last.messages.to(3).contains(.commit(3)))
        _ = bench.pass(milliseconds: 5_000)
        #expect(bench.raft.role == .follower, "who was removed never campaigns")
    }

    @Test("no change before an entry of the leader's own term is committed (the bug of 2015)")
    func ownTerm() throws {
        let bench = RaftHarness()
        bench.lead()
        let proposal = try change(from: bench.raft.membership, voters: [1, 2])
        #expect(throws: ProposalRefusal.membership(.noEntryOfOwnTerm)) {
            try propose(proposal, at: bench)
        }
    }

    @Test("no change while one is not committed")
    func uncommitted() throws {
        let bench = leader(founding([1, 2, 3]), votes: [2, 3])
        let first = try change(from: bench.raft.membership, voters: [1, 2, 3], learners: [4])
        let second = try change(from: bench.raft.membership, voters: [1, 2, 3], learners: [5])
        try propose(first, at: bench)
        #expect(throws: ProposalRefusal.membership(.uncommitted(2))) {
            try propose(second, at: bench)
        }
    }

    @Test("voters change through a joint membership only")
    func direct() throws {
        let bench = leader(founding([1, 2, 3]), votes: [2, 3])
        let direct = Proposal(kind: .membership, payload: founding([1, 2]).encoded)
        #expect(throws: ProposalRefusal.membership(.impossible(.votersChangeAtOnce))) {
            try propose(direct, at: bench)
        }
        let garbage = Proposal(kind: .membership, payload: [9])
        #expect(throws: ProposalRefusal.membership(.undecodable)) {
            try propose(garbage, at: bench)
        }
        #expect(throws: ProposalRefusal.membership(.notAlone)) {
            _ = try bench.raft.propose([command("a"), direct], now: bench.now)
        }
    }

    @Test("a learner receives the log and decides nothing (4.2.1)")
    func learner() throws {
        let bench = leader(founding([1, 2, 3]), votes: [2, 3])
        let added = try propose(
            change(from: bench.raft.membership, voters: [1, 2, 3], learners: [4]),
            at: bench
        )
        #expect(added.messages.appends(to: 4).count == 1)
        bench.persist()
        bench.acknowledge(2, from: 4)
        #expect(bench.raft.commitIndex == 1, "a learner's copy does not count")
        bench.acknowledge(2, from: 3)
        #expect(bench.raft.commitIndex == 2)
    }

    @Test("truncation brings the earlier membership back")
    func truncation() throws {
        let bench = RaftHarness(term: 1, log: entries([1]))
        let joint = try change(from: founding([1, 2, 3]), voters: [1, 2, 4])
        let entry = Entry(
            id: id(1, index: 2),
            time: .zero,
            kind: .membership,
            payload: joint.payload
        )
        let appended = bench.receive(
            bench.append([entry], after: id(1, index: 1)),
            from: 2,
            term: 1
        )
        #expect(appended.membership?.voters == [1, 2, 4])
        let cut = bench.receive(
            bench.append(entries([2], from: 2), after: id(1, index: 1)),
            from: 3,
            term: 2
        )
        #expect(cut.membership == founding([1, 2, 3]))
        #expect(bench.raft.membership == founding([1, 2, 3]))
    }

    @Test("a new leader leaves the joint membership that it finds, once it may")
    func inherited() throws {
        let joint = try change(from: founding([1, 2, 3]), voters: [1, 2, 4])
        let entry = Entry(
            id: id(1, index: 1),
            time: .zero,
            kind: .membership,
            payload: joint.payload
        )
        let bench = RaftHarness(term: 1, log: [entry])
        #expect(bench.raft.membership.isJoint)
        bench.lead(votesOf: [2])
        #expect(bench.raft.role == .leader, "1 and 2 are a majority of both halves")
        let ready = bench.acknowledge(2, from: 2)
        #expect(ready.entries.map(\.kind) == [.membership])
        #expect(bench.raft.membership == founding([1, 2, 4]))
    }

    @Test("who is removed still campaigns until that is committed, on the others' votes (4.2.2)")
    func neededAfterRemoval() throws {
        let joint = try founding([1, 2]).changing(members: [member(2)], voters: [2], learners: [])
        let log = [(1, joint), (2, joint.leavingJoint)].map { index, membership in
            Entry(
                id: id(1, index: index),
                time: .zero,
                kind: .membership,
                payload: membership.encoded
            )
        }
        // Member 2 has only the joint membership and needs the vote of 1, whose log is longer.
        let bench = RaftHarness(membership: founding([1, 2]), term: 1, log: log)
        #expect(bench.raft.membership == founding([2]))
        bench.lead(votesOf: [2])
        #expect(bench.raft.role == .leader)
        bench.acknowledge(3, from: 2)
        #expect(bench.raft.commitIndex == 3)
        #expect(bench.raft.role == .follower, "and makes room when its removal is committed")
    }

    @Test("an election in a joint membership needs both majorities")
    func election() throws {
        let joint = try Membership(
            members: [1, 2, 3, 4, 5].map(member),
            voters: [1, 4, 5],
            outgoingVoters: [1, 2, 3]
        )
        let bench = RaftHarness(membership: joint)
        bench.lead(votesOf: [4, 5])
        #expect(bench.raft.role == .preCandidate)
        bench.receive(.preVoteAnswer(.granted, campaignTerm: 1), from: 3, term: 0)
        #expect(bench.raft.role == .candidate)
    }
}

@Suite("Membership as a value")
struct MembershipValueTests {
    @Test("encoding and decoding agree, and what is not canonical is refused")
    func codec() throws {
        let membership = try Membership(
            members: [4, 1, 2, 3].map(member),
            voters: [2, 1],
            outgoingVoters: [2, 3],
            learners: [4, 3]
        )
        let bytes = membership.encoded
        #expect(try Membership(decoding: bytes) == membership)
        for end in 0..<bytes.count {
            #expect(throws: DecodingError.self) { try Membership(decoding: Array(bytes[..<end])) }
        }
        #expect(throws: DecodingError.self) { try Membership(decoding: bytes + [0]) }
        var generator = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            var damaged = bytes
            let place = Int.random(in: 0..<damaged.count, using: &generator)
            damaged[place] = UInt8.random(in: 0...255, using: &generator)
            // No trap, and what decodes is canonical.
            guard let decoded = try? Membership(decoding: damaged) else { continue }
            guard decoded.encoded != damaged else { continue }
            Issue.record("not canonical: \(damaged)")
        }
    }

    @Test("contradictions are refused")
    func faults() {
        let members = [1, 2, 3].map(member)
        #expect(throws: MembershipFault.noVoters) { try Membership(members: members, voters: []) }
        #expect(throws: MembershipFault.duplicate(2)) {
            try Membership(members: members, voters: [1, 2, 2])
        }
        #expect(throws: MembershipFault.duplicate(2)) {
            try Membership(members: members, voters: [1, 2], learners: [2])
        }
        #expect(throws: MembershipFault.unknownMember(9)) {
            try Membership(members: members, voters: [1, 9])
        }
        #expect(throws: MembershipFault.tooManyMembers(65)) {
            let many = (UInt64(1)...65).map { MemberID(rawValue: $0) }
            _ = try Membership(members: many.map(member), voters: many)
        }
    }

    @Test("steps from one membership to the next", arguments: [[1, 2], [1, 2, 3, 4], [4, 5, 6]])
    func steps(_ next: [UInt64]) throws {
        let now = founding([1, 2, 3])
        let voters = next.map { MemberID(rawValue: $0) }
        let joint = try now.changing(members: voters.map(member), voters: voters, learners: [])
        #expect(joint.isJoint)
        #expect(now.fault(of: joint) == nil)
        #expect(joint.fault(of: joint.leavingJoint) == nil)
        #expect(joint.leavingJoint == founding(voters))
        #expect(joint.fault(of: now) == .alreadyJoint)
        #expect(now.fault(of: founding(voters)) == .votersChangeAtOnce)
        #expect(throws: MembershipFault.alreadyJoint) {
            try joint.changing(members: [], voters: voters, learners: [])
        }
    }
}
