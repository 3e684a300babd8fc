import Foundation
import TestCluster
import Testing

extension FaultRow {
    /// Packets between members are dropped; clients reach every member all the while.
    static let ofNetworks: [FaultRow] = [
        network("the leader cut off", measure: "cut … first new write") { trial, network in
            let (leader, followers) = try trial.roles()
            try trial.strike {
                for follower in followers {
                    try network.cut(trial.place(of: leader), other: trial.place(of: follower))
                }
            }
            try trial.awaitWrite()
            trial.work(forSeconds: Double(trial.chance.number(in: 1...4)))
            let stepsDown = eventually(withinSeconds: 3) {
                leader.status["role"] as? String != "leader"
            }
            trial.expect(stepsDown, what: "a leader without a majority goes on leading")
            let read = leader.ask("GET", target: "/v1/kv/mark?timeout=500ms", timeoutSeconds: 5)
            trial.expect(read?.status == 503, what: "a cut-off member reads: \(read?.text ?? "-")")
        },
        network("a follower cut off", measure: "cut … first new write") { trial, network in
            let (leader, followers) = try trial.roles()
            let term = leader.status["term"] as? Int ?? 0
            try trial.strike {
                for member in [leader, followers[1]] {
                    try network.cut(trial.place(of: followers[0]), other: trial.place(of: member))
                }
            }
            try trial.awaitWrite()
            trial.work(forSeconds: Double(trial.chance.number(in: 1...4)))
            try network.heal()
            trial.work(forSeconds: 1.5)
            let now = leader.status["term"] as? Int ?? 0
            trial.expect(
                now == term,
                what: "a returning follower raised the term \(term) to \(now)"
            )
        },
        oneWay("the leader not heard") { network, leader, follower in
            try network.drop(from: leader, to: follower)
        },
        oneWay("the leader deaf") { network, leader, follower in
            try network.drop(from: follower, to: leader)
        },
        network("leader and one follower apart", measure: "cut … first new write") {
            trial,
            network in
            let (leader, followers) = try trial.roles()
            try trial.strike {
                try network.cut(trial.place(of: leader), other: trial.place(of: followers[0]))
            }
            try trial.awaitWrite()
            trial.work(forSeconds: 2)
            let before = try trial.cluster.leader().status["term"] as? Int ?? 0
            trial.work(forSeconds: 3)
            let after = try trial.cluster.leader().status["term"] as? Int ?? 0
            trial.expect(after - before <= 1, what: "terms rose from \(before) to \(after) in 3 s")
        },
        network("all apart", measure: "heal … first new write") { trial, network in
            try trial.strike {
                try network.cut(0, other: 1)
                try network.cut(1, other: 2)
                try network.cut(0, other: 2)
            }
            trial.work(forSeconds: Double(trial.chance.number(in: 1...4)))
            try trial.heal { try network.heal() }
            try trial.awaitWrite()
        },
        network("a flapping line to the leader", measure: "last heal … first new write") {
            trial,
            network in
            let (leader, followers) = try trial.roles()
            for _ in 0..<8 {
                try trial.strike {
                    for follower in followers {
                        try network.cut(trial.place(of: leader), other: trial.place(of: follower))
                    }
                }
                trial.work(forSeconds: Double(trial.chance.number(in: 1...6)) / 10)
                try trial.heal { try network.heal() }
                trial.work(forSeconds: Double(trial.chance.number(in: 1...6)) / 10)
            }
            try trial.awaitWrite()
        },
        lines("peers' lines up to 100 ms late", measure: "bad line … first new write") { trial in
            trial.strike { for line in trial.lines { line.set(.slow(milliseconds: 100)) } }
            try trial.awaitWrite()
            trial.work(forSeconds: 4)
        },
        lines("peers' lines that break", measure: "bad line … first new write") { trial in
            trial.strike {
                for line in trial.lines { line.set(.stormy(milliseconds: 5, breaksOnceIn: 200)) }
            }
            try trial.awaitWrite()
            trial.work(forSeconds: 4)
        },
        lines("peers' lines all cut, ten times", measure: "last cut … first new write") { trial in
            for _ in 0..<10 {
                trial.strike { for line in trial.lines { line.breakAll() } }
                trial.work(forSeconds: Double(trial.chance.number(in: 1...5)) / 10)
            }
            try trial.awaitWrite()
        },
    ]

    /// Needs no rights: the lines are the test's own.
    private static func lines(
        _ name: String,
        measure: String,
        _ body: @escaping @Sendable (Trial) throws -> Void
    ) -> FaultRow {
        FaultRow(alone: name, measure: measure) { outcome, chance in
            let arena = try FaultHarness(.proxies(seed: chance.next()))
            outcome = try arena.run(
                { trial in
                    try body(trial)
                    for line in trial.lines { line.set(.clear) }
                },
                chance: &chance
            ).outcome
        }
    }

    /// Between the leader and each follower one direction is cut.
    private static func oneWay(
        _ name: String,
        drop: @escaping @Sendable (Network, _ leader: Int, _ follower: Int) throws -> Void
    ) -> FaultRow {
        network(name, measure: "cut … first new write") { trial, network in
            let (leader, followers) = try trial.roles()
            try trial.strike {
                for follower in followers {
                    try drop(network, trial.place(of: leader), trial.place(of: follower))
                }
            }
            try trial.awaitWrite()
            trial.work(forSeconds: Double(trial.chance.number(in: 1...4)))
        }
    }

    private static func network(
        _ name: String,
        measure: String,
        _ body: @escaping @Sendable (Trial, Network) throws -> Void
    ) -> FaultRow {
        FaultRow("partition: \(name)", measure: measure, needs: [.ip, .iptables]) { trial in
            try body(trial, try #require(trial.network))
        }
    }
}
