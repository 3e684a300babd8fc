internal import Keyspace
internal import Wire

/// Which keys the query of `/v1/kv` names: one of any bytes, those that begin alike, or those
/// between two bounds.
enum KeySelection {
    case key(Key)
    /// - Parameter address: the same in words, for links.
    case range(KeyRange, address: [UInt8])

    /// Takes `key`, or `prefix`, or `from` and `to`.
    init(_ parameters: inout Parameters) throws(Problem) {
        let key = try parameters.key("key")
        let prefix = try parameters.bound("prefix")
        let from = try parameters.bound("from")
        let to = try parameters.bound("to")
        switch (key, prefix, from, to) {
        case (let key?, nil, nil, nil): self = .key(key)
        case (nil, let prefix?, nil, nil):
            self = .range(.prefix(prefix), address: Self.address([("prefix", prefix)]))
        case (nil, nil, let from?, nil):
            self = .range(.interval(from: from, to: nil), address: Self.address([("from", from)]))
        case (nil, nil, let from, let to?):
            guard !to.isEmpty else {
                throw .parameter("to", fault: "is empty; leave it out to go on to the last key")
            }
            self = .range(
                .interval(from: from ?? [], to: to),
                address: Self.address([("from", from ?? []), ("to", to)])
            )
        case (nil, nil, nil, nil):
            throw Problem(
                .noSuchCall,
                "Keys are named as /v1/kv/PATH (the root key is /v1/kv/, with a slash), or as /v1/kv?key=, ?prefix= or ?from= and to=."
            )
        default:
            throw .bad(
                "The query names keys in two ways; give \"key\", or \"prefix\", or \"from\" and \"to\"."
            )
        }
    }

    private static func address(_ parameters: [(StaticString, [UInt8])]) -> [UInt8] {
        var url = [UInt8]("/v1/kv")
        var separator: StaticString = "?"
        for (name, value) in parameters {
            url.append(separator)
            url.append(name)
            url.append("=")
            PercentEncoding.append(component: value, to: &url)
            separator = "&"
        }
        return url
    }
}

extension Parameters {
    /// A key of any bytes.
    mutating func key(_ name: StaticString) throws(Problem) -> Key? {
        guard let bytes = try text(name) else { return nil }
        return try Self.key(bytes, in: name)
    }

    /// Every key of that name.
    mutating func keys(_ name: StaticString) throws(Problem) -> [Key] {
        var keys: [Key] = []
        for bytes in texts(name) { keys.append(try Self.key(bytes, in: name)) }
        return keys
    }

    /// What the keys of every range of that name begin with.
    mutating func prefixes(_ name: StaticString) throws(Problem) -> [[UInt8]] {
        let prefixes = texts(name)
        for bytes in prefixes { try Self.check(bound: bytes, in: name) }
        return prefixes
    }

    private static func key(_ bytes: [UInt8], in name: StaticString) throws(Problem) -> Key {
        do { return try Key(bytes: bytes) } catch {
            switch error {
            case .empty: throw .parameter(name, fault: "is empty; a key has at least one byte")
            case .tooLong(let byteCount, let limit):
                throw Problem(
                    .tooLarge,
                    "The key has \(byteCount) bytes; the limit is \(limit)."
                )
            }
        }
    }

    /// What a range begins with or ends before.
    fileprivate mutating func bound(_ name: StaticString) throws(Problem) -> [UInt8]? {
        guard let bytes = try text(name) else { return nil }
        try Self.check(bound: bytes, in: name)
        return bytes
    }

    private static func check(bound bytes: [UInt8], in name: StaticString) throws(Problem) {
        guard bytes.count <= KeyRange.boundByteCountMax else {
            throw .parameter(
                name,
                fault: "has \(bytes.count) bytes; the limit is \(KeyRange.boundByteCountMax)"
            )
        }
    }
}
