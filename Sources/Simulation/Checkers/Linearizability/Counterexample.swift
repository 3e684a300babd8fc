internal import Bytes

/// The shortest beginning of a few keys' history that no order of operations explains.
package struct Counterexample: Hashable, Sendable {
    /// In the order of their beginnings. What had not ended when it went wrong has no answer.
    package let operations: [Recording.Operation]
    /// The longest order that was found, as places in `operations`.
    package let order: [Int]
    /// The place of the operation that has to come next, and cannot.
    package let stuck: Int?

    init(operations: [Recording.Operation], order: [Int], stuck: Int?) {
        let inTime = operations.indices.sorted {
            (operations[$0].begin.rawValue, $0) < (operations[$1].begin.rawValue, $1)
        }
        var places = Array(repeating: 0, count: operations.count)
        for (place, number) in inTime.enumerated() { places[number] = place }
        self.operations = inTime.map { operations[$0] }
        self.order = order.map { places[$0] }
        self.stuck = stuck.map { places[$0] }
    }

    /// Every key it names, in order.
    package var keys: [Int] {
        var keys: [Int] = []
        for key in operations.flatMap(\.ask.keys).sorted() where keys.last != key {
            keys.append(key)
        }
        return keys
    }

    /// For a terminal: the operations, the longest order, and what cannot follow it.
    package var text: String {
        var lines = ["no order of these \(operations.count) operations explains the answers:"]
        for (place, operation) in operations.enumerated() {
            let end = operation.end.map { Self.seconds($0, since: start) } ?? "?"
            lines.append(
                "  #\(place)  \(Self.seconds(operation.begin, since: start)) to \(end) s"
                    + "  client \(operation.client)  \(operation.words)"
                    + (place == stuck ? "   <- cannot come next" : "")
            )
        }
        lines.append("longest order found: " + order.map { "#\($0)" }.joined(separator: " "))
        if let stuck { lines.append("cannot follow it: #\(stuck)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// When its first operation began.
    var start: MonotonicTime { operations.first?.begin ?? MonotonicTime(rawValue: 0) }

    /// With three digits after the point.
    static func seconds(_ time: MonotonicTime, since start: MonotonicTime) -> String {
        let milliseconds = time.nanoseconds(since: start) / 1_000_000
        let digits = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}

extension Recording.Operation {
    /// What was asked and answered: `put k1=3.7 -> rev 52 v2`.
    package var words: String {
        "\(question) -> \(reply)"
    }

    private var question: String {
        let conditions = ask.compares.map(\.words).joined(separator: ", ")
        let then = ask.then.map(\.words).joined(separator: ", ")

        let isTransaction = [.transaction, .rangeTransaction, .nestedTransaction].contains(kind)
        var words = isTransaction ? "txn \(then)" : then
        if !conditions.isEmpty { words += " if \(conditions)" }
        if let inner = ask.inner {
            words += " and within if \(inner.compares.map(\.words).joined(separator: ", "))"
            words += " else \(inner.otherwise.map(\.words).joined(separator: ", "))"
        }
        let otherwise = ask.otherwise.map(\.words).joined(separator: ", ")
        if isTransaction, !otherwise.isEmpty { words += " else \(otherwise)" }
        return words
    }

    private var reply: String {
        switch outcome {
        case .pending, .unknown: return "?"
        case .denied: return "denied"
        case .ok(let answer):
            let results = zip(stepsTaken, answer.observations).map { step, observation in
                switch observation {
                case .got(let cell): "k\(step.key)=\(cell.words)"
                case .put(let version): "v\(version)"
                case .deleted(let wasThere): wasThere ? "deleted" : "was not there"
                case .cleared: "cleared"
                }
            }
            let branch = ask.compares.isEmpty || answer.branch == .then ? "" : "not so: "
            let count = answer.clearedCount > 0 ? " (\(answer.clearedCount) keys)" : ""
            return branch + results.joined(separator: ", ") + count + " at \(answer.revision)"
        }
    }
}

extension Recording.Step {
    fileprivate var words: String {
        switch self {
        case .get(let key): "get k\(key)"
        case .put(let key, let value): "put k\(key)=\(Recording.words(ofValue: value))"
        case .delete(let key): "delete k\(key)"
        }
    }
}

extension Recording.Compare {
    fileprivate var words: String {
        switch condition {
        case .exists: "k\(key) exists"
        case .absent: "k\(key) is missing"
        case .modRevision(let revision): "k\(key) is at \(revision)"
        case .oneOf(let revisions):
            "k\(key) is at one of \(revisions.map { "\($0)" }.joined(separator: ", "))"
        case .changedSince(let revision): "k\(key) is not at \(revision)"
        case .versionBelow(let bound): "k\(key) is missing or below v\(bound)"
        case .value(let value): "k\(key)=\(Recording.words(ofValue: value))"
        }
    }
}

extension Recording.Cell {
    fileprivate var words: String {
        value == 0 ? "nothing" : "\(Recording.words(ofValue: value)) (\(modRevision), v\(version))"
    }
}

extension Recording {
    /// Writer and count, where a value is made of both.
    fileprivate static func words(ofValue value: UInt64) -> String {
        value >> 32 == 0 ? "\(value)" : "\(value >> 32).\(value & 0xFFFF_FFFF)"
    }
}
