internal import Bytes

/// A counterexample as one HTML page that needs nothing else: a row for each client, a bar for each
/// operation from its beginning to its end, numbered in the order that was found.
package struct CounterexamplePage: Sendable {
    private let example: Counterexample
    private let title: String
    /// Each beginning and end has a column of its own: so short and long operations can be read.
    private var columns: [UInt64] = []
    private var clients: [Int] = []

    private static let columnWidth = 28
    private static let rowHeight = 44

    /// - Parameter title: plain text, for example the seed.
    package init(_ example: Counterexample, title: String) {
        self.example = example
        self.title = title
        for operation in example.operations {
            columns.append(operation.begin.rawValue)
            if let end = operation.end { columns.append(end.rawValue) }
        }
        columns.sort()
        for client in example.operations.map(\.client).sorted() where clients.last != client {
            clients.append(client)
        }
    }

    /// The page, UTF-8.
    package var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(Self.escape(title))</title><style>
        body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; color: #1a1a1a; }
        .chart { position: relative; overflow-x: auto; border: 1px solid #ccc; }
        .row { position: absolute; left: 0; border-top: 1px solid #eee; color: #777; }
        .bar { position: absolute; height: 26px; overflow: hidden; white-space: nowrap;
          border-radius: 3px; padding: 2px 5px; box-sizing: border-box; font-size: 12px; }
        .bar:hover { overflow: visible; z-index: 2; min-width: max-content; }
        .placed { background: #cfe8d0; border: 1px solid #5a9a5e; }
        .left { background: #e4e4e4; border: 1px solid #999; }
        .unknown { background: #fff3c9; border: 1px dashed #b08a00; }
        .stuck { background: #ffd2cf; border: 2px solid #c0281f; }
        b { margin-right: 4px; }
        pre { background: #f6f6f6; padding: 12px; overflow-x: auto; }
        </style></head><body>
        <h1>\(Self.escape(title))</h1>
        <p>Each bar is one operation, from its call to its answer. Green ones are numbered in the
        longest order that explains their answers; the red one has to come next and cannot. Yellow
        ones were not answered: they may have taken effect at any later time, or never.</p>
        <div class="chart" style="height:\(clients.count * Self.rowHeight + 8)px">
        \(rows)\(bars)</div>
        <pre>\(Self.escape(example.text))</pre>
        </body></html>

        """
    }

    private var rows: String {
        clients.enumerated().map { row, client in
            let width = columns.count * Self.columnWidth + 120
            return """
                <div class="row" style="top:\(row * Self.rowHeight)px;width:\(width)px">\
                client \(client)</div>

                """
        }.joined()
    }

    private var bars: String {
        example.operations.indices.map { bar($0) }.joined()
    }

    private func bar(_ place: Int) -> String {
        let operation = example.operations[place]
        let row = clients.firstIndex(of: operation.client) ?? 0
        let left = 80 + column(of: operation.begin.rawValue) * Self.columnWidth
        let end = operation.end.map { column(of: $0.rawValue) } ?? columns.count
        let width = max(80 + end * Self.columnWidth - left, Self.columnWidth - 4)
        let number = example.order.firstIndex(of: place).map { "<b>\($0 + 1)</b>" } ?? ""
        let words = Self.escape(operation.words)
        return """
            <div class="bar \(style(of: place))" title="#\(place) \(words)" \
            style="top:\(row * Self.rowHeight + 16)px;left:\(left)px;width:\(width)px">\
            \(number)\(words)</div>

            """
    }

    private func style(of place: Int) -> String {
        if place == example.stuck { return "stuck" }
        if example.order.contains(place) { return "placed" }
        return example.operations[place].answer == nil ? "unknown" : "left"
    }

    private func column(of time: UInt64) -> Int { columns.firstIndex(of: time) ?? 0 }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
