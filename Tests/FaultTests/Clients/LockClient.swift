import Bytes
import Foundation
import Glibc
import Simulation
import TestCluster

/// Contends for one lock under a lease of its own, writes under the token, and now and then forgets
/// that it holds: then it writes again with a token that may be old.
final class LockClient {
    private static let ttlSeconds = 3
    /// Two clocks may differ by one in a hundred.
    private static let reliableNanoseconds = UInt64(ttlSeconds) * 990_000_000

    private let load: Load
    private let client: Int
    private let caller: Caller
    private var chance: Chance
    private let contest: Int
    private let name: String
    private let path: String

    init(load: Load, client: Int, seed: UInt64) {
        self.load = load
        self.client = client
        caller = Caller(doors: load.doors, first: client)
        chance = Chance(seed: seed)
        contest = 0
        name = load.directory.split(separator: "/").joined(separator: "-")
        path = "\(load.directory)/guarded"
    }

    func run() {
        while load.goesOn {
            guard var lease = grantLease() else {
                poll(nil, 0, 20)
                continue
            }
            let asked = MonotonicTime.now
            while load.goesOn {
                if let token = acquire(lease.id) {
                    hold(token: token, lease: lease.id, asked: asked, sent: lease.sent)
                    break
                }
                guard let confirmed = touch(lease.id) else { break }
                lease.sent = confirmed
            }
        }
    }

    private func grantLease() -> (id: String, sent: MonotonicTime)? {
        let sent = MonotonicTime.now
        let attempt = caller.send("POST", target: "/v1/leases?timeout=2s", body: "{\"ttl\":\"3s\"}")
        guard case .answered(let answer) = attempt, answer.status == 201,
            let id = answer.json["id"] as? String
        else { return nil }
        return (id, sent)
    }

    private func acquire(_ lease: String) -> UInt64? {
        let attempt = caller.send(
            "POST",
            target: "/v1/locks/\(name)?timeout=2s",
            body: "{\"lease\":\"\(lease)\",\"wait\":\"300ms\"}"
        )
        guard case .answered(let answer) = attempt, answer.status == 200 else { return nil }
        return (answer.json["token"] as? NSNumber)?.uint64Value
    }

    /// When a keepalive that was confirmed was sent.
    private func touch(_ lease: String) -> MonotonicTime? {
        let sent = MonotonicTime.now
        let attempt = caller.send("POST", target: "/v1/leases/\(lease)/keepalive?timeout=1s")
        guard case .answered(let answer) = attempt, answer.status == 200 else { return nil }
        return sent
    }

    private func hold(token: UInt64, lease: String, asked: MonotonicTime, sent: MonotonicTime) {
        let grant = OwnershipHistory.Grant(contest: contest, token: token, mode: .exclusive)
        let from = MonotonicTime.now
        var until = sent.advanced(byNanoseconds: Self.reliableNanoseconds)
        let tenure = load.ledger.withTenures {
            $0.begin(grant, asked: asked, from: from, until: until)
        }
        for _ in 0..<chance.number(in: 2...8) where MonotonicTime.now < until {
            write(token)
            if let confirmed = touch(lease), MonotonicTime.now < until {
                until = confirmed.advanced(byNanoseconds: Self.reliableNanoseconds)
                load.ledger.withTenures { $0.extend(tenure, until: until) }
            }
        }
        if chance.number(in: 0...4) == 0 {
            _ = eventually(withinSeconds: Double(Self.ttlSeconds) + 1) { !load.goesOn }
            write(token)
            return
        }
        load.ledger.withTenures { $0.end(tenure, at: .now) }
        _ = caller.send("DELETE", target: "/v1/locks/\(name)?token=\(token)&timeout=2s")
        _ = caller.send("DELETE", target: "/v1/leases/\(lease)?timeout=2s")
    }

    private func write(_ token: UInt64) {
        let value = load.names.freshValue()
        load.ledger.guarded(value: value, contest: contest, token: token)
        let key = load.names.number(of: path)
        let operation = load.ledger.begin(
            .put,
            client: client,
            ask: .init(then: [.put(key, value: value)])
        )
        let attempt = caller.send(
            "PUT",
            target: "/v1/kv\(path)?timeout=2s",
            headers: ["Roost-Lock": "\(name)=\(token)"],
            body: "\(value)"
        )
        switch attempt {
        case .answered(let answer) where [200, 201].contains(answer.status):
            let told = Recording.Answer([.put(version: 0)], revision: answer.revision)
            load.ledger.end(operation, outcome: .ok(told))
        case .answered(let answer) where answer.status == 412:
            load.ledger.end(operation, outcome: .denied)
        default: load.ledger.end(operation, outcome: attempt.failure(load.ledger))
        }
    }
}
