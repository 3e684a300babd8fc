import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: barriers.
@Suite("Barriers")
struct BarrierTests: BarrierMoves {
    private func left(_ outcome: Outcome) throws -> BarrierStanding {
        guard case .barrier(.left(let standing)) = outcome else {
            throw UnexpectedOutcome(outcome: outcome)
        }
        return standing
    }

    /// A barrier that 11 and 12 have entered.
    private func opened() throws -> (Machine, BarrierGeneration) {
        var machine = prepared()
        machine.apply(enter(11))
        let (standing, _) = try entered(machine.apply(enter(12)))
        return (machine, standing.generation)
    }

    private func phase(
        _ machine: Machine,
        _ generation: BarrierGeneration
    ) -> BarrierPhase? { machine.keyspace.barrier(build, generation: generation)?.phase }

    @Test("it opens when all have come, and is over when all have left")
    func passed() throws {
        var machine = prepared()
        let (first, _) = try entered(machine.apply(enter(11, of: 3)))
        #expect(first.phase == .filling && first.enteredCount == 1 && first.partyCount == 3)
        #expect(machine.last.contestEvents.isEmpty)
        #expect(try entered(machine.apply(enter(12, of: 3))).0.phase == .filling)
        #expect(machine.last.contestEvents.isEmpty)
        let (last, _) = try entered(machine.apply(enter(13, of: 3)))
        #expect(last.phase == .open && last.generation == first.generation)
        #expect(machine.last.contestEvents == [.turned(first.generation)])
        #expect(try left(machine.apply(leave(12))).phase == .leaving)
        #expect(try left(machine.apply(leave(11))).leftCount == 2)
        #expect(machine.last.contestEvents.isEmpty)
        #expect(try left(machine.apply(leave(13))).phase == .left)
        #expect(machine.last.contestEvents == [.turned(first.generation)])
        #expect(machine.keyspace.barrier(build).present == nil)
        let (next, _) = try entered(machine.apply(enter(11, of: 5)))
        #expect(next.phase == .filling && next.generation > first.generation)
    }

    @Test("one party alone passes at once")
    func alone() throws {
        var machine = prepared()
        #expect(try entered(machine.apply(enter(11, of: 1))).0.phase == .open)
        #expect(try left(machine.apply(leave(11))).phase == .left)
    }

    @Test("who asks again is told the same: to enter, to leave, and after it is over")
    func repeated() throws {
        var machine = prepared()
        let (first, _) = try entered(machine.apply(enter(11)))
        #expect(try entered(machine.apply(enter(11))).0 == first)
        machine.apply(enter(12))
        let generation = first.generation
        #expect(try entered(machine.apply(enter(11))).0.phase == .open)
        #expect(try entered(machine.apply(enter(11, generation: generation))).0.phase == .open)
        #expect(try left(machine.apply(leave(11))).leftCount == 1)
        #expect(try left(machine.apply(leave(11))).leftCount == 1)
        #expect(try left(machine.apply(leave(11, of: generation))).leftCount == 1)
        machine.apply(leave(12))
        #expect(try left(machine.apply(leave(12, of: generation))).phase == .left)
        #expect(machine.apply(leave(12)).refusal == .barrier(build, .notIn))
        let gone = machine.apply(enter(11, generation: generation))
        #expect(gone.refusal == .barrier(build, .notIn))
    }

    @Test("a party whose lease ends before it has left breaks it for all")
    func broken() throws {
        for (hasOpened, hasLeft) in [(false, false), (true, false), (true, true)] {
            var machine = prepared()
            machine.apply(.grantLease(lease(20), timeToLiveMilliseconds: 2_000))
            let (standing, _) = try entered(machine.apply(enter(20, of: 3)))
            machine.apply(enter(11, of: 3))
            if hasOpened { machine.apply(enter(12, of: 3)) }
            if hasLeft { machine.apply(leave(11)) }
            machine.pass(2_001)
            let generation = standing.generation
            #expect(machine.last.contestEvents == [.turned(generation)])
            let breach = BarrierBreach(.expired, by: lease(20))
            #expect(phase(machine, generation) == .broken(breach))
            let told = Refusal.barrier(build, .broken(generation, breach))
            #expect(machine.apply(leave(11, of: generation)).refusal == told)
            #expect(machine.apply(enter(11, of: 3, generation: generation)).refusal == told)
            let (next, _) = try entered(machine.apply(enter(11, of: 2)))
            #expect(next.generation > generation && next.enteredCount == 1)
            try machine.restartTwin()
            machine.pass(1)
        }
    }

