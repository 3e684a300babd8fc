internal import Bytes
internal import RoostClient
internal import Wire

/// How a command line writes keys, and how they are printed so that they can be given back.
enum KeyNotation: Hashable, Sendable {
    /// Paths, as they are.
    case path
    /// `--bytes`: any 1 to 4,096 bytes, in C escapes. Values that stand on the command line too.
    case escapes

    /// The longest key, in bytes.
    private static let byteCountMax = 4096

    static let flag = Flag(
        "bytes",
        #"KEY and VALUE are any bytes, written as in C: \n, \x00, \0, \\"#
    )

    /// What names many keys names any of them: that is written in escapes, too.
    init(_ invocation: Invocation) {
        self = (["bytes"] + KeyStretch.flagNames).contains(where: invocation.has) ? .escapes : .path
    }

    /// The bytes of an operand that is no key.
    func bytes(_ operand: [UInt8]) throws(Failure) -> [UInt8] {
        switch self {
        case .path: operand
        case .escapes: try CEscapes.decode(operand)
        }
    }

    /// The bytes of an operand that is a key.
    func key(_ operand: [UInt8]) throws(Failure) -> [UInt8] {
        switch self {
        case .path: return try KeyArgument.path(operand, hint: "--bytes takes any key")
        case .escapes:
            let key = try CEscapes.decode(operand)
            guard (1...Self.byteCountMax).contains(key.count) else {
                throw .usage(
                    "a key of \(key.count) bytes cannot be",
                    hint: "a key has 1 to \(Self.byteCountMax) bytes"
                )
            }
            return key
        }
    }

    /// The bytes of an operand that is a key which others lie below.
    func directory(_ operand: [UInt8]) throws(Failure) -> [UInt8] {
        let key = try bytes(operand)
        return try KeyArgument.path(key, hint: "others have nothing below them: see --prefix")
    }

    /// A key for people.
    func word(_ key: [UInt8]) -> String {
        self == .path && key.span.isValidUTF8 ? TerminalText.word(key) : CEscapes.text(of: key)
    }

    /// The key that an object names, for people.
    func word(of object: JSONValue?) -> String { object?.key.map(word) ?? "?" }

    /// Where a key is found: `/v1/kv/…` for a path, `/v1/kv?key=…` for any bytes.
    func address(of key: [UInt8]) -> [UInt8] {
        guard self == .escapes else { return Call.path(ofKey: key) }
        var call = Call.read(Array("/v1/kv".utf8))
        call.add("key", value: key)
        return call.target
    }
}

extension JSONWriter {
    /// `key`, or `key_base64` where its bytes are no text.
    mutating func append(key: [UInt8]) {
        guard !key.span.isValidUTF8 else { return member("key", string: key) }
        name("key_base64")
        base64(key)
    }
}
