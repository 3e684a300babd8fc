import Testing

@testable import Keyspace

/// Docs/http-api.md: `priority`, `preempt` and `handover` of an election.
@Suite("Who leads next")
struct SuccessionTests {
    /// Leases from 2 on, of a minute each; 2 leads.
    private func prepared() throws -> (Machine, FencingToken) {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        for _ in 0..<4 { machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)) }
        let grant = campaign(2, of: &machine).grant
        return (machine, try #require(grant).token)
    }

    @discardableResult
    private func campaign(
        _ number: UInt64,
        priority: Int32 = 0,
        preemption: LockTerms.Preemption = .waits,
        of machine: inout Machine
    ) -> Outcome {
        machine.apply(
            .acquire(
                election("e"),
                ownership: .lease(lease(number)),
                owner: "\(number)",
                terms: LockTerms(priority: priority, preemption: preemption)
            )
        )
    }

    private func leader(_ machine: Machine) -> LeaseID? {
        machine.keyspace.holders(of: election("e")).first?.lease
    }

    private func handOver(
        _ token: FencingToken,
        to successor: LeaseID? = nil,
        within milliseconds: UInt64 = 10_000
    ) -> Command {
        .handOver(
            election: bytes("e"),
            token: token,
            to: successor,
            withinMilliseconds: milliseconds
        )
    }

    @Test("a higher priority is granted first, of one priority who came first")
    func priority() throws {
        var (machine, token) = try prepared()
        campaign(3, priority: -1, of: &machine)
        campaign(4, of: &machine)
        #expect(campaign(5, priority: 7, of: &machine).place?.position == 1)
        try machine.restartTwin()
        machine.apply(.release(election("e"), .token(token)))
        #expect(leader(machine) == lease(5))
        machine.apply(.revokeLease(lease(5)))
        #expect(leader(machine) == lease(4))
        machine.apply(.revokeLease(lease(4)))
        #expect(leader(machine) == lease(3))
    }

    @Test("who preempts asks a leader of lower priority, and no other")
    func preemption() throws {
        var (machine, _) = try prepared()
        campaign(3, priority: 1, of: &machine)
        #expect(!machine.keyspace.isAskedToHandOver(election("e")))
        campaign(4, priority: 2, preemption: .asks, of: &machine)
        #expect(machine.keyspace.isAskedToHandOver(election("e")))
        machine.apply(.revokeLease(lease(2)))
        #expect(leader(machine) == lease(4))
        campaign(5, priority: 2, preemption: .asks, of: &machine)
        #expect(!machine.keyspace.isAskedToHandOver(election("e")))
    }

    @Test("the chosen one leads when the leader resigns, before all who came sooner")
    func resigned() throws {
        var (machine, token) = try prepared()
        campaign(3, priority: 9, of: &machine)
        campaign(4, of: &machine)
        let chosen = machine.apply(handOver(token, to: lease(4)))
        #expect(chosen == .successorChosen(lease: lease(4), owner: bytes("4")))
        #expect(leader(machine) == lease(2))
        try machine.restartTwin()
        machine.apply(.release(election("e"), .token(token)))
        #expect(leader(machine) == lease(4))
    }

    @Test("or when its time is up, in the same entry: nobody sees a vacancy")
    func timedOut() throws {
        var (machine, token) = try prepared()
        campaign(3, of: &machine)
        machine.apply(handOver(token, within: 5_000))
        machine.pass(5_000)
        #expect(leader(machine) == lease(2))
        machine.pass(1)
        #expect(leader(machine) == lease(3))
        #expect(machine.keyspace.holder(of: election("e"), token: token) == nil)
        #expect(machine.keyspace.lease(lease(2)) != nil)
    }

    @Test("a successor whose lease ends meanwhile is passed by")
    func successorEnds() throws {
        var (machine, token) = try prepared()
        campaign(3, of: &machine)
        campaign(4, of: &machine)
        machine.apply(handOver(token, to: lease(4)))
        machine.apply(.revokeLease(lease(4)))
        machine.apply(.release(election("e"), .token(token)))
        #expect(leader(machine) == lease(3))
    }

    @Test("without a candidate, to somebody who is none, and by who does not lead it is refused")
    func refused() throws {
        var (machine, token) = try prepared()
        #expect(machine.apply(handOver(token)).refusal == .noSuccessor(election("e")))
        campaign(3, of: &machine)
        let stranger = machine.apply(handOver(token, to: lease(5)))
        #expect(stranger.refusal == .noSuccessor(election("e")))
        let other = handOver(FencingToken(rawValue: token.rawValue + 9))
        guard case .notHolder? = machine.apply(other).refusal else {
            return #expect(Bool(false), "somebody else hands over")
        }
        machine.apply(.release(election("e"), .token(token)))
        #expect(leader(machine) == lease(3))
    }

    @Test("a lock has neither, and below the level nobody")
    func malformed() throws {
        var (machine, _) = try prepared()
        let request = Command.acquire(
            lock("l"),
            ownership: .lease(lease(3)),
            terms: LockTerms(priority: 1)
        )
        #expect(machine.apply(request).refusal == .malformed)
        var early = Machine()
        early.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        let campaign = Command.acquire(
            election("e"),
            ownership: .lease(lease(1)),
            terms: LockTerms(preemption: .asks)
        )
        #expect(early.apply(campaign).refusal == .malformed)
        let token = FencingToken(rawValue: 1)
        #expect(early.apply(handOver(token)).refusal == .malformed)
    }
}