    @Test("a party that has left may die")
    func leftAndDead() throws {
        var (machine, generation) = try opened()
        machine.apply(leave(11))
        machine.apply(.revokeLease(lease(11)))
        #expect(phase(machine, generation) == .leaving)
        #expect(try left(machine.apply(leave(11))).leftCount == 1)
        #expect(try left(machine.apply(leave(12))).phase == .left)
    }

    @Test("a revoked lease breaks every barrier that it is in")
    func revoked() throws {
        var machine = prepared()
        let names = ["a", "b", "c"].map { BarrierName(bytes($0)) }
        var generations: [BarrierGeneration] = []
        for name in names {
            generations.append(try entered(machine.apply(enter(11, name))).0.generation)
        }
        #expect(machine.keyspace.barriers(of: lease(11), countMax: 9) == names)
        machine.apply(.revokeLease(lease(11)))
        #expect(machine.last.contestEvents == generations.map { .turned($0) })
        for (name, generation) in zip(names, generations) {
            let breach = machine.keyspace.barrier(name, generation: generation)?.breach
            #expect(breach == BarrierBreach(.revoked, by: lease(11)))
        }
        #expect(machine.keyspace.barrierTableSize.count == 0)
    }

    @Test("another number is refused while others come together by theirs")
    func parties() throws {
        var (machine, _) = try opened()
        // Those who come next are others.
        #expect(try entered(machine.apply(enter(13, of: 3))).0.phase == .filling)
        let differ = Refusal.barrier(build, .partiesDiffer(partyCount: 3))
        #expect(machine.apply(enter(14, of: 2), key: "k").refusal == differ)
        #expect(machine.apply(enter(13, of: 2)).refusal == differ)
        #expect(try entered(machine.apply(enter(14, of: 3), key: "k2")).0.enteredCount == 2)
        // What is refused for want of agreement is decided anew.
        machine.apply(leave(13))
        machine.apply(leave(14))
        #expect(machine.apply(enter(14, of: 2), key: "k").refusal == nil)
    }

