import Foundation
import Glibc
import Simulation
import TestCluster

/// Writes through one member all the time and waits for none of it long: the first that is
/// acknowledged after a fault tells when the cluster writes again.
final class PulseClient {
    private let load: Load
    private let client: Int
    private let caller: Caller
    private let path: String

    init(load: Load, client: Int, door: Door) {
        self.load = load
        self.client = client
        caller = Caller(doors: [door], first: 0, timeoutSeconds: 1)
        path = "\(load.directory)/pulse-\(client)"
    }

    func run() {
        let key = load.names.number(of: path)
        while load.goesOn {
            let value = load.names.freshValue()
            let ask = Recording.Ask(then: [.put(key, value: value)])
            let operation = load.ledger.begin(.put, client: client, ask: ask)
            let attempt = caller.send(
                "PUT",
                target: "/v1/kv\(path)?timeout=200ms",
                body: "\(value)"
            )
            if case .answered(let answer) = attempt, [200, 201].contains(answer.status) {
                let told = Recording.Answer([.put(version: 0)], revision: answer.revision)
                load.ledger.end(operation, outcome: .ok(told))
            } else {
                load.ledger.end(operation, outcome: attempt.failure(load.ledger))
            }
            poll(nil, 0, 10)
        }
    }
}
