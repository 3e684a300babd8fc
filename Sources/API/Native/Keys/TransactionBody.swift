internal import Keyspace
internal import Wire

// POST /v1/txn as a command.

extension WriteCall {
    static func transaction(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        let body = try Body(request, known: ["compare", "then", "else"])
        var compares: [Transaction.Compare] = []
        for (object, prefix) in try body.objects("compare") {
            compares.append(try Transaction.Compare(object, prefix: prefix))
        }
        let then = try Self.operations(body, name: "then")
        let otherwise = try Self.operations(body, name: "else")
        let transaction = Transaction(compares: compares, then: then, otherwise: otherwise)
        return try WriteCall(.transaction(transaction), request: request, subject: .none)
    }

    private static func operations(
        _ body: Body,
        name: StaticString
    ) throws(Problem) -> [Transaction.Operation] {
        var operations: [Transaction.Operation] = []
        for (object, prefix) in try body.objects(name) {
            operations.append(try Transaction.Operation(object, prefix: prefix))
        }
        return operations
    }
}

extension Transaction.Compare {
    init(_ object: JSONObject, prefix: String) throws(Problem) {
        let body = try Body(
            object,
            known: ["key", "target", "op", "value", "encoding"],
            prefix: prefix
        )
        self.init(
            .key(try body.key("key")),
            comparison: try Self.comparison(body),
            target: try Self.target(body)
        )
    }

    private static func comparison(_ body: Body) throws(Problem) -> Transaction.Comparison {
        let text = try body.require("op").string ?? []
        if text.equals("==") { return .equal }
        if text.equals("!=") { return .notEqual }
        if text.equals("<") { return .less }
        if text.equals(">") { return .greater }
        throw body.fault("op", fault: "is none of \"==\", \"!=\", \"<\" and \">\"")
    }

    private static func target(_ body: Body) throws(Problem) -> Transaction.Target {
        let text = try body.require("target").string ?? []
        let value = try body.require("value")
        if body["encoding"] != nil, !text.equals("value") {
            throw body.fault("encoding", fault: "belongs to the target \"value\" alone")
        }
        if text.equals("value") { return .value(try body.value("value") ?? []) }
        if text.equals("exists") {
            guard let exists = value.bool else {
                throw body.fault("value", fault: "is neither true nor false")
            }
            return .exists(exists)
        }
        if text.equals("lease") {
            if value.whole == 0 || value.string?.namesNoLease == true { return .lease(0) }
            guard let lease = try body.lease("value") else {
                throw body.fault("value", fault: "is missing")
            }
            return .lease(lease.rawValue)
        }
        guard let number = value.whole else {
            throw body.fault("value", fault: "is no whole number below 2^53")
        }
        if text.equals("version") { return .version(number) }
        if text.equals("create_revision") { return .createRevision(Revision(rawValue: number)) }
        if text.equals("mod_revision") { return .modRevision(Revision(rawValue: number)) }
        throw body.fault(
            "target",
            fault: "is none of version, create_revision, mod_revision, value, lease and exists"
        )
    }
}

extension [UInt8] {
    /// Whether it is a lease id of zeroes, which no lease has.
    fileprivate var namesNoLease: Bool {
        (1...16).contains(count) && allSatisfy { $0 == UInt8(ascii: "0") }
    }
}

extension Transaction.Operation {
    init(_ object: JSONObject, prefix: String) throws(Problem) {
        guard object.members.count == 1, let member = object.members.first,
            let inner = member.value.object
        else {
            throw .field(
                String(prefix.dropLast()),
                fault: "is not one of {\"put\":{…}}, {\"get\":{…}} and {\"delete\":{…}}"
            )
        }
        let place = "\(prefix)\(text(member.name))."
        if member.name.equals("put") {
            self = try Self.put(inner, prefix: place)
        } else if member.name.equals("get") {
            let body = try Body(inner, known: ["key", "recursive"], prefix: place)
            self = .get(RangeQuery(try Self.range(body)))
        } else if member.name.equals("delete") {
            let body = try Body(inner, known: ["key", "recursive"], prefix: place)
            let range = try Self.range(body)
            if range.beginsInsideReserved { throw .reserved(Key(unchecked: range.lowerBound)) }
            self = .delete(range)
        } else {
            throw .field(prefix + text(member.name), fault: "is none of put, get and delete")
        }
    }

    private static func put(_ object: JSONObject, prefix: String) throws(Problem) -> Self {
        let body = try Body(object, known: ["key", "value", "encoding", "lease"], prefix: prefix)
        let key = try body.key("key")
        if key.isAtOrBelow(.reserved) { throw .reserved(key) }
        guard let value = try body.value("value") else {
            throw body.fault("value", fault: "is missing")
        }
        return .put(key: key, value: value, lease: try body.lease("lease"))
    }

    private static func range(_ body: Body) throws(Problem) -> KeyRange {
        let key = try body.key("key")
        return try body.bool("recursive") == true ? .subtree(key) : .key(key)
    }
}
