/// A key: any 1 to 4,096 bytes, ordered byte by byte; most are paths such as `/app/port`.
public struct RoostKey: Hashable, Sendable {
    /// The bytes, as they are.
    public let bytes: [UInt8]

    /// The key of these bytes.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The key of this text in UTF-8, which is not normalised.
    public init(_ text: String) { bytes = Array(text.utf8) }
}

extension RoostKey: Comparable {
    public static func < (left: RoostKey, right: RoostKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension RoostKey: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The key of this text in UTF-8.
    public init(stringLiteral text: String) { self.init(text) }

    /// The text, what is no UTF-8 replaced.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// Which keys are meant.
public enum KeyScope: Hashable, Sendable {
    /// This one.
    case key(RoostKey)
    /// This path and everything below it.
    case subtree(RoostKey)
    /// All keys that begin with these bytes.
    case prefix(RoostKey)
}

extension KeyScope: ExpressibleByStringLiteral {
    /// The subtree of a path.
    public init(stringLiteral text: String) { self = .subtree(RoostKey(text)) }
}
