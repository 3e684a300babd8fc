import Bytes
import Foundation
import Glibc
import Simulation
import TestCluster

/// Ties a key to a lease, keeps it alive for a while and looks whether the key is there; then lets
/// it end and looks until it is gone.
final class LeaseClient {
    private static let ttlSeconds = 2
    /// Two clocks may differ by one in a hundred.
    private static let reliableNanoseconds = UInt64(ttlSeconds) * 990_000_000

    private let load: Load
    private let caller: Caller
    private var chance: Chance
    private let path: String

    init(load: Load, client: Int, seed: UInt64) {
        self.load = load
        caller = Caller(doors: load.doors, first: client)
        chance = Chance(seed: seed)
        path = "\(load.directory)/leased-\(client)"
    }

    func run() {
        while load.goesOn {
            if !live() { poll(nil, 0, 20) }
        }
    }

    /// One lease's life.
    private func live() -> Bool {
        let sent = MonotonicTime.now
        let granting = caller.send(
            "POST",
            target: "/v1/leases?timeout=2s",
            body: "{\"ttl\":\"2s\"}"
        )
        guard case .answered(let answer) = granting, answer.status == 201,
            let id = answer.json["id"] as? String
        else { return false }
        let received = MonotonicTime.now
        let number = load.ledger.withLeases {
            $0.begin(
                id: UInt64(id, radix: 16) ?? 0,
                reliableNanoseconds: Self.reliableNanoseconds,
                sent: sent,
                received: received
            )
        }
        let value = load.names.freshValue()
        let tying = caller.send(
            "PUT",
            target: "/v1/kv\(path)?lease=\(id)&timeout=2s",
            body: "\(value)"
        )
        guard case .answered(let tied) = tying, [200, 201].contains(tied.status) else {
            // Nobody knows whether it is tied: not looked at.
            load.ledger.withLeases { $0.givenUp(number, at: sent) }
            return false
        }
        load.ledger.withLeases { $0.attached(number) }
        let touchCount = chance.number(in: 0...8)
        for _ in 0..<touchCount where load.goesOn {
            touch(id, number: number)
            if look(value, number: number) { return true }
            _ = eventually(withinSeconds: 0.3) { !load.goesOn }
        }
        while load.goesOn {
            if look(value, number: number) { return true }
            poll(nil, 0, 30)
        }
        return true
    }

    private func touch(_ id: String, number: Int) {
        let sent = MonotonicTime.now
        let attempt = caller.send("POST", target: "/v1/leases/\(id)/keepalive?timeout=1s")
        let received = MonotonicTime.now
        load.ledger.withLeases { leases in
            if case .answered(let answer) = attempt, answer.status == 200 {
                leases.touched(number, sent: sent, received: received)
            } else {
                // A request that was lost may still be on its way.
                leases.mayHaveTouched(number, until: received.advanced(byMilliseconds: 2000))
            }
        }
    }

    /// Returns whether the key is gone.
    private func look(_ value: UInt64, number: Int) -> Bool {
        let attempt = caller.send("GET", target: "/v1/kv\(path)?timeout=2s")
        guard case .answered(let answer) = attempt, let cell = answer.cell, cell.value != value
        else { return false }
        load.ledger.withLeases { $0.gone(number, at: .now) }
        return true
    }
}
