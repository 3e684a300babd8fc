import Bytes
import Foundation
import Glibc
import TestCluster
import Testing

/// One fault on three members with clients: from quiet to quiet.
final class Trial {
    let cluster: Cluster
    let network: Network?
    /// Before each member's peer port, where there are some.
    var lines: [FaultProxy] { arena.lines }
    let directory: String
    var chance: Chance
    private let arena: FaultHarness
    private var load: Load
    private(set) var outcome = FaultRow.Outcome()
    private var beganAt = MonotonicTime.now
    private var struckAt = MonotonicTime.now

    init(_ arena: FaultHarness, window: Int, seed: UInt64) {
        self.arena = arena
        cluster = arena.cluster
        network = arena.network
        directory = "/load/\(window)"
        chance = Chance(seed: seed)
        load = Load(doors: arena.doors, names: arena.names, directory: directory, seed: seed)
    }

    var counts: Ledger.Counts { load.ledger.counts }

    // MARK: For faults

    /// Where clients find the members.
    var doors: [Door] { arena.doors }

    /// Does the fault, whose time begins now.
    func strike<Result>(_ body: () throws -> Result) rethrows -> Result {
        beganAt = .now
        outcome.count += 1
        return try measured(body)
    }

    /// Ends the fault where recovery counts from its end.
    func heal<Result>(_ body: () throws -> Result) rethrows -> Result {
        beganAt = .now
        return try measured(body)
    }

    private func measured<Result>(_ body: () throws -> Result) rethrows -> Result {
        let result = try body()
        struckAt = .now
        return result
    }

    /// Waits for a write that was sent after the fault to be acknowledged: that is the recovery.
    func awaitWrite(withinSeconds seconds: Double = 20) throws {
        let (beganAt, struckAt, ledger) = (beganAt, struckAt, load.ledger)
        let isServed = eventually(withinSeconds: seconds) {
            ledger.firstAcknowledgement(toSentAfter: struckAt) != nil
        }
        try #require(isServed, "no write was acknowledged within \(seconds) s")
        if let answered = ledger.firstAcknowledgement(toSentAfter: struckAt) {
            outcome.recoveries.append(answered.seconds(since: beganAt))
        }
    }

    /// The fault is mended now.
    func recovered() { outcome.recoveries.append(MonotonicTime.now.seconds(since: beganAt)) }

    /// The clients work for a while with things as they are.
    func work(forSeconds seconds: Double) { _ = eventually(withinSeconds: seconds) { false } }

    func expect(_ holds: Bool, what: @autoclosure () -> String) {
        if !holds { outcome.violations.append(what()) }
    }

    /// The leader and the others.
    func roles() throws -> (leader: Member, followers: [Member]) {
        let leader = try cluster.leader()
        return (leader, cluster.members.filter { $0 !== leader })
    }

    /// Where a member stands among the others, as the network counts.
    func place(of member: Member) -> Int {
        cluster.members.firstIndex { $0 === member } ?? 0
    }

    /// The present clients end, and others come through other doors.
    func replaceClients(doors: [Door]) throws {
        try check(load.stop())
        let before = load
        load = Load(
            doors: doors,
            names: arena.names,
            directory: "\(directory)-\(earlier.count)",
            seed: chance.next()
        )
        earlier.append(before)
        load.start()
    }

    // MARK: Its frame

    private var earlier: [Load] = []
    private var servedFrom = MonotonicTime.now

    func begin() throws {
        load.start()
        let (ledger, start) = (load.ledger, MonotonicTime.now)
        let isServed = eventually(withinSeconds: 20) {
            ledger.firstAcknowledgement(toSentAfter: start) != nil
        }
        try #require(isServed, "no write before the fault")
        work(forSeconds: 0.5)
    }

    /// Everything runs again; what was recorded is held against what the members tell.
    func end(_ chronicle: inout Chronicle) throws {
        try network?.heal()
        for member in cluster.members {
            member.signal(SIGCONT)
            if !member.isRunning { try member.start() }
        }
        try cluster.waitUntilReady(withinSeconds: 30)
        servedFrom = .now
        work(forSeconds: 0.5)
        try check(load.stop())
        let servedUntil = MonotonicTime.now
        outcome.violations += try chronicle.extend(from: cluster.members)
        try cluster.waitUntilEqual()
        for load in earlier + [load] {
            let last = load === self.load ? servedUntil : servedFrom
            outcome.violations += load.ledger.findings(
                chronicle.timeline,
                serving: servedFrom..<max(last, servedFrom)
            )
        }
    }

    /// Nothing more is asked of these members.
    func abandon() { _ = load.stop() }

    private func check(_ hasStopped: Bool) throws {
        try #require(hasStopped, "clients did not come back from their requests")
    }
}