    @Test("the next ones wait for those before them to leave, and more do not come in")
    func next() throws {
        var (machine, first) = try opened()
        let (standing, _) = try entered(machine.apply(enter(13)))
        #expect(try entered(machine.apply(enter(14))).0.phase == .filling)
        let occupied = Refusal.barrier(build, .occupied(standing.generation))
        #expect(machine.apply(enter(15)).refusal == occupied)
        let view = machine.keyspace.barrier(build)
        #expect(view.present?.generation == first && view.next?.enteredCount == 2)
        machine.apply(leave(11))
        #expect(phase(machine, standing.generation) == .filling)
        machine.apply(leave(12))
        #expect(
            machine.last.contestEvents == [.turned(first), .turned(standing.generation)]
        )
        #expect(phase(machine, standing.generation) == .open)
    }

    @Test("where those before break, the next ones pass")
    func nextAfterBreak() throws {
        var (machine, first) = try opened()
        let (standing, _) = try entered(machine.apply(enter(13)))
        machine.apply(enter(14))
        machine.apply(.revokeLease(lease(12)))
        #expect(phase(machine, first) == .broken(BarrierBreach(.revoked, by: lease(12))))
        #expect(phase(machine, standing.generation) == .open)
    }

    @Test("who has left may come again while others have not")
    func comesAgain() throws {
        var (machine, first) = try opened()
        machine.apply(leave(11))
        let (again, _) = try entered(machine.apply(enter(11)))
        #expect(again.generation > first && again.phase == .filling)
        // Its leave is of the one in which it is.
        #expect(machine.apply(leave(11)) == .barrier(.withdrawn(without(again))))
        #expect(try left(machine.apply(leave(11, of: first))).leftCount == 1)
    }

    private func without(_ standing: BarrierStanding) -> BarrierStanding {
        BarrierStanding(
            generation: standing.generation,
            phase: .filling,
            partyCount: standing.partyCount,
            enteredCount: standing.enteredCount - 1,
            leftCount: 0
        )
    }

    @Test("who does not want to wait goes, and the others wait on; once it is open it stays")
    func withdrawn() throws {
        var machine = prepared()
        let (standing, _) = try entered(machine.apply(enter(11, of: 3)))
        machine.apply(enter(12, of: 3))
        let generation = standing.generation
        let withdraw = act(.withdraw(lease(12), from: generation, .unlessOpen))
        #expect(machine.apply(withdraw) == .barrier(.withdrawn(standing)))
        #expect(machine.last.contestEvents.isEmpty)
        #expect(machine.apply(withdraw).refusal == .barrier(build, .notIn))
        machine.apply(enter(13, of: 3))
        #expect(try entered(machine.apply(enter(12, of: 3))).0.phase == .open)
        #expect(try entered(machine.apply(withdraw)).0.phase == .open)
        // One that never heard of it breaks it.
        let unheard = act(.withdraw(lease(12), from: generation, .openToo))
        machine.apply(unheard)
        let breach = BarrierBreach(.unheard, by: lease(12))
        #expect(phase(machine, generation) == .broken(breach))
        #expect(machine.apply(withdraw).refusal == .barrier(build, .broken(generation, breach)))
        machine.apply(enter(11))
        machine.apply(leave(11))
        #expect(machine.keyspace.barrier(build).present == nil)
    }

    @Test("a party without a lease gets one, which ends with its place")
    func ownLeases() throws {
        var machine = prepared()
        let (standing, own) = try entered(machine.apply(enterAlone()))
        #expect(machine.keyspace.lease(own)?.timeToLiveMilliseconds == 5_000)
        machine.apply(enter(11))
        #expect(try left(machine.apply(leave(own.rawValue))).leftCount == 1)
        #expect(machine.keyspace.lease(own) == nil)
        #expect(try left(machine.apply(leave(own.rawValue))).leftCount == 1)
        machine.apply(leave(11))
        // Those whose barrier breaks lose theirs, too.
        let (_, other) = try entered(machine.apply(enterAlone(of: 4)))
        let (_, third) = try entered(machine.apply(enterAlone(of: 4)))
        machine.apply(act(.breakUp))
        #expect(machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time)))
        machine.pass(0)
        #expect(machine.keyspace.lease(other) == nil && machine.keyspace.lease(third) == nil)
        #expect(!machine.keyspace.hasExpired(at: ClusterTime(rawValue: machine.time)))
        // One that was withdrawn is gone with its lease.
        let (_, fourth) = try entered(machine.apply(enterAlone(of: 4)))
        machine.apply(leave(fourth.rawValue))
        #expect(machine.keyspace.lease(fourth) == nil)
        _ = standing
    }

    @Test("a lease that holds a lock as well is not ended with its place in a barrier")
    func sharedLease() throws {
        var machine = prepared()
        let grant = machine.apply(
            .acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 9_000))
        ).grant
        let held = try #require(grant?.lease)
        machine.apply(enter(held.rawValue))
        machine.apply(leave(held.rawValue))
        #expect(machine.keyspace.lease(held) != nil)
    }

    @Test("somebody breaks it for all")
    func removed() throws {
        var (machine, first) = try opened()
        let (standing, _) = try entered(machine.apply(enter(13)))
        machine.apply(enter(14))
        #expect(machine.apply(act(.breakUp)) == .barrier(.broken(partyCount: 4)))
        for generation in [first, standing.generation] {
            #expect(phase(machine, generation) == .broken(BarrierBreach(.removed, by: nil)))
        }
        #expect(Set(machine.last.contestEvents.map(\.generation)) == [first, standing.generation])
        #expect(machine.apply(act(.breakUp)).refusal == .barrier(build, .notIn))
        #expect(machine.keyspace.lease(lease(11)) != nil)
    }

    @Test("before the fourth level nobody knows them; what no step leads to is refused")
    func refusals() {
        var machine = Machine()
        #expect(machine.apply(enter(11)).refusal == .malformed)
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        #expect(machine.apply(enter(11)).refusal == .notFound(.lease))
        #expect(machine.apply(enterAlone(of: 0)).refusal == .malformed)
        #expect(machine.apply(enterAlone(of: 10_001)).refusal == .malformed)
        let known = BarrierEntry(
            partyCount: 2,
            ownership: .own(timeToLiveMilliseconds: 5_000),
            generation: BarrierGeneration(rawValue: 1)
        )
        #expect(machine.apply(act(.enter(known))).refusal == .malformed)
        #expect(machine.apply(leave(11)).refusal == .barrier(build, .notIn))
        #expect(machine.keyspace.coordination.isEmpty)
    }

    @Test("each step takes the right to the name; a stranger's lease is not used")
    func requirements() {
        let access = AccessControl()
        let right = [AccessRequirement.lock(name: bytes("build"))]
        for command in [enter(11), enterAlone(), leave(11), act(.breakUp)] {
            #expect(Request(command).requirements(under: access) == right)
        }
    }
}

extension ContestEvent {
    /// Of a barrier.
    fileprivate var generation: BarrierGeneration? {
        if case .turned(let generation) = self { generation } else { nil }
    }
}
