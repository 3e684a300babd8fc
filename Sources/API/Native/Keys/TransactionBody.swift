internal import Keyspace
internal import Wire

// POST /v1/txn as a command.

extension WriteCall {
    static func transaction(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        let body = try Body(request, known: Transaction.fields)
        let transaction = try Transaction(body, depth: 1)
        return try WriteCall(
            .transaction(transaction),
            request: request,
            subject: .transaction(transaction)
        )
    }
}

extension Transaction {
    fileprivate static let fields: [StaticString] = ["compare", "then", "else"]

    /// - Parameter depth: 1 for the outermost.
    fileprivate init(_ body: Body, depth: Int) throws(Problem) {
        var compares: [Compare] = []
        for (object, prefix) in try Self.list(body, name: "compare") {
            compares.append(try Compare(object, prefix: prefix))
        }
        self.init(
            compares: compares,
            then: try Self.operations(body, name: "then", depth: depth),
            otherwise: try Self.operations(body, name: "else", depth: depth)
        )
    }

    private static func operations(
        _ body: Body,
        name: StaticString,
        depth: Int
    ) throws(Problem) -> [Operation] {
        var operations: [Operation] = []
        for (object, prefix) in try list(body, name: name) {
            operations.append(try Operation(object, prefix: prefix, depth: depth))
        }
        return operations
    }

    /// The objects of a list that is no longer than the log takes.
    private static func list(
        _ body: Body,
        name: StaticString
    ) throws(Problem) -> [(object: JSONObject, prefix: String)] {
        let objects = try body.objects(name)
        let countMax = ClusterSettings.transactionOperationCountLimit
        guard objects.count <= countMax else {
            throw body.fault(name, fault: "has more than \(countMax) items")
        }
        return objects
    }
}

