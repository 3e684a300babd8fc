internal import Bytes
internal import Keyspace
internal import Wire

// How the compares and operations of a transaction name keys.

extension Body {
    /// The fields that name one key.
    static let keyFields: [StaticString] = ["key", "key_base64"]

    /// The fields that name a range of keys.
    static let rangeFields: [StaticString] =
        keyFields + [
            "recursive", "prefix", "prefix_base64", "from", "from_base64", "to", "to_base64",
        ]

    /// One key of any bytes, as text or in base64.
    func key() throws(Problem) -> Key {
        guard let bytes = try bytes("key", base64: "key_base64") else {
            throw fault("key", fault: "is missing, and so is \"key_base64\"")
        }
        do { return try Key(bytes: bytes) } catch {
            switch error {
            case .empty: throw fault("key", fault: "is empty; a key has at least one byte")
            case .tooLong(let byteCount, let limit):
                throw Problem(.tooLarge, "The key has \(byteCount) bytes; the limit is \(limit).")
            }
        }
    }

    /// A key, with `recursive` a key and its subtree; or `prefix`; or `from` and `to`, either of
    /// which may be left out.
    func range() throws(Problem) -> KeyRange {
        let isKey = self["key"] != nil || self["key_base64"] != nil
        let prefix = try bound("prefix", base64: "prefix_base64")
        let from = try bound("from", base64: "from_base64")
        let to = try bound("to", base64: "to_base64")
        let isRecursive = try bool("recursive") == true
        switch (isKey, prefix, from, to) {
        case (true, nil, nil, nil): return isRecursive ? .subtree(try key()) : .key(try key())
        case (false, nil, nil, nil):
            throw fault("key", fault: "is missing, and so are \"prefix\", \"from\" and \"to\"")
        case (false, let prefix?, nil, nil) where !isRecursive: return .prefix(prefix)
        case (false, nil, _, _) where !isRecursive:
            guard to?.isEmpty != true else {
                throw fault("to", fault: "is empty; leave it out to go on to the last key")
            }
            return .interval(from: from ?? [], to: to)
        case (false, _, _, _) where isRecursive:
            throw fault(
                "recursive",
                fault: "belongs to \"key\"; \"prefix\" names what begins alike"
            )
        default:
            throw fault(
                isKey ? "key" : "prefix",
                fault:
                    "is given beside another way of naming keys; give \"key\", with \"recursive\" or without, or \"prefix\", or \"from\" and \"to\""
            )
        }
    }

    private func bound(
        _ name: StaticString,
        base64: StaticString
    ) throws(Problem) -> [UInt8]? {
        guard let bytes = try bytes(name, base64: base64) else { return nil }
        guard bytes.count <= KeyRange.boundByteCountMax else {
            throw fault(
                name,
                fault: "has \(bytes.count) bytes; the limit is \(KeyRange.boundByteCountMax)"
            )
        }
        return bytes
    }

    /// Bytes as text in one field or in base64 in another.
    private func bytes(
        _ name: StaticString,
        base64: StaticString
    ) throws(Problem) -> [UInt8]? {
        guard let encoded = try string(base64) else { return try string(name) }
        guard self[name] == nil else {
            throw fault(base64, fault: "excludes \"\(name)\"")
        }
        guard let bytes = Base64.decode(encoded) else {
            throw fault(base64, fault: "is no padded base64 (RFC 4648, section 4)")
        }
        return bytes
    }
}
