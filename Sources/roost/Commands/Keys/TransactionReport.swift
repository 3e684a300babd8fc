internal import RoostClient
internal import Wire

/// What a transaction came to, in lines for people: everything that its JSON tells.
///
/// What belongs to a result, such as the keys that a get found, is indented below it.
struct TransactionReport {
    /// A line, and whether it is what was asked for or only says that something was done.
    struct Line: Hashable {
        enum Kind: Hashable { case result, confirmation }

        let text: String
        let kind: Kind
    }

    private(set) var lines: [Line] = []
    private let notation: KeyNotation

    /// - Parameter answer: the answer of `POST /v1/txn`.
    init(_ answer: JSONValue, notation: KeyNotation) {
        self.notation = notation
        let revision = answer["revision"]?.plainText ?? "?"
        let outcome = "\(Self.outcome(answer)) revision \(revision)"
        lines.append(Line(text: outcome, kind: .confirmation))
        append(resultsOf: answer, depth: 0)
    }

    private static func outcome(_ answer: JSONValue) -> String {
        answer["succeeded"]?.bool == true ? "succeeded" : "failed"
    }

    /// The service bounds the depth of transactions within each other.
    private mutating func append(resultsOf answer: JSONValue, depth: Int) {
        for result in answer["results"]?.array ?? [] {
            if let put = result["put"] {
                append(put: put, depth: depth)
            } else if let delete = result["delete"] {
                append(delete: delete, depth: depth)
            } else if let get = result["get"] {
                append(get: get, depth: depth)
            } else if let nested = result["txn"] {
                append("txn \(Self.outcome(nested))", kind: .result, depth: depth)
                append(resultsOf: nested, depth: depth + 1)
            }
        }
    }

    private mutating func append(put: JSONValue, depth: Int) {
        let previous = put["previous"]
        append(
            "put \(description(of: put))",
            kind: previous == nil ? .confirmation : .result,
            depth: depth
        )
        if let previous { append(previous: previous, depth: depth) }
    }

    private mutating func append(delete: JSONValue, depth: Int) {
        let previous = delete["previous"]?.array ?? []
        append(
            "deleted \(delete["deleted"]?.plainText ?? "?")",
            kind: previous.isEmpty ? .confirmation : .result,
            depth: depth
        )
        for object in previous { append(previous: object, depth: depth) }
    }

    private mutating func append(get: JSONValue, depth: Int) {
        let count = get["count"]?.plainText ?? "?"
        let items = get["items"]?.array
        let found = items.map { "get \($0.count) of \(count)" } ?? "get count \(count)"
        let more = get["more"]?.bool == true ? ", there are more" : ""
        append(found + more, kind: .result, depth: depth)
        for item in items ?? [] {
            append(description(of: item), kind: .result, depth: depth + 1)
        }
    }

    private mutating func append(previous object: JSONValue, depth: Int) {
        append("was \(description(of: object))", kind: .result, depth: depth + 1)
    }

    private mutating func append(_ text: String, kind: Line.Kind, depth: Int) {
        lines.append(Line(text: String(repeating: "  ", count: depth) + text, kind: kind))
    }

    /// A key with what is known of it; its value, if it is told, stands last.
    private func description(of object: JSONValue) -> String {
        var words = [notation.word(of: object)]
        let facts: [(String, StaticString)] = [
            ("version", "version"), ("created", "create_revision"), ("modified", "mod_revision"),
            ("lease", "lease"),
        ]
        for (word, member) in facts {
            if let fact = object[member] { words.append("\(word) \(fact.plainText)") }
        }
        if let value = object.valueBytes {
            words.append(value.isEmpty ? "\"\"" : notation.word(value))
        }
        return words.joined(separator: " ")
    }
}
