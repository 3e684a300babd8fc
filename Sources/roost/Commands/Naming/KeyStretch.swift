internal import RoostClient
internal import Wire

/// Many keys in byte order: those that begin alike (`--prefix`), or those between two bounds
/// (`--from`, `--to`).
enum KeyStretch: Hashable, Sendable {
    case prefix([UInt8])
    /// From one bound to before the other; nil is the first key, and beyond the last.
    case interval(from: [UInt8]?, to: [UInt8]?)

    static let prefixFlag = Flag("prefix", "every key that begins with KEY; '' is all keys")
    static let boundFlags = [
        Flag("from", value: .required("KEY"), "every key from this one on"),
        Flag("to", value: .required("KEY"), "every key before this one"),
    ]
    static let flags = [prefixFlag] + boundFlags
    static let flagNames = flags.map(\.name)

    /// What the flags say; nil where none of them is given.
    init?(_ invocation: Invocation) throws(Failure) {
        let (from, to) = (invocation.bytes("from"), invocation.bytes("to"))
        let isPrefix = invocation.has("prefix")
        guard isPrefix || from != nil || to != nil else { return nil }
        guard isPrefix != (from != nil || to != nil), !invocation.has("recursive") else {
            throw .usage(
                "--prefix, --from with --to, and --recursive name keys in different ways",
                hint: "give one of them"
            )
        }
        guard invocation.operands.count == (isPrefix ? 1 : 0) else {
            throw .usage(
                isPrefix ? "--prefix speaks of one KEY" : "--from and --to stand for KEY",
                hint: isPrefix ? "write one, '' for every key" : "leave KEY out"
            )
        }
        let notation = KeyNotation.escapes
        if isPrefix {
            self = .prefix(try notation.bytes(invocation.operands[0]))
            return
        }
        var bounds: [[UInt8]?] = []
        for bound in [from, to] { bounds.append(try bound.map(notation.bytes)) }
        guard bounds[1] != [] else {
            throw .usage("--to '' is before every key", hint: "leave --to out for the last key")
        }
        self = .interval(from: bounds[0], to: bounds[1])
    }

    /// `/v1/kv` with the query that names the keys.
    var address: [UInt8] {
        var call = Call.read(Array("/v1/kv".utf8))
        switch self {
        case .prefix(let prefix): call.add("prefix", value: prefix)
        case .interval(let from, let to):
            if from != nil || to == nil { call.add("from", value: from ?? []) }
            if let to { call.add("to", value: to) }
        }
        return call.target
    }

    /// Whether every path is among them.
    var hasEveryPath: Bool {
        let (root, behind) = ([UInt8(ascii: "/")], [UInt8(ascii: "/") + 1])
        switch self {
        case .prefix(let prefix): return root.starts(with: prefix)
        case .interval(let from, let to):
            let beginsBefore = !root.lexicographicallyPrecedes(from ?? [])
            return beginsBefore && to.map { !$0.lexicographicallyPrecedes(behind) } ?? true
        }
    }

    /// That none of them is there.
    var absence: String {
        switch self {
        case .prefix([]): "there are no keys"
        case .prefix(let prefix): "no key begins with '\(CEscapes.text(of: prefix))'"
        case .interval(let from, let to):
            "there is no key" + (from.map { " from '\(CEscapes.text(of: $0))'" } ?? "")
                + (to.map { " before '\(CEscapes.text(of: $0))'" } ?? "")
        }
    }
}
