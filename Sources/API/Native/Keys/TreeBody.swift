internal import Bytes
internal import Keyspace
internal import Wire

/// A JSON object as the edits of a subtree: the inverse of `NestedJSON`.
///
/// A member is a key below, one with the empty name the value of the key itself; a string of the
/// form that `NestedJSON` gives to bytes stands for these.
struct TreeBody {
    /// Each key once, in the order of the body.
    private(set) var edits: [TreeWrite.Edit] = []

    private let mode: TreeWrite.Mode
    private let values: KeyForm.Values

    /// Two values for each key: its own and the object that it may be in.
    private static let limits = JSONLimits(valueCountMax: 2 * TreeWrite.editCountMax)

    /// - Parameters:
    ///   - mode: `.merge` reads the body as RFC 7396 has it.
    ///   - values: `.json` admits leaves that are no strings, which become their JSON text.
    init(
        _ body: [UInt8],
        root: Key,
        mode: TreeWrite.Mode,
        values: KeyForm.Values
    ) throws(Problem) {
        self.mode = mode
        self.values = values
        let json: JSONValue
        do { json = try JSONValue(parsing: body, limits: Self.limits) } catch {
            throw Problem(error)
        }
        guard let object = json.object else {
            throw .bad("The body is no JSON object; a tree is one.")
        }
        // The root is read as an object whatever it has, so that its own value is a member.
        try take(object, at: root)
    }

    /// Recurses as deep as the body is, which the parser bounds.
    private mutating func take(_ object: JSONObject, at key: Key) throws(Problem) {
        for member in object.members {
            guard !member.name.isEmpty else {
                try takeOwnValue(member.value, of: key)
                continue
            }
            let child = try Self.child(member.name, of: key)
            switch (member.value, mode) {
            case (.object(let inner), let mode):
                if mode == .merge { try append(.directory(child)) }
                try take(inner, at: child)
            case (.null, .merge): try append(.removal(child))
            case (let leaf, .merge): try append(.leaf(child, try bytes(leaf, of: child)))
            case (let leaf, .replace): try append(.value(child, try bytes(leaf, of: child)))
            }
        }
    }

    private mutating func takeOwnValue(_ value: JSONValue, of key: Key) throws(Problem) {
        if value == .null, mode == .merge { return try append(.valueRemoval(key)) }
        try append(.value(key, try bytes(value, of: key)))
    }

    private mutating func append(_ edit: TreeWrite.Edit) throws(Problem) {
        guard edits.count < TreeWrite.editCountMax else {
            throw Problem(
                .tooLarge,
                "The tree is of more than \(TreeWrite.editCountMax) parts; write it in several requests."
            )
        }
        edits.append(edit)
    }

    private static func child(_ name: [UInt8], of parent: Key) throws(Problem) -> Key {
        guard !name.contains(UInt8(ascii: "/")) else {
            throw .member(
                name,
                of: parent,
                fault: "has a slash in its name; what lies below is an object within"
            )
        }
        let bytes = (parent == .root ? [] : parent.bytes) + [UInt8(ascii: "/")] + name
        do { return try Key(path: bytes) } catch {
            switch error {
            case .dotSegment:
                throw .member(
                    name,
                    of: parent,
                    fault: "cannot be a part of a key: . and .. are none"
                )
            case .nulByte: throw .member(name, of: parent, fault: "has a NUL in its name")
            default: throw Problem(error)
            }
        }
    }

    private func bytes(_ value: JSONValue, of key: Key) throws(Problem) -> [UInt8] {
        switch (value, values) {
        case (.string(let text), _):
            guard text.starts(with: NestedJSON.dataPrefix) else { return text }
            guard let bytes = Base64.decode(Array(text.dropFirst(NestedJSON.dataPrefix.count)))
            else {
                throw .leaf(key, fault: "is a data URL without padded base64 (RFC 4648, section 4)")
            }
            return bytes
        case (_, .json):
            var json = JSONWriter()
            json.value(value)
            return json.output
        case (_, .text):
            throw .leaf(key, fault: "is no string; values=json stores other values as JSON")
        }
    }
}

extension Problem {
    fileprivate static func member(_ name: [UInt8], of parent: Key, fault: String) -> Problem {
        Problem(
            .badRequest,
            "The member \(text(name)) of \(text(parent.bytes)) \(fault).",
            .at("field", text(name))
        )
    }

    fileprivate static func leaf(_ key: Key, fault: String) -> Problem {
        Problem(
            .badRequest,
            "The value of \(text(key.bytes)) \(fault).",
            .at("field", text(key.bytes))
        )
    }
}
