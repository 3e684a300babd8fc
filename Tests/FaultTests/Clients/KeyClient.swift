import Foundation
import Glibc
import Simulation
import TestCluster

/// Writes, reads, swaps and deletes a few keys, one request after another, and records each.
final class KeyClient {
    private static let keyCount = 6

    private let load: Load
    private let client: Int
    private let caller: Caller
    private var chance: Chance
    /// The revision of each key when it was last seen.
    private var lastSeen: [Int: UInt64] = [:]

    init(load: Load, client: Int, seed: UInt64) {
        self.load = load
        self.client = client
        caller = Caller(doors: load.doors, first: client)
        chance = Chance(seed: seed)
    }

    func run() {
        while load.goesOn {
            let place = chance.number(in: 0...Self.keyCount - 1)
            switch chance.number(in: 0...99) {
            case ..<30: get(place)
            case ..<52: put(place)
            case ..<72: putUntilAnswered(place)
            case ..<86: swap(place)
            case ..<92: delete(place)
            default: putTwo(place, (place + 1) % Self.keyCount)
            }
            if chance.number(in: 0...39) == 0 { caller.moveOn() }
            poll(nil, 0, 3)
        }
    }

    private func path(_ place: Int) -> String { "\(load.directory)/r\(place)" }
    private func key(_ place: Int) -> Int { load.names.number(of: path(place)) }

    // MARK: What it asks

    private func get(_ place: Int) {
        let operation = load.ledger.begin(
            .get,
            client: client,
            ask: .init(then: [.get(key(place))])
        )
        let attempt = caller.send("GET", target: "/v1/kv\(path(place))?timeout=2s")
        guard case .answered(let answer) = attempt, let cell = answer.cell else {
            load.ledger.end(operation, outcome: attempt.failure(load.ledger))
            return
        }
        lastSeen[place] = cell.modRevision
        load.ledger.end(
            operation,
            outcome: .ok(.init([.got(cell)], revision: answer.storeRevision))
        )
    }

    private func put(_ place: Int) {
        let value = load.names.freshValue()
        let ask = Recording.Ask(then: [.put(key(place), value: value)])
        let operation = load.ledger.begin(.put, client: client, ask: ask)
        let attempt = caller.send(
            "PUT",
            target: "/v1/kv\(path(place))?timeout=2s",
            body: "\(value)"
        )
        load.ledger.end(
            operation,
            outcome: written(attempt, at: place) ?? attempt.failure(load.ledger)
        )
    }

    /// Under one idempotency key, as often as it takes.
    private func putUntilAnswered(_ place: Int) {
        let value = load.names.freshValue()
        let ask = Recording.Ask(then: [.put(key(place), value: value)])
        let operation = load.ledger.begin(.put, client: client, ask: ask)
        var outcome = Recording.Operation.Outcome.denied
        while true {
            let attempt = caller.send(
                "PUT",
                target: "/v1/kv\(path(place))?timeout=2s",
                headers: ["Idempotency-Key": "put-\(value)"],
                body: "\(value)"
            )
            if let end = written(attempt, at: place) {
                load.ledger.end(operation, outcome: end)
                return
            }
            if attempt.failure(load.ledger) == .unknown { outcome = .unknown }
            guard load.goesOn else {
                load.ledger.end(operation, outcome: outcome)
                return
            }
            poll(nil, 0, 5)
        }
    }

    private func swap(_ place: Int) {
        let value = load.names.freshValue()
        let seen = lastSeen[place] ?? 0
        let condition: Recording.Compare.Condition = seen == 0 ? .absent : .modRevision(seen)
        let ask = Recording.Ask(
            compares: [.init(key(place), condition)],
            then: [.put(key(place), value: value)]
        )
        let operation = load.ledger.begin(.compareAndSwap, client: client, ask: ask)
        let attempt = caller.send(
            "PUT",
            target: "/v1/kv\(path(place))?timeout=2s",
            headers: seen == 0 ? ["If-None-Match": "*"] : ["If-Match": "\"\(seen)\""],
            body: "\(value)"
        )
        if case .answered(let answer) = attempt, answer.status == 412 {
            let cell = answer.currentCell
            lastSeen[place] = cell.modRevision
            load.ledger.saw(cell, of: key(place))
            let told = Recording.Answer(branch: .otherwise, [], revision: answer.storeRevision)
            load.ledger.end(operation, outcome: .ok(told))
            return
        }
        load.ledger.end(
            operation,
            outcome: written(attempt, at: place) ?? attempt.failure(load.ledger)
        )
    }

