/// What a page shows of a terminal: the commands of its `console` blocks and what they print.
struct Transcript {
    struct Step: Equatable {
        /// One command, possibly of several lines.
        var command: String
        /// What the page says that it prints; `…` stands for anything within a line.
        var expected: [String] = []
    }

    private(set) var steps: [Step] = []

    /// Reads every ```console block: `$ ` begins a command, `> ` continues it, the rest is output.
    init(markdown: String) {
        var isInside = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isInside = line == "```console"
            } else if isInside {
                read(line)
            }
        }
    }

    private mutating func read(_ line: Substring) {
        if line.hasPrefix("$ ") {
            steps.append(Step(command: String(line.dropFirst(2))))
        } else if line.hasPrefix("> "), let last = steps.indices.last {
            steps[last].command += "\n" + line.dropFirst(2)
        } else if let last = steps.indices.last, !line.allSatisfy({ $0 == " " }) {
            steps[last].expected.append(String(line))
        }
    }

    /// One bash session that carries out all steps and marks where each begins and ends.
    ///
    /// A step sees the status of the one before as `$?`, as at a prompt.
    var script: String {
        var lines = ["status=0"]
        for (number, step) in steps.enumerated() {
            lines += [
                "printf '\\n%s\\n' '\(Self.begin(number))'", "(exit $status)", step.command,
                "status=$?", "printf '\\n%s\\n' '\(Self.end(number))'\" $status\"",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What differs between the page and what the session printed; empty when the page is true.
    func complaints(about output: String) -> [String] {
        let lines = output.split(separator: "\n").map(String.init)
        return steps.indices.flatMap { complaints(aboutStep: $0, in: lines) }
    }

    private func complaints(aboutStep number: Int, in lines: [String]) -> [String] {
        let step = steps[number]
        guard let begin = lines.firstIndex(of: Self.begin(number)),
            let end = lines.firstIndex(where: { $0.hasPrefix(Self.end(number) + " ") })
        else { return ["never finished: \(step.command)"] }
        var complaints: [String] = []
        let status = lines[end].split(separator: " ").last ?? ""
        let isLookedAt = number + 1 < steps.count && steps[number + 1].command == "echo $?"
        if status != "0", !isLookedAt { complaints.append("exit \(status): \(step.command)") }
        var rest = lines[(begin + 1)..<end]
        for expected in step.expected {
            guard let found = rest.firstIndex(where: { Self.matches($0, pattern: expected) }) else {
                complaints.append(
                    "`\(step.command)` did not print `\(expected)` but:\n"
                        + lines[(begin + 1)..<end].joined(separator: "\n")
                )
                break
            }
            rest = rest[(found + 1)...]
        }
        return complaints
    }

    /// Whether `line` is `pattern`, in which `…` stands for any text.
    static func matches(_ line: String, pattern: String) -> Bool {
        let pieces = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return line == pattern }
        guard line.hasPrefix(pieces[0]), line.hasSuffix(pieces[pieces.count - 1]) else {
            return false
        }
        var rest = line.dropFirst(pieces[0].count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.count >= pieces[pieces.count - 1].count
    }

    private static func begin(_ number: Int) -> String { "@@ step \(number) begins" }
    private static func end(_ number: Int) -> String { "@@ step \(number) ended with" }
}
