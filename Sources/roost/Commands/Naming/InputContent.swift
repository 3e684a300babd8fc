internal import Platform

/// What a command reads from a file or from standard input: always to its end, and refused beyond
/// what a member would take.
enum InputContent: String, Sendable {
    case value
    case transaction
    case tree
    /// A file that is read as a tree, and sent in parts.
    case document

    /// The most that any cluster's settings admit: of a value, and of a request's body.
    private var byteCountMax: Int {
        switch self {
        case .value: 16 << 20
        case .transaction, .tree: 24 << 20
        case .document: 256 << 20
        }
    }

    /// The operand that it may be.
    var name: String { self == .tree ? "TREE" : "VALUE" }

    /// A file of any kind; `-` and `/dev/stdin` are standard input.
    func read(from path: String) throws(Failure) -> [UInt8] {
        // Opening /dev/stdin fails where it is a socket, and is useless where it was closed.
        if path == "-" || path == "/dev/stdin" { return try readInput() }
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: path).readAll(limit: byteCountMax)
        } catch { throw .local("cannot read \(path): \(error)") }
        return try accepted(bytes, from: path)
    }

    /// All of standard input.
    func readInput() throws(Failure) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try StandardStream.input.readAll(limit: byteCountMax)
        } catch { throw .local("cannot read standard input: \(error)") }
        return try accepted(bytes, from: "standard input")
    }

    private func accepted(_ bytes: [UInt8]?, from source: String) throws(Failure) -> [UInt8] {
        guard let bytes else {
            throw .local(
                "\(source) holds more than \(byteCountMax) bytes, the most that a \(rawValue) "
                    + "may have; nothing was sent"
            )
        }
        return bytes
    }
}
