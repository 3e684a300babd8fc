internal import Bytes
internal import RoostClient
internal import Wire

/// A tree as variables of an environment.
struct TreeVariables: Equatable {
    /// How a path below the root becomes a name.
    struct Naming {
        var prefix: [UInt8] = []
        /// Letters become capitals.
        var isUpcase = false
        /// What is neither a letter, a digit nor `_` becomes `_`.
        var isSanitized = false

        func name(of path: [UInt8]) -> [UInt8] {
            prefix
                + path.dropFirst().map { byte in
                    if isUpcase, (0x61...0x7A).contains(byte) { return byte - 0x20 }
                    let isPlain =
                        byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "_")
                    return isSanitized && !isPlain ? UInt8(ascii: "_") : byte
                }
        }
    }

    /// `NAME=VALUE` each, in the order of keys.
    let entries: [[UInt8]]
    private let names: Set<[UInt8]>

    /// - Throws: for what can be no variable, and for two keys that would be the same.
    init(_ leaves: [TreeLeaf], naming: Naming) throws(Failure) {
        var entries: [[UInt8]] = []
        var paths: [[UInt8]: [UInt8]] = [:]
        let equals = UInt8(ascii: "=")
        for leaf in leaves {
            let name = naming.name(of: leaf.path)
            let word = TerminalText.word(leaf.path)
            guard !name.isEmpty else { continue }
            guard !name.contains(equals) else {
                throw .local("'\(word)' can be no variable: it has a =; --sanitize makes it a _")
            }
            guard !leaf.value.contains(0) else {
                throw .local("the value of '\(word)' can be no variable: it has a NUL")
            }
            if let other = paths.updateValue(leaf.path, forKey: name) {
                throw .local(
                    "'\(TerminalText.word(other))' and '\(word)' are both the variable "
                        + "\(TerminalText.word(name))"
                )
            }
            entries.append(name + [equals] + leaf.value)
        }
        self.entries = entries
        names = Set(paths.keys)
    }

    /// What proves as whom roost asked: no business of a command that reads its configuration.
    private static let secrets = [
        Array(Authorization.tokenVariable.utf8), Array(Authorization.passwordVariable.utf8),
    ]

    /// An environment in which these variables stand beside those that it had, without roost's
    /// secrets.
    func added(to environment: [[UInt8]]) -> [[UInt8]] {
        let kept = environment.filter { entry in
            let name = Array(entry.prefix { $0 != UInt8(ascii: "=") })
            return !names.contains(name) && !Self.secrets.contains(name)
        }
        return kept + entries
    }
}
