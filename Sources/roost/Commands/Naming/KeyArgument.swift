internal import Bytes
internal import Wire

/// Keys and values as they stand on the command line.
enum KeyArgument {
    /// A key that is a path: it begins with `/` and has no empty, `.` or `..` segment.
    ///
    /// - Parameter hint: what else may be written where a key that is none is meant.
    static func path(_ key: [UInt8], hint: String) throws(Failure) -> [UInt8] {
        let text = TerminalText.prose(String(decoding: key, as: UTF8.self))
        guard key.first == UInt8(ascii: "/"), key.span.isValidUTF8, !key.contains(0) else {
            throw .usage(
                "'\(text)' is not a path",
                hint: "a key is a path such as /app/name; \(hint)"
            )
        }
        guard key.count == 1 || key.last != UInt8(ascii: "/") else {
            throw .usage(
                "'\(text)' ends in /",
                hint: "leave the last / out: a path ends in a segment; \(hint)"
            )
        }
        let segments = key.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        let dots = UInt8(ascii: ".")
        let isPlain = segments.allSatisfy { !$0.isEmpty && $0 != [dots] && $0 != [dots, dots] }
        guard key.count == 1 || isPlain else {
            throw .usage(
                "'\(text)' has an empty, '.' or '..' segment",
                hint: "write every segment out, for example /app/name; \(hint)"
            )
        }
        return key
    }

    /// All operands as keys; of `--recursive` as paths.
    static func keys(_ invocation: Invocation) throws(Failure) -> [[UInt8]] {
        let notation = KeyNotation(invocation)
        var keys: [[UInt8]] = []
        for operand in invocation.operands {
            keys.append(
                invocation.has("recursive")
                    ? try notation.directory(operand) : try notation.key(operand)
            )
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

    /// The path that a command lists below: the operand, the root where none is given.
    static func directory(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        guard let operand = invocation.operands.first else { return [UInt8(ascii: "/")] }
        return try KeyNotation(invocation).directory(operand)
    }

    /// A value: the operand, standard input for `-`, or what `--file` names.
    static func value(_ invocation: Invocation, operand place: Int) throws(Failure) -> [UInt8] {
        let notation = KeyNotation(invocation)
        return try content(invocation, operand: place, as: .value) { text throws(Failure) in
            try notation.bytes(text)
        }
    }

    /// What a command sends: the operand, standard input for `-`, or what `--file` names.
    ///
    /// - Parameter reading: what an operand that is neither stands for.
    static func content(
        _ invocation: Invocation,
        operand place: Int,
        as content: InputContent,
        reading: ([UInt8]) throws(Failure) -> [UInt8] = { (text) throws(Failure) in text }
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
                "'\(invocation.verb.name)' needs \(content.name)",
                hint: "write it as an argument, '-' for standard input, or --file FILE"
            )
        }
        let operand = invocation.operands[place]
        return operand == [UInt8(ascii: "-")] ? try content.readInput() : try reading(operand)
    }
}
