package import Wire

/// Rows of cells in aligned columns.
package struct Table: Sendable {
    /// A title and the member of an object that stands below it.
    package typealias Column = (title: String, member: StaticString)

    private var rows: [[String]]

    /// - Parameter titles: the first row; empty for none.
    package init(titles: [String]) { rows = titles.isEmpty ? [] : [titles] }

    /// One row an element: its members in the columns' order, `-` where it has none.
    package init(_ elements: [JSONValue], columns: [Column]) {
        self.init(titles: columns.map(\.title))
        for element in elements {
            append(columns.map { element[$0.member]?.plainText ?? "-" })
        }
    }

    /// Adds a row; it may be shorter than others.
    package mutating func append(_ cells: [String]) { rows.append(cells.map(TerminalText.prose)) }

    /// The lines, each ended by a line feed; the first is emphasised on a terminal.
    package func text(for console: Console) -> String {
        lines.enumerated().map { place, line in
            (place == 0 ? console.emphasised(line, emphasis: .strong) : line) + "\n"
        }.joined()
    }

    /// The lines as they are.
    package var lines: [String] {
        let columnCount = rows.map(\.count).max() ?? 0
        let widths = (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell
                    : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return cells.joined()
        }
    }

    /// An object's members as two columns; members of inner objects are named `outer.inner`.
    ///
    /// - Parameter text: what stands for a member's value.
    package static func members(
        of object: JSONObject,
        text: (String, JSONValue) -> String = { $1.plainText }
    ) -> Table {
        var table = Table(titles: [])
        table.append(members: object, prefix: "", text)
        return table
    }

    private mutating func append(
        members object: JSONObject,
        prefix: String,
        _ text: (String, JSONValue) -> String
    ) {
        for member in object.members {
            let name = prefix + String(decoding: member.name, as: UTF8.self)
            if case .object(let inner) = member.value {
                append(members: inner, prefix: name + ".", text)
            } else {
                append([name, text(name, member.value)])
            }
        }
    }
}