    private func delete(_ place: Int) {
        let ask = Recording.Ask(then: [.delete(key(place))])
        let operation = load.ledger.begin(.delete, client: client, ask: ask)
        let attempt = caller.send("DELETE", target: "/v1/kv\(path(place))?timeout=2s")
        guard case .answered(let answer) = attempt, [200, 404].contains(answer.status) else {
            load.ledger.end(operation, outcome: attempt.failure(load.ledger))
            return
        }
        lastSeen[place] = 0
        let revision = answer.status == 200 ? answer.revision : answer.storeRevision
        load.ledger.end(
            operation,
            outcome: .ok(.init([.deleted(answer.status == 200)], revision: revision))
        )
    }

    private func putTwo(_ first: Int, _ second: Int) {
        let values = [load.names.freshValue(), load.names.freshValue()]
        let ask = Recording.Ask(
            then: [.put(key(first), value: values[0]), .put(key(second), value: values[1])]
        )
        let operation = load.ledger.begin(.transaction, client: client, ask: ask)
        let puts = zip([first, second], values).map { place, value in
            "{\"put\":{\"key\":\"\(path(place))\",\"value\":\"\(value)\"}}"
        }
        let attempt = caller.send(
            "POST",
            target: "/v1/txn?timeout=2s",
            body: "{\"then\":[\(puts.joined(separator: ","))]}"
        )
        guard case .answered(let answer) = attempt, answer.status == 200 else {
            load.ledger.end(operation, outcome: attempt.failure(load.ledger))
            return
        }
        let observations = [Recording.Observation.put(version: 0), .put(version: 0)]
        load.ledger.end(operation, outcome: .ok(.init(observations, revision: answer.revision)))
    }

    /// The outcome of a put that was acknowledged; nil for any other.
    private func written(_ attempt: Caller.Attempt, at place: Int) -> Recording.Operation.Outcome? {
        guard case .answered(let answer) = attempt, [200, 201].contains(answer.status) else {
            return nil
        }
        lastSeen[place] = answer.revision
        let version = (answer.json["version"] as? NSNumber)?.uint64Value ?? 0
        return .ok(.init([.put(version: version)], revision: answer.revision))
    }
}

extension Caller.Attempt {
    /// What a client knows of a request that was not carried out as asked.
    func failure(_ ledger: Ledger) -> Recording.Operation.Outcome {
        switch self {
        case .notSent: return .denied
        case .lost: return .unknown
        case .answered(let answer):
            switch answer.status {
            case 503: return answer.json["applied"] as? Bool == false ? .denied : .unknown
            case 429, 507: return .denied
            default:
                ledger.complain("unexpected answer \(answer.status): \(answer.text)")
                return .unknown
            }
        }
    }
}

extension Answer {
    /// The revision of the change that was made.
    var revision: UInt64 { (json["revision"] as? NSNumber)?.uint64Value ?? 0 }
    /// The revision of the store as it was read.
    var storeRevision: UInt64 { UInt64(headers["roost-revision"] ?? "") ?? 0 }

    /// The key as a read found it; nil for an answer that says nothing of it.
    var cell: Recording.Cell? {
        switch status {
        case 200: Self.cell(json)
        case 404: .absent
        default: nil
        }
    }

    /// The key as a condition that did not hold found it.
    var currentCell: Recording.Cell { Self.cell(json["current"] as? [String: Any] ?? [:]) }

    private static func cell(_ object: [String: Any]) -> Recording.Cell {
        func number(_ name: String) -> UInt64 { (object[name] as? NSNumber)?.uint64Value ?? 0 }
        return Recording.Cell(
            value: UInt64(object["value"] as? String ?? "") ?? 0,
            modRevision: number("mod_revision"),
            version: number("version")
        )
    }
}
