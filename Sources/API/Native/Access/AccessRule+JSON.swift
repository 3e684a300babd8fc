internal import Bytes
internal import Keyspace
internal import Wire

// A rule in JSON: what it allows or denies, and of what.

extension AccessRule {
    static let fields: [StaticString] = [
        "allow", "deny", "path", "recursive", "key", "prefix", "from", "to", "encoding", "name",
    ]

    /// Reads one.
    init(_ body: Body) throws(Problem) {
        let allowed = try body.verbs("allow")
        let denied = try body.verbs("deny")
        let scope = try body.scope()
        let rule: AccessRule
        switch (allowed, denied) {
        case (let verbs?, nil): rule = AccessRule(.allow, to: verbs, in: scope)
        case (nil, let verbs?): rule = AccessRule(.deny, to: verbs, in: scope)
        default: throw body.fault("allow", fault: "or \"deny\" is needed, and not both")
        }
        guard rule.isWellFormed else {
            throw body.fault(
                allowed == nil ? "deny" : "allow",
                fault:
                    "does not go with what it is about: read and write go with keys, lock with a name, admin and metrics with nothing"
            )
        }
        self = rule
    }
}

extension Body {
    fileprivate func verbs(_ name: StaticString) throws(Problem) -> AccessVerbs? {
        guard let value = self[name] else { return nil }
        var verbs: AccessVerbs = []
        for element in value.array ?? [] {
            guard let text = element.string,
                let verb = AccessVerb.allCases.first(where: { text.equals($0.name) })
            else {
                throw fault(
                    name,
                    fault: "holds something else than read, write, lock, admin, metrics"
                )
            }
            verbs.insert(AccessVerbs(verb))
        }
        guard !verbs.isEmpty else { throw fault(name, fault: "is no array of at least one verb") }
        return verbs
    }

    fileprivate func scope() throws(Problem) -> AccessRule.Scope {
        let path = try string("path")
        let recursive = try bool("recursive") ?? false
        let key = try bytes("key")
        let prefix = try bytes("prefix")
        let from = try bytes("from")
        let to = try bytes("to")
        let name = try string("name")
        let given = [path, key, prefix, from ?? to, name].compactMap { $0 }.count
        guard given <= 1 else {
            throw fault(
                "path",
                fault: "excludes \"key\", \"prefix\", \"from\" and \"to\", and \"name\""
            )
        }
        if let path {
            let key = try Key(pathText: path)
            return .keys(recursive ? .subtree(key) : .key(key))
        }
        if recursive { throw fault("recursive", fault: "needs \"path\"") }
        if let key {
            do { return .keys(.key(try Key(bytes: key))) } catch {
                throw fault("key", fault: "is no key")
            }
        }
        if let prefix { return .keys(.prefix(prefix)) }
        if from != nil || to != nil { return .keys(.interval(from: from ?? [], to: to)) }
        guard let name else { return .service }
        guard let pattern = NamePattern(name) else {
            throw fault("name", fault: "is no name, nor one with * at its end")
        }
        return .names(pattern)
    }

    /// Bytes of a key: text, or base64 where `encoding` says so.
    private func bytes(_ name: StaticString) throws(Problem) -> [UInt8]? {
        guard let bytes = try value(name) else { return nil }
        guard bytes.count <= KeyRange.boundByteCountMax else {
            throw fault(name, fault: "has more than \(KeyRange.boundByteCountMax) bytes")
        }
        return bytes
    }
}

extension JSONWriter {
    /// A rule as it can be given again.
    mutating func rule(_ rule: AccessRule) {
        beginObject()
        name(rule.effect == .allow ? "allow" : "deny")
        beginArray()
        for verb in AccessVerb.allCases where rule.verbs.contains(AccessVerbs(verb)) {
            string(verb.name)
        }
        endArray()
        switch rule.scope {
        case .keys(let range): members(of: range)
        case .names(let pattern): member("name", string: pattern.text)
        case .service: break
        }
        endObject()
    }

    private mutating func members(of range: KeyRange) {
        switch range {
        case .subtree(let root):
            member("path", string: root.bytes)
            member("recursive", bool: true)
        case .key(let key) where key.isPath: member("path", string: key.bytes)
        case .key(let key): bounds([("key", key.bytes)])
        case .interval(let from, _) where range == .prefix(from): bounds([("prefix", from)])
        case .interval(let from, let to?): bounds([("from", from), ("to", to)])
        case .interval(let from, nil): bounds([("from", from)])
        }
    }

    private mutating func bounds(_ bounds: [(name: StaticString, bytes: [UInt8])]) {
        let isText = bounds.allSatisfy { $0.bytes.span.isValidUTF8 }
        for (name, bytes) in bounds {
            self.name(name)
            if isText { string(bytes) } else { base64(bytes) }
        }
        if !isText { member("encoding", string: "base64") }
    }
}
