internal import Bytes
internal import Wire

/// A key with its value, as one revision of the store had it.
public struct KeyValue: Hashable, Sendable {
    /// The key.
    public let key: RoostKey
    /// The value's bytes; empty where it was not asked for.
    public let value: [UInt8]
    /// How often it was written since it was created, from 1.
    public let version: UInt64
    /// The revision that created it.
    public let createRevision: UInt64
    /// The revision that wrote this version.
    public let modRevision: UInt64
    /// The lease that it is tied to.
    public let lease: String?

    /// The value as text; nil where it is not UTF-8.
    public var text: String? { String(validating: value, as: UTF8.self) }

    /// Nil where the object is none of a key with a record.
    init?(_ json: JSONValue) {
        guard let key = json.key, let modRevision = json["mod_revision"]?.whole else {
            return nil
        }
        self.key = RoostKey(key)
        value = json.valueBytes ?? []
        version = json["version"]?.whole ?? 0
        createRevision = json["create_revision"]?.whole ?? 0
        self.modRevision = modRevision
        lease = json["lease"]?.string.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// What a write came to.
public struct WriteReceipt: Hashable, Sendable {
    /// The revision of the store that has it.
    public let revision: UInt64
    /// How often the key was written since it was created, from 1.
    public let version: UInt64

    /// Whether it created the key.
    public var isNew: Bool { version == 1 }

    /// - Parameter revision: where the object itself does not say it.
    init?(_ json: JSONValue, revision: UInt64? = nil) {
        guard let revision = json["mod_revision"]?.whole ?? json["revision"]?.whole ?? revision
        else { return nil }
        self.revision = revision
        version = json["version"]?.whole ?? 0
    }
}

/// Keys as they were at one revision, in byte order.
public struct ListedKeys: Hashable, Sendable {
    /// The revision.
    public let revision: UInt64
    /// The keys; a directory without a record of its own is none.
    public let items: [KeyValue]
    /// Whether a limit left some out.
    public let isCutOff: Bool
}

extension JSONValue {
    /// The bytes that `key` or `key_base64` names, nil where there is neither.
    package var key: [UInt8]? {
        self["key"]?.string ?? self["key_base64"]?.string.flatMap(Base64.decode)
    }

    /// The bytes that `value` and `encoding` name, nil where there are none.
    package var valueBytes: [UInt8]? {
        guard let value = self["value"]?.string else { return nil }
        return self["encoding"]?.string == Array("base64".utf8) ? Base64.decode(value) : value
    }
}

extension JSONWriter {
    /// `NAME`, or `NAME_base64` where the bytes are no text.
    mutating func member(_ name: StaticString, orBase64 base64Name: StaticString, bytes: [UInt8]) {
        guard !bytes.span.isValidUTF8 else { return member(name, string: bytes) }
        self.name(base64Name)
        base64(bytes)
    }
}
