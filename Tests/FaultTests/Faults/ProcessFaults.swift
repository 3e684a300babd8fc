import Glibc
import TestCluster

extension FaultRow {
    /// Members die, stand still, or are asked to leave.
    static let ofProcesses: [FaultRow] = [
        FaultRow("kill -9 of the leader", measure: "kill … first new write") { trial in
            let (leader, _) = try trial.roles()
            trial.strike { leader.kill() }
            try trial.awaitWrite()
            trial.work(forSeconds: 1)
            try leader.start()
        },
        FaultRow("kill -9 of a follower", measure: "kill … first new write") { trial in
            let (_, followers) = try trial.roles()
            trial.strike { followers[0].kill() }
            try trial.awaitWrite()
            trial.work(forSeconds: 1)
            try followers[0].start()
        },
        FaultRow("kill -9 of all at once", measure: "new start … first new write") { trial in
            trial.strike {
                for member in trial.cluster.members { member.signal(SIGKILL) }
                for member in trial.cluster.members { member.kill() }
            }
            try trial.heal { for member in trial.cluster.members { try member.start() } }
            try trial.awaitWrite()
        },
        FaultRow("SIGTERM to the leader", measure: "signal … first new write") { trial in
            let (leader, _) = try trial.roles()
            let status = trial.strike { leader.terminate() }
            trial.expect(status == 0, what: "SIGTERM ended \(leader.name) with \(status)")
            try trial.awaitWrite()
            try leader.start()
        },
        FaultRow("SIGSTOP of the leader, 1 to 60 s", measure: "stop … first new write") { trial in
            let (leader, followers) = try trial.roles()
            trial.strike { leader.signal(SIGSTOP) }
            try trial.awaitWrite()
            // Most pauses are short, some long.
            let longest = [2, 4, 8, 20, 60][trial.chance.number(in: 0...4)]
            trial.work(forSeconds: Double(trial.chance.number(in: 1...longest)))
            let isLed = followers.contains { $0.status["role"] as? String == "leader" }
            trial.expect(isLed, what: "nobody else leads while the leader stands still")
            leader.signal(SIGCONT)
            trial.work(forSeconds: 1)
        },
        FaultRow("SIGSTOP of a follower, 1 to 5 s", measure: "stop … first new write") { trial in
            let (_, followers) = try trial.roles()
            trial.strike { followers[1].signal(SIGSTOP) }
            try trial.awaitWrite()
            trial.work(forSeconds: Double(trial.chance.number(in: 1...5)))
            followers[1].signal(SIGCONT)
            trial.work(forSeconds: 1)
        },
        FaultRow("SIGSTOP of all, 1 to 5 s", measure: "going on … first new write") { trial in
            trial.strike { for member in trial.cluster.members { member.signal(SIGSTOP) } }
            trial.work(forSeconds: Double(trial.chance.number(in: 1...5)))
            trial.heal { for member in trial.cluster.members { member.signal(SIGCONT) } }
            try trial.awaitWrite()
        },
    ]
}
