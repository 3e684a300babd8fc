internal import CPlatform
internal import Glibc

/// A terminal whose screen is taken over to be redrawn in place, and given back as it was.
///
/// Between `enter` and `leave` it shows another screen (`xterm`'s alternate one), no cursor, and hands
/// over each key as it comes; Ctrl-C, Ctrl-\ and Ctrl-Z are signals still.
package final class TerminalScreen {
    /// In characters.
    package struct Size: Hashable, Sendable {
        package let columnCount: Int
        package let rowCount: Int

        package init(columnCount: Int, rowCount: Int) {
            self.columnCount = columnCount
            self.rowCount = rowCount
        }
    }

    /// Of a terminal that does not know its size.
    private static let sizeUnknown = Size(columnCount: 80, rowCount: 24)
    /// The other screen, no line wrapped, no cursor.
    private static let entry = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l"
    private static let exit = "\u{1B}[?25h\u{1B}[?7h\u{1B}[?1049l"

    private var before: termios?
    private var isEntered = false

    /// Nothing is taken over yet.
    package init() {}

    /// Whether standard output is a terminal that can do it.
    package static var isThere: Bool {
        guard StandardStream.output.isTerminal else { return false }
        let kind = Environment.value(of: "TERM") ?? ""
        return !kind.isEmpty && kind != "dumb"
    }

    /// What the window shows now.
    package var size: Size {
        var (columns, rows): (UInt16, UInt16) = (0, 0)
        let output = StandardStream.output.descriptor
        let result = unsafe roost_terminal_size(output, &columns, &rows)
        guard result == 0, columns > 0, rows > 0 else { return Self.sizeUnknown }
        return Size(columnCount: Int(columns), rowCount: Int(rows))
    }

    /// Takes the screen over, and the keys where standard input is a terminal.
    package func enter() throws(SystemError) {
        if StandardStream.input.isTerminal {
            var settings = termios()
            let input = StandardStream.input.descriptor
            try checked("tcsetattr", result: unsafe roost_terminal_by_key(input, &settings))
            before = settings
        }
        isEntered = true
        try StandardStream.output.write(Array(Self.entry.utf8))
    }

    /// Gives everything back; may be called at any time.
    package func leave() {
        if isEntered { StandardStream.output.print(Self.exit) }
        isEntered = false
        if var settings = before {
            _ = unsafe roost_terminal_restore(StandardStream.input.descriptor, &settings)
        }
        before = nil
    }
}
