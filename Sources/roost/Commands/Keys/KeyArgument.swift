internal import Bytes
internal import Wire

/// Keys and values as they stand on the command line.
enum KeyArgument {
    /// A key: a path that begins with `/`.
    static func key(_ invocation: Invocation, operand place: Int) throws(Failure) -> [UInt8] {
        let key = invocation.operands[place]
        let text = TerminalText.prose(String(decoding: key, as: UTF8.self))
        guard key.first == UInt8(ascii: "/"), key.span.isValidUTF8, !key.contains(0) else {
            throw .usage("'\(text)' is not a key", hint: "a key is a path such as /app/name")
        }
        guard key.count == 1 || key.last != UInt8(ascii: "/") else {
            throw .usage("the key '\(text)' ends in /", hint: "leave the last / out")
        }
        let segments = key.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        let dots = UInt8(ascii: ".")
        let isPlain = segments.allSatisfy { !$0.isEmpty && $0 != [dots] && $0 != [dots, dots] }
        guard key.count == 1 || isPlain else {
            throw .usage(
                "the key '\(text)' has an empty, '.' or '..' segment",
                hint: "write every segment out, for example /app/name"
            )
        }
        return key
    }

    /// All operands as keys.
    static func keys(_ invocation: Invocation) throws(Failure) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for place in invocation.operands.indices {
            keys.append(try key(invocation, operand: place))
        }
        return keys
    }

    /// Does something for each key in turn. One that is not there is complained of and does not
    /// keep the others from their turn; the exit code is then 3.
    static func forEach(
        _ keys: [[UInt8]],
        on console: Console,
        _ body: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> ExitCode {
        var exitCode = ExitCode.done
        for key in keys {
            do throws(Failure) { try body(key) } catch {
                guard keys.count > 1, error.exitCode == .notFound else { throw error }
                console.complain(error)
                exitCode = .notFound
            }
        }
        return exitCode
    }

    /// The key at a place, the root where none is given.
    static func keyOrRoot(_ invocation: Invocation, operand place: Int) throws(Failure) -> [UInt8] {
        place < invocation.operands.count
            ? try key(invocation, operand: place) : [UInt8(ascii: "/")]
    }

    /// A value: the operand, standard input for `-`, or what `--file` names.
    static func value(_ invocation: Invocation, operand place: Int) throws(Failure) -> [UInt8] {
        try content(invocation, operand: place, as: .value)
    }

    /// What a command sends: the operand, standard input for `-`, or what `--file` names.
    static func content(
        _ invocation: Invocation,
        operand place: Int,
        as content: InputContent
    ) throws(Failure) -> [UInt8] {
        let isWritten = place < invocation.operands.count
        if let file = invocation.text("file") {
            guard !isWritten else {
                throw .usage("a value and --file are both given", hint: "give one of them")
            }
            return try content.read(from: file)
        }
        guard isWritten else {
            throw .usage(
                "'\(invocation.verb.name)' needs VALUE",
                hint: "write it as an argument, '-' for standard input, or --file FILE"
            )
        }
        let operand = invocation.operands[place]
        return operand == [UInt8(ascii: "-")] ? try content.readInput() : operand
    }
}
