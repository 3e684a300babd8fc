internal import Keyspace
internal import Wire

/// The name of a service in the registry, and where its instances are kept: `/services/NAME/ID`, and
/// what each reported last at `/services/NAME/ID/health`. They are keys as any others: rules, watches,
/// leases, history and every dialect know them.
struct RegisteredService: Hashable {
    /// What all services are kept below.
    static let root = Key(unchecked: Array("/services".utf8))
    /// The last segment of an instance's report.
    private static let health = Array("health".utf8)

    /// As `Contest.isValid(name:)` has it.
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(Problem) {
        guard Contest.isValid(name: bytes) else {
            throw .bad("This can name no service: \(bytes.faultAsName).")
        }
        self.bytes = bytes
    }

    /// The service that is kept at a key; nil for keys that are none's.
    init?(keptAt key: Key) {
        let segment = key.bytes.dropFirst(Self.root.bytes.count + 1)
        guard key.parent == Self.root, let name = try? PercentEncoding.decode(segment),
            Contest.isValid(name: name), Self.segment(of: name) == Array(segment)
        else { return nil }
        bytes = name
    }

    /// What the instances are kept below.
    var key: Key { Key(unchecked: Self.root.bytes + Self.slash + Self.segment(of: bytes)) }

    /// Where an instance is kept.
    func key(of id: InstanceID) -> Key { Key(unchecked: key.bytes + Self.slash + id.bytes) }

    /// Where its report is kept.
    func healthKey(of id: InstanceID) -> Key {
        Key(unchecked: key(of: id).bytes + Self.slash + Self.health)
    }

    /// The instance that a key is of: its own key, or one below; nil for none's.
    func instance(of key: Key) -> InstanceID? {
        let prefix = self.key.bytes + Self.slash
        guard key.bytes.starts(with: prefix) else { return nil }
        return InstanceID(Array(key.bytes[prefix.count...].prefix { $0 != UInt8(ascii: "/") }))
    }

    private static let slash = [UInt8(ascii: "/")]

    /// One segment: a slash and the percent sign are encoded, nothing else is.
    private static func segment(of name: [UInt8]) -> [UInt8] {
        var segment: [UInt8] = []
        segment.reserveCapacity(name.count)
        for byte in name {
            switch byte {
            case UInt8(ascii: "/"): segment.append("%2F")
            case UInt8(ascii: "%"): segment.append("%25")
            default: segment.append(byte)
            }
        }
        return segment
    }
}

/// What tells the instances of a service apart: 1 to 128 letters, digits, `.`, `_`, `-` and `:`, so
/// that it stands in every format as it is.
struct InstanceID: Hashable {
    static let byteCountMax = 128

    let bytes: [UInt8]

    /// Nil for what is no id.
    init?(_ bytes: [UInt8]) {
        guard (1...Self.byteCountMax).contains(bytes.count), bytes != [UInt8(ascii: ".")],
            bytes != Array("..".utf8), bytes.allSatisfy(\.isPlain)
        else { return nil }
        self.bytes = bytes
    }

    static var problem: Problem {
        .bad(
            "This can name no instance: an id is 1 to \(byteCountMax) letters, digits, . _ - and :, and neither . nor .. nor watch."
        )
    }
}

extension UInt8 {
    /// A letter, a digit, `.`, `_`, `-` or `:`.
    var isPlain: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
