internal import Bytes
internal import Wire

/// Compares, then carries out one of two lists, all at one revision.
public struct RoostTransaction: Sendable {
    /// What has to hold.
    public var comparisons: [KeyComparison]
    /// Carried out where everything holds.
    public var then: [KeyOperation]
    /// Carried out where something does not.
    public var otherwise: [KeyOperation]

    /// - Parameters:
    ///   - comparisons: none hold always.
    ///   - then: carried out where all hold; with `otherwise` at most 512 operations, as long as no
    ///     setting says another number.
    ///   - otherwise: carried out where one does not hold.
    public init(
        when comparisons: [KeyComparison] = [],
        then: [KeyOperation],
        otherwise: [KeyOperation] = []
    ) {
        self.comparisons = comparisons
        self.then = then
        self.otherwise = otherwise
    }

    var body: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.name("compare")
        json.beginArray()
        for comparison in comparisons { comparison.write(to: &json) }
        json.endArray()
        Self.write(then, as: "then", to: &json)
        Self.write(otherwise, as: "else", to: &json)
        json.endObject()
        return json.output
    }

    private static func write(
        _ operations: [KeyOperation],
        as name: StaticString,
        to json: inout JSONWriter
    ) {
        json.name(name)
        json.beginArray()
        for operation in operations { operation.write(to: &json) }
        json.endArray()
    }
}

/// What is compared of one key. A missing key has version and revisions 0, and no value.
public struct KeyComparison: Sendable {
    /// How the two sides have to stand.
    public enum Relation: String, Sendable {
        /// The same.
        case equal = "=="
        /// Not the same.
        case different = "!="
        /// What there is, is less than what is named.
        case less = "<"
        /// What there is, is greater than what is named.
        case greater = ">"
    }

    private enum Subject: Sendable {
        case number(StaticString, UInt64)
        case bytes([UInt8])
    }

    private let key: RoostKey
    private let subject: Subject
    private let relation: Relation

    /// The key is there.
    public static func exists(_ key: RoostKey) -> KeyComparison {
        KeyComparison(key: key, subject: .number("version", 0), relation: .greater)
    }

    /// The key is not there.
    public static func isAbsent(_ key: RoostKey) -> KeyComparison {
        KeyComparison(key: key, subject: .number("version", 0), relation: .equal)
    }

    /// How often it was written since it was created.
    public static func version(
        of key: RoostKey,
        is relation: Relation,
        to number: UInt64
    ) -> KeyComparison {
        KeyComparison(key: key, subject: .number("version", number), relation: relation)
    }

    /// The revision that wrote it last.
    public static func modRevision(
        of key: RoostKey,
        is relation: Relation,
        to number: UInt64
    ) -> KeyComparison {
        KeyComparison(key: key, subject: .number("mod_revision", number), relation: relation)
    }

    /// Its value, byte by byte.
    public static func value(
        of key: RoostKey,
        is relation: Relation,
        to bytes: [UInt8]
    ) -> KeyComparison {
        KeyComparison(key: key, subject: .bytes(bytes), relation: relation)
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("key", orBase64: "key_base64", bytes: key.bytes)
        json.member("op", string: Array(relation.rawValue.utf8))
        switch subject {
        case .number(let target, let number):
            json.member("target", string: target)
            json.member("value", number: number)
        case .bytes(let bytes):
            json.member("target", string: "value")
            json.append(content: bytes)
        }
        json.endObject()
    }
}

/// One operation of a transaction.
public enum KeyOperation: Sendable {
    /// Makes the bytes the key's value; with a session the key ends with it.
    case put(RoostKey, [UInt8], session: Session? = nil)
    /// Tells what is there then.
    case get(KeyScope)
    /// Deletes what is there.
    case delete(KeyScope)

    func write(to json: inout JSONWriter) {
        json.beginObject()
        switch self {
        case .put(let key, let bytes, let session):
            json.name("put")
            json.beginObject()
            json.member("key", orBase64: "key_base64", bytes: key.bytes)
            json.append(content: bytes)
            if let session { json.member("lease", string: Array(session.id.utf8)) }
        case .get(let scope):
            json.name("get")
            json.beginObject()
            scope.write(to: &json)
        case .delete(let scope):
            json.name("delete")
            json.beginObject()
            scope.write(to: &json)
        }
        json.endObject()
        json.endObject()
    }
}

/// What a transaction came to.
public struct TransactionOutcome: Sendable {
    /// What one operation came to.
    public enum OperationResult: Hashable, Sendable {
        /// What was written.
        case put(WriteReceipt)
        /// What a get found.
        case items([KeyValue])
        /// How many keys were deleted.
        case deleted(UInt64)
    }

    /// Whether everything compared held, so that `then` was carried out.
    public let succeeded: Bool
    /// The revision of the store after it.
    public let revision: UInt64
    /// One for each operation of the list that was carried out.
    public let results: [OperationResult]

    init?(_ json: JSONValue) {
        guard let succeeded = json["succeeded"]?.bool, let revision = json["revision"]?.whole,
            let results = json["results"]?.array
        else { return nil }
        self.succeeded = succeeded
        self.revision = revision
        self.results = results.compactMap { result in
            if let put = result["put"] {
                return WriteReceipt(put, revision: revision).map { .put($0) }
            }
            if let items = result["get"]?["items"]?.array {
                return .items(items.compactMap(KeyValue.init))
            }
            return (result["delete"]?["deleted"]?.whole).map { .deleted($0) }
        }
        guard self.results.count == results.count else { return nil }
    }
}

extension RoostClient {
    /// Carries a transaction out, once however often it had to be sent.
    public func transaction(
        _ transaction: RoostTransaction,
        fences: [RoostFence] = []
    ) async throws(RoostError) -> TransactionOutcome {
        var call = Call.write(
            .post,
            path: Array("/v1/txn".utf8),
            body: transaction.body,
            key: try Self.freshKey()
        )
        for fence in fences { call.setHeader("Roost-Lock", value: fence.field) }
        guard let outcome = TransactionOutcome(try await json(of: call)) else {
            throw .malformedAnswer(why: "a transaction has no results")
        }
        return outcome
    }
}

extension KeyScope {
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .key(let key): json.member("key", orBase64: "key_base64", bytes: key.bytes)
        case .subtree(let key):
            json.member("key", orBase64: "key_base64", bytes: key.bytes)
            json.member("recursive", bool: true)
        case .prefix(let key):
            json.member("prefix", orBase64: "prefix_base64", bytes: key.bytes)
        }
    }
}

extension JSONWriter {
    /// `value`, with `encoding` where its bytes are no text.
    fileprivate mutating func append(content bytes: [UInt8]) {
        guard !bytes.span.isValidUTF8 else { return member("value", string: bytes) }
        name("value")
        base64(bytes)
        member("encoding", string: "base64")
    }
}
