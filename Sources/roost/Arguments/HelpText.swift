/// What `roost help` says, made from the table of verbs so that it cannot lag behind it.
package enum HelpText {
    private static let widthMax = 28

    /// Every verb with its summary.
    package static func overview(of verbs: [Verb], common: [Flag]) -> String {
        let width = (verbs.map(\.name.count).max() ?? 0) + 2
        var lines = [
            "roost: locks, leader election and configuration for services, over Raft.", "",
            "Usage: roost COMMAND [FLAGS] [ARGUMENTS]", "", "Commands:",
        ]
        lines += verbs.map { "  \(padded($0.name, to: width))\($0.summary)" }
        lines += ["", "Flags of every command that asks the service:"]
        lines += flagLines(common)
        lines += [
            "", "'roost help COMMAND' explains one command and shows an example.",
            "Start here: roost serve --data-dir ./default.roost",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// One verb: usage, what it does, flags, examples.
    ///
    /// - Parameter common: those of the common flags that do something here.
    package static func page(of verb: Verb, common: [Flag]) -> String {
        var lines = ["Usage: \(verb.usage)", "", verb.summary]
        if !verb.explanation.isEmpty { lines += ["", verb.explanation] }
        if !verb.flags.isEmpty { lines += ["", "Flags:"] + flagLines(verb.flags) }
        if !common.isEmpty { lines += ["", "Common flags:"] + flagLines(common) }
        lines += ["", verb.examples.count == 1 ? "Example:" : "Examples:"]
        for example in verb.examples {
            lines += ["  \(example.command)", "      \(example.effect)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func flagLines(_ flags: [Flag]) -> [String] {
        let width = min((flags.map(\.synopsis.count).max() ?? 0) + 2, widthMax)
        return flags.flatMap { flag in
            flag.synopsis.count + 2 > width
                ? ["  \(flag.synopsis)", "  \(padded("", to: width))\(flag.summary)"]
                : ["  \(padded(flag.synopsis, to: width))\(flag.summary)"]
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
