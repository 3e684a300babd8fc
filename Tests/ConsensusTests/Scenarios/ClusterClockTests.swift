import Bytes
import Consensus
import Testing

@Suite("The cluster clock")
struct ClusterClockTests {
    private func leader(lastTime: UInt64 = 5_000) -> RaftHarness {
        let bench = RaftHarness(
            voters: [1],
            term: 1,
            log: [
                Entry(
                    id: id(1, index: 1),
                    time: ClusterTime(rawValue: lastTime),
                    kind: .command,
                    payload: []
                )
            ]
        )
        bench.lead(votesOf: [])
        return bench
    }

    private func time(of ready: Raft.Ready) -> UInt64? { ready.entries.last?.time.rawValue }

    @Test("it goes on from the last entry of the leader's own log")
    func start() {
        let bench = leader()
        #expect(bench.raft.status.lastTime == ClusterTime(rawValue: 5_000))
    }

    @Test("it follows the leader's monotonic clock, with entries or without")
    func follows() throws {
        let bench = leader()
        _ = bench.pass(milliseconds: 40)
        #expect(try time(of: bench.propose("a")) == 5_040)
        bench.persist()
        _ = bench.pass(milliseconds: 10_000)
        #expect(try time(of: bench.propose("b")) == 15_040)
    }

    @Test("the gap of a paused leader stands still: one reading adds an election timeout at most")
    func paused() throws {
        let bench = leader()
        let woken = bench.now.advanced(byMilliseconds: 60_000)
        _ = try bench.raft.propose([command("a")], now: woken)
        #expect(time(of: bench.take()) == 5_300)
    }

    @Test("it never goes back, whatever the clock says")
    func monotonic() throws {
        let bench = leader()
        _ = bench.pass(milliseconds: 40)
        #expect(try time(of: bench.propose("a")) == 5_040)
        _ = try bench.raft.propose([command("b")], now: .milliseconds(1))
        #expect(time(of: bench.take()) == 5_040)
    }

    @Test("one reading stamps a whole batch")
    func batch() throws {
        let bench = leader()
        _ = bench.pass(milliseconds: 7)
        let ready = try bench.propose("a", "b", "c")
        #expect(ready.entries.map(\.time.rawValue) == [5_007, 5_007, 5_007])
    }

    @Test("without leases no entry is made for the time")
    func noDemand() {
        let bench = leader()
        #expect(bench.pass(milliseconds: 10_000).allSatisfy { $0.entries.isEmpty })
    }

    @Test("with leases there is an entry every 500 ms")
    func regularTicks() {
        let bench = leader()
        bench.step(.clockDemand(.leases(earliestEnd: ClusterTime(rawValue: 1_000_000))))
        var times: [UInt64] = []
        for _ in 0..<300 {
            times += bench.pass(milliseconds: 10).compactMap(time(of:))
            bench.persist()
        }
        #expect(times == [5_500, 6_000, 6_500, 7_000, 7_500, 8_000])
    }

    @Test("the earliest deadline gets an entry when it is reached")
    func deadline() {
        let bench = leader()
        bench.step(.clockDemand(.leases(earliestEnd: ClusterTime(rawValue: 5_123))))
        #expect(bench.pass(milliseconds: 122).allSatisfy { $0.entries.isEmpty })
        #expect(bench.pass(milliseconds: 1).compactMap(time(of:)) == [5_123])
    }

    @Test("while ended leases remain, each committed entry is followed by another")
    func expired() {
        let bench = leader()
        bench.step(.clockDemand(.expiredRemaining))
        for _ in 0..<5 {
            #expect(bench.step(.tick).entries.count == 1)
            #expect(bench.step(.tick).entries.isEmpty, "one on its way is enough")
            bench.persist()
        }
        bench.step(.clockDemand(.none))
        #expect(bench.step(.tick).entries.isEmpty)
    }

    @Test("a follower never stamps")
    func follower() {
        let bench = RaftHarness(term: 1)
        bench.step(.clockDemand(.expiredRemaining))
        bench.receive(bench.heartbeat(), from: 2, term: 1)
        #expect(bench.pass(milliseconds: 250).allSatisfy { $0.entries.isEmpty })
    }
}
