import Foundation
import TestCluster

extension FaultRow {
    /// What stands between clients and members is bad.
    static let ofClients: [FaultRow] = [
        FaultRow("answers late, connections broken", measure: "first bad line … first new write") {
            trial in
            let proxies = try trial.cluster.members.map { member in
                let door = Door(host: member.host, port: member.clientPort)
                return try FaultProxy(before: door, seed: trial.chance.next())
            }
            defer { for proxy in proxies { proxy.stop() } }
            for proxy in proxies { proxy.start() }
            try trial.replaceClients(
                doors: proxies.map { Door(host: "127.0.0.1", port: $0.port) }
            )
            trial.strike {
                proxies[0].set(.slow(milliseconds: 200))
                proxies[1].set(.stormy(milliseconds: 30, breaksOnceIn: 12))
                proxies[2].set(.stormy(milliseconds: 5, breaksOnceIn: 5))
            }
            try trial.awaitWrite()
            trial.work(forSeconds: 4)
            for proxy in proxies { proxy.set(.clear) }
            try trial.replaceClients(doors: trial.doors)
        },
        FaultRow("an answer lost, the write sent again", measure: "second sending … its answer") {
            trial in
            for number in 0..<5 {
                try sendTwice(trial, number: number)
            }
        },
    ]

    /// A write whose answer never comes, then the same one under the same key to another member.
    private static func sendTwice(_ trial: Trial, number: Int) throws {
        let member = trial.cluster.members[number % 3]
        let other = trial.cluster.members[(number + 1) % 3]
        let proxy = try FaultProxy(
            before: Door(host: member.host, port: member.clientPort),
            seed: trial.chance.next()
        )
        defer { proxy.stop() }
        proxy.start()
        proxy.set(.answersLost)
        let path = "/v1/kv\(trial.directory)-retries/\(number)"
        let headers = ["Idempotency-Key": "\(trial.directory) \(number)"]
        let line = try HTTPConnection(port: proxy.port, timeoutSeconds: 1)
        trial.strike {
            let lost = try? line.request(
                "POST",
                target: path,
                headers: headers,
                body: Data("again".utf8)
            )
            trial.expect(lost == nil, what: "an answer came through")
        }
        let answer = trial.heal {
            other.ask("POST", target: path, headers: headers, body: "again")
        }
        trial.recovered()
        trial.expect(answer?.status == 201, what: "sent again: \(answer?.text ?? "-")")
        trial.expect(answer?.headers["idempotent-replayed"] == "true", what: "not the first answer")
        let listing = other.ask("GET", target: path + "?children")
        let items = listing?.json["items"] as? [Any] ?? []
        trial.expect(items.count == 1, what: "\(items.count) children of one write")
    }
}
