internal import CPlatform
internal import Glibc

/// The terminal that controls this process's session.
package final class Terminal: Sendable {
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    private init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Opens it, whatever the standard streams are; nil when the session has none.
    package static func controlling() -> Terminal? {
        let descriptor = roost_open_terminal()
        return descriptor < 0 ? nil : Terminal(adopting: descriptor)
    }

    /// Shows a question and reads a line that nobody sees; at most `byteCountMax` bytes of it, without
    /// its end. Blocks.
    package func secretLine(
        after question: String,
        byteCountMax: Int
    ) throws(SystemError) -> [UInt8] {
        var before = termios()
        try checked("tcsetattr", result: unsafe roost_terminal_hush(descriptor, &before))
        defer { unsafe _ = roost_terminal_restore(descriptor, &before) }
        let stream = ByteStream(descriptor: descriptor)
        try stream.write(Array(question.utf8))
        var line: [UInt8] = []
        while line.last != 0x0A, line.count < byteCountMax {
            let part = try stream.readPart(byteCountMax: byteCountMax - line.count)
            guard !part.isEmpty else { break }
            line += part
        }
        if line.last == 0x0A { line.removeLast() }
        return line
    }

    /// The process group that reads the keyboard.
    package func foregroundGroup() throws(SystemError) -> Int32 {
        try checked("tcgetpgrp", result: roost_foreground_group(descriptor))
    }

    /// Makes a group of this session the one that reads the keyboard; works in the background too.
    package func setForegroundGroup(_ group: Int32) throws(SystemError) {
        try checked("tcsetpgrp", result: roost_set_foreground_group(descriptor, group))
    }
}
