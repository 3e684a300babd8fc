package import Platform

/// The bytes that make a terminal show some lines, and nothing else, whatever it showed before.
///
/// Each line is written over the last one and ended by erasing what is left of that, all as one
/// synchronised update where the terminal knows those: nothing is ever shown empty.
package struct ScreenFrame: Sendable {
    private static let beginning = "\u{1B}[?2026h\u{1B}[H"
    private static let strong = "\u{1B}[1m"
    private static let plain = "\u{1B}[0m"
    private static let endOfLine = "\u{1B}[K"
    /// Everything below, too.
    private static let ending = "\u{1B}[J\u{1B}[?2026l"

    package let bytes: [UInt8]

    /// - Parameters:
    ///   - lines: those that the window has no room for are left out, and what is too wide is cut.
    ///   - footer: the window's last line.
    package init(_ lines: [TopPage.Line], footer: String, size: TerminalScreen.Size) {
        let shown = lines.prefix(max(0, size.rowCount - 1)).map { line in
            let text = String(line.text.prefix(size.columnCount))
            return (line.isTitle ? Self.strong + text + Self.plain : text) + Self.endOfLine
        }
        let blank = [String](
            repeating: Self.endOfLine,
            count: max(0, size.rowCount - 1 - shown.count)
        )
        let last = String(footer.prefix(size.columnCount)) + Self.endOfLine
        let text = (shown + blank + [last]).joined(separator: "\r\n")
        bytes = Array((Self.beginning + text + Self.ending).utf8)
    }
}