extension Transaction.Compare {
    fileprivate init(_ object: JSONObject, prefix: String) throws(Problem) {
        let body = try Body(
            object,
            known: Body.rangeFields + ["target", "op", "value", "encoding"],
            prefix: prefix
        )
        self.init(
            try body.range(),
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

    private static let targets: [StaticString] = [
        "version", "create_revision", "mod_revision", "value", "lease", "exists", "child_version",
    ]

    private static func target(_ body: Body) throws(Problem) -> Transaction.Target {
        let text = try body.require("target").string ?? []
        guard targets.contains(where: text.equals) else {
            throw body.fault(
                "target",
                fault:
                    "is none of version, create_revision, mod_revision, value, lease, exists and child_version"
            )
        }
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
        if text.equals("child_version") { return .childVersion(number) }
        if text.equals("create_revision") { return .createRevision(Revision(rawValue: number)) }
        return .modRevision(Revision(rawValue: number))
    }
}

extension [UInt8] {
    /// Whether it is a lease id of zeroes, which no lease has.
    fileprivate var namesNoLease: Bool {
        (1...16).contains(count) && allSatisfy { $0 == UInt8(ascii: "0") }
    }
}

extension Transaction.Operation {
    fileprivate init(_ object: JSONObject, prefix: String, depth: Int) throws(Problem) {
        guard object.members.count == 1, let member = object.members.first,
            let inner = member.value.object
        else {
            throw .field(
                String(prefix.dropLast()),
                fault:
                    "is not one of {\"put\":{…}}, {\"get\":{…}}, {\"delete\":{…}} and {\"txn\":{…}}"
            )
        }
        let place = "\(prefix)\(text(member.name))."
        if member.name.equals("put") {
            self = .put(try Transaction.PutOperation(inner, prefix: place))
        } else if member.name.equals("get") {
            self = .get(try RangeQuery(inner, prefix: place))
        } else if member.name.equals("delete") {
            let body = try Body(inner, known: Body.rangeFields + ["previous"], prefix: place)
            let range = try body.range()
            if range.beginsInsideReserved { throw .reserved(Key(unchecked: range.lowerBound)) }
            self = .delete(range, returnsPrevious: try body.bool("previous") == true)
        } else if member.name.equals("txn") {
            guard depth < Transaction.depthMax else {
                throw .field(
                    String(place.dropLast()),
                    fault: "is nested deeper than \(Transaction.depthMax) transactions"
                )
            }
            let body = try Body(inner, known: Transaction.fields, prefix: place)
            self = .transaction(try Transaction(body, depth: depth + 1))
        } else {
            throw .field(prefix + text(member.name), fault: "is none of put, get, delete and txn")
        }
    }
}

extension Transaction.PutOperation {
    fileprivate init(_ object: JSONObject, prefix: String) throws(Problem) {
        let body = try Body(
            object,
            known: Body.keyFields + [
                "value", "encoding", "keep_value", "lease", "keep_lease", "previous",
            ],
            prefix: prefix
        )
        let key = try body.key()
        if key.isReserved { throw .reserved(key) }
        self.init(
            key: key,
            value: try Self.value(body),
            lease: try Self.lease(body),
            returnsPrevious: try body.bool("previous") == true
        )
    }

    private static func value(_ body: Body) throws(Problem) -> Value {
        let value = try body.value("value")
        switch (value, try body.bool("keep_value") == true) {
        case (let value?, false): return .bytes(value)
        case (nil, true): return .kept
        case (nil, false): throw body.fault("value", fault: "is missing")
        case (.some, true): throw body.fault("keep_value", fault: "excludes \"value\"")
        }
    }

    private static func lease(_ body: Body) throws(Problem) -> Lease {
        let lease = try body.lease("lease")
        switch (lease, try body.bool("keep_lease") == true) {
        case (let lease?, false): return .lease(lease)
        case (nil, true): return .kept
        case (nil, false): return .none
        case (.some, true): throw body.fault("keep_lease", fault: "excludes \"lease\"")
        }
    }
}

extension RangeQuery {
    private static let fields: [StaticString] =
        Body.rangeFields + [
            "limit", "sort", "order", "keys", "count", "revision", "min_mod_revision",
            "max_mod_revision", "min_create_revision", "max_create_revision",
        ]

    fileprivate init(_ object: JSONObject, prefix: String) throws(Problem) {
        let body = try Body(object, known: Self.fields, prefix: prefix)
        self.init(
            try body.range(),
            limit: try body.whole("limit") ?? 0,
            field: try Self.field(body),
            direction: try Self.direction(body),
            content: try Self.content(body),
            modBounds: RevisionBounds(
                min: try body.revision("min_mod_revision"),
                max: try body.revision("max_mod_revision")
            ),
            createBounds: RevisionBounds(
                min: try body.revision("min_create_revision"),
                max: try body.revision("max_create_revision")
            ),
            revision: try body.revision("revision")
        )
    }

    private static func field(_ body: Body) throws(Problem) -> Field {
        guard let text = try body.string("sort"), !text.equals("key") else { return .key }
        if text.equals("version") { return .version }
        if text.equals("create_revision") { return .createRevision }
        if text.equals("mod_revision") { return .modRevision }
        if text.equals("value") { return .value }
        throw body.fault(
            "sort",
            fault: "is none of key, version, create_revision, mod_revision and value"
        )
    }

    private static func direction(_ body: Body) throws(Problem) -> Direction {
        guard let text = try body.string("order") else { return .ascending }
        if text.equals("ascending") { return .ascending }
        if text.equals("descending") { return .descending }
        throw body.fault("order", fault: "is neither ascending nor descending")
    }

    private static func content(_ body: Body) throws(Problem) -> Content {
        switch (try body.bool("keys") == true, try body.bool("count") == true) {
        case (false, false): return .records
        case (true, false): return .keys
        case (false, true): return .count
        case (true, true): throw body.fault("count", fault: "excludes \"keys\"")
        }
    }
}

extension Body {
    /// Zero where there is none.
    fileprivate func revision(_ name: StaticString) throws(Problem) -> Revision {
        Revision(rawValue: try whole(name) ?? 0)
    }
}
