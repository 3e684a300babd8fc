import Glibc
import TestCluster

extension FaultRow {
    /// Several things at once.
    static let ofStorms: [FaultRow] = [
        FaultRow("a storm: kills, stops and cuts at once", measure: "calm … first new write") {
            trial in
            for _ in 0..<24 {
                try trial.strike { try gust(trial) }
                trial.work(forSeconds: Double(trial.chance.number(in: 1...6)) / 10)
                for member in trial.cluster.members where !member.isRunning {
                    if trial.chance.number(in: 0...2) > 0 { try member.start() }
                }
            }
            try trial.heal {
                try trial.network?.heal()
                for member in trial.cluster.members {
                    member.signal(SIGCONT)
                    if !member.isRunning { try member.start() }
                }
            }
            try trial.awaitWrite(withinSeconds: 30)
        }
    ]

    private static func gust(_ trial: Trial) throws {
        let places = [0, 1, 2].shuffled(using: &trial.chance)
        let members = places.map { trial.cluster.members[$0] }
        switch trial.chance.number(in: 0...7) {
        case 0: members[0].kill()
        case 1:
            members[0].kill()
            members[1].kill()
        case 2: members[0].signal(SIGSTOP)
        case 3:
            members[0].signal(SIGSTOP)
            members[1].signal(SIGSTOP)
        case 4: try trial.network?.cut(places[0], other: places[1])
        case 5: try trial.network?.drop(from: places[0], to: places[1])
        case 6: try trial.network?.heal()
        default: for member in members { member.signal(SIGCONT) }
        }
    }
}
