internal import Bytes
internal import Wire

/// How the values of a key differ, in the unified form, for people: what a terminal could act upon
/// is escaped.
enum DifferenceText {
    /// A line, by what it says.
    enum Line: Hashable {
        case head(String)
        case place(String)
        case kept(String)
        case removed(String)
        case inserted(String)
    }

    /// How many lines around a change are shown.
    private static let contextLineCount = 3

    /// - Parameters:
    ///   - old: nil where there was no key; likewise `new`.
    ///   - then: what the old state is called, `now` the new one.
    static func lines(
        of key: [UInt8],
        from old: [UInt8]?,
        at then: String,
        to new: [UInt8]?,
        at now: String
    ) -> [Line] {
        let name = KeyNotation.path.word(key)
        let head: [Line] = [
            .head(old == nil ? "--- nothing" : "--- \(name) \(then)"),
            .head(new == nil ? "+++ nothing" : "+++ \(name) \(now)"),
        ]
        // Which key came or went is said by the other line.
        guard isText(old), isText(new) else {
            return head + [.place("no text: \(size(old)), then \(size(new))")]
        }
        let difference = LineDifference(from: split(old ?? []), to: split(new ?? []))
        return head + hunks(difference.edits) + endings(old, new: new)
    }

    private static func isText(_ value: [UInt8]?) -> Bool {
        value.map { $0.span.isValidUTF8 && !$0.contains(0) } ?? true
    }

    private static func size(_ value: [UInt8]?) -> String {
        value.map { People.size(UInt64($0.count)) } ?? "nothing"
    }

    /// The lines of a value; none of an empty one.
    private static func split(_ value: [UInt8]) -> [ArraySlice<UInt8>] {
        guard !value.isEmpty else { return [] }
        let lineFeed = UInt8(ascii: "\n")
        let text = value.last == lineFeed ? value.dropLast() : value[...]
        return text.split(separator: lineFeed, omittingEmptySubsequences: false)
    }

    /// What lines alone do not tell.
    private static func endings(_ old: [UInt8]?, new: [UInt8]?) -> [Line] {
        guard let old, let new else { return [] }
        let lineFeed = UInt8(ascii: "\n")
        switch (old.last == lineFeed, new.last == lineFeed) {
        case (true, false): return [.place("\\ no line feed at the end any more")]
        case (false, true): return [.place("\\ a line feed at the end now")]
        default: return []
        }
    }

    private static func hunks(_ edits: [LineDifference.Edit]) -> [Line] {
        var lines: [Line] = []
        var index = 0
        var (oldLine, newLine) = (1, 1)
        while let change = edits[index...].firstIndex(where: \.isChange) {
            let start = max(index, change - contextLineCount)
            (oldLine, newLine) = (oldLine + start - index, newLine + start - index)
            let end = hunkEnd(edits, from: change)
            let hunk = edits[start..<end]
            let oldCount = hunk.count { if case .insert = $0 { false } else { true } }
            let newCount = hunk.count { if case .remove = $0 { false } else { true } }
            lines.append(
                .place(
                    "@@ -\(oldCount == 0 ? oldLine - 1 : oldLine),\(oldCount) "
                        + "+\(newCount == 0 ? newLine - 1 : newLine),\(newCount) @@"
                )
            )
            lines += hunk.map(line)
            (oldLine, newLine) = (oldLine + oldCount, newLine + newCount)
            index = end
        }
        return lines
    }

    /// After the context of the last change that is near enough to the one before.
    private static func hunkEnd(_ edits: [LineDifference.Edit], from change: Int) -> Int {
        var last = change
        while let next = edits[(last + 1)...].firstIndex(where: \.isChange),
            next - last <= 2 * contextLineCount
        { last = next }
        return min(edits.count, last + 1 + contextLineCount)
    }

    private static func line(_ edit: LineDifference.Edit) -> Line {
        func text(_ bytes: ArraySlice<UInt8>) -> String {
            TerminalText.prose(String(decoding: bytes, as: UTF8.self))
        }
        return switch edit {
        case .keep(let bytes): .kept(" " + text(bytes))
        case .remove(let bytes): .removed("-" + text(bytes))
        case .insert(let bytes): .inserted("+" + text(bytes))
        }
    }
}

extension Console {
    /// The lines of a difference, in colour on a terminal.
    func text(of lines: [DifferenceText.Line]) -> String {
        lines.map { line in
            switch line {
            case .head(let text): emphasised(text, emphasis: .strong) + "\n"
            case .place(let text): emphasised(text, emphasis: .faint) + "\n"
            case .kept(let text): text + "\n"
            case .removed(let text): emphasised(text, emphasis: .bad) + "\n"
            case .inserted(let text): emphasised(text, emphasis: .good) + "\n"
            }
        }.joined()
    }
}
