internal import Bytes
internal import Keyspace
internal import Wire

/// A JSON object out of a request's body, read field by field: every fault names its field.
struct Body {
    private let object: JSONObject
    /// The place of the object in the body, for names in complaints: empty or `compare[0].`.
    private let prefix: String

    /// - Parameters:
    ///   - known: every field that the call knows; another one is refused by name.
    ///   - presence: whether no body at all stands for an empty object.
    init(
        _ request: HTTPRequest,
        known: [StaticString],
        presence: Presence = .required
    ) throws(Problem) {
        if request.body.isEmpty {
            guard presence == .optional else { throw .emptyBody(known) }
            self = Body(object: JSONObject(members: []), prefix: "")
            return
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: request.body) } catch { throw Problem(error) }
        guard let object = value.object else { throw .bad("The body is no JSON object.") }
        try self.init(object, known: known, prefix: "")
    }

    enum Presence {
        case required
        case optional
    }

    /// An object of any fields.
    init(object: JSONObject, prefix: String) {
        self.object = object
        self.prefix = prefix
    }

    /// An object within another one.
    init(_ object: JSONObject, known: [StaticString], prefix: String) throws(Problem) {
        self.init(object: object, prefix: prefix)
        if let name = object.firstUnknown(known: known) {
            throw .field(prefix + API.text(name), fault: "is not known to this call")
        }
    }

    func fault(_ name: StaticString, fault: String) -> Problem {
        .field("\(prefix)\(name)", fault: fault)
    }

    /// The field's value; null stands for no field.
    subscript(_ name: StaticString) -> JSONValue? {
        let value = object[name]
        return value == .null ? nil : value
    }

    func require(_ name: StaticString) throws(Problem) -> JSONValue {
        guard let value = self[name] else { throw fault(name, fault: "is missing") }
        return value
    }

    func string(_ name: StaticString) throws(Problem) -> [UInt8]? {
        guard let value = self[name] else { return nil }
        guard let string = value.string else { throw fault(name, fault: "is no string") }
        return string
    }

    func bool(_ name: StaticString) throws(Problem) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let bool = value.bool else { throw fault(name, fault: "is neither true nor false") }
        return bool
    }

    func whole(_ name: StaticString) throws(Problem) -> UInt64? {
        guard let value = self[name] else { return nil }
        guard let whole = value.whole else {
            throw fault(name, fault: "is no whole number below 2^53")
        }
        return whole
    }

    /// A whole number, which may be negative.
    func integer(_ name: StaticString) throws(Problem) -> Int64? {
        guard let value = self[name] else { return nil }
        guard let integer = value.integer else {
            throw fault(name, fault: "is no whole number from -(2^53 - 1) to 2^53 - 1")
        }
        return integer
    }

    /// A string with a unit, or a number of seconds.
    func duration(_ name: StaticString) throws(Problem) -> TimeSpan? {
        let span: TimeSpan?
        switch self[name] {
        case nil: return nil
        case .string(let text): span = TimeSpan(parsing: text)
        case .number(let seconds): span = TimeSpan(seconds: seconds)
        default: span = nil
        }
        guard let span else {
            throw fault(
                name,
                fault: "is no duration such as \"500ms\", \"30s\", \"5m\" or 1.5 seconds"
            )
        }
        return span
    }

    /// A time to live in milliseconds; within its range.
    func timeToLive(_ name: StaticString) throws(Problem) -> UInt64? {
        guard let span = try duration(name) else { return nil }
        guard Lease.nativeTimeToLiveMillisecondsRange.contains(span.milliseconds) else {
            throw fault(name, fault: Lease.fault(ofTimeToLive: span.milliseconds))
        }
        return span.milliseconds
    }

    func lease(_ name: StaticString) throws(Problem) -> LeaseID? {
        guard let text = try string(name) else { return nil }
        guard let lease = LeaseID(text: text) else {
            throw fault(
                name,
                fault:
                    "is no lease id: a string of up to sixteen hexadecimal digits, not 0 and at most 7fffffffffffffff"
            )
        }
        return lease
    }

    /// Bytes: `value` as text, or in base64 when `encoding` says so.
    func value(_ name: StaticString) throws(Problem) -> [UInt8]? {
        let encoding = try string("encoding")
        guard let text = try string(name) else { return nil }
        let bytes: [UInt8]
        if encoding == nil || encoding?.equals("utf8") == true {
            bytes = text
        } else if encoding?.equals("base64") == true {
            guard let decoded = Base64.decode(text) else {
                throw fault(name, fault: "is no padded base64 (RFC 4648, section 4)")
            }
            bytes = decoded
        } else {
            throw fault("encoding", fault: "is neither utf8 nor base64")
        }
        guard bytes.count <= ClusterSettings.valueByteCountLimit else {
            throw .valueTooLarge(bytes.count)
        }
        return bytes
    }

    /// The objects of an array, each with the prefix of its place; a missing one is empty.
    func objects(_ name: StaticString) throws(Problem) -> [(object: JSONObject, prefix: String)] {
        guard let value = self[name] else { return [] }
        guard let elements = value.array else { throw fault(name, fault: "is no array") }
        var objects: [(object: JSONObject, prefix: String)] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.object else {
                throw .field("\(prefix)\(name)[\(index)]", fault: "is no object")
            }
            objects.append((object, "\(prefix)\(name)[\(index)]."))
        }
        return objects
    }
}

extension Problem {
    /// No body where one is required.
    fileprivate static func emptyBody(_ known: [StaticString]) -> Problem {
        let fields = known.map { "\"\($0)\"" }.joined(separator: ", ")
        return .bad("The body is empty; this call expects a JSON object of \(fields).")
    }

    static func valueTooLarge(_ byteCount: Int) -> Problem {
        Problem(
            .tooLarge,
            "The value has \(byteCount) bytes; the limit is \(ClusterSettings.valueByteCountLimit)."
        )
    }
}
