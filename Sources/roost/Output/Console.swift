internal import Platform
internal import RoostClient
internal import Wire

/// Where a command's results and complaints go, and in which form.
package struct Console: Sendable {
    /// What results look like.
    package enum Format: String, Sendable { case text, json }

    /// Whether a person looks at standard output.
    package enum Audience: Sendable { case person, program }

    package let format: Format
    package let audience: Audience
    private let isColourful: Bool

    package init(format: Format) {
        self.format = format
        audience = StandardStream.output.isTerminal ? .person : .program
        let refusesColour = Environment.value(of: "NO_COLOR").map { !$0.isEmpty } ?? false
        isColourful = audience == .person && !refusesColour
    }

    /// Writes bytes as they are.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        do throws(SystemError) {
            try StandardStream.output.write(bytes)
        } catch { throw .local("cannot write to standard output: \(error)") }
    }

    /// Writes one line of text.
    package func line(_ text: String) throws(Failure) { try write(Array((text + "\n").utf8)) }

    /// Says something on standard error that is no result.
    package static func note(_ text: String) { StandardStream.error.print("roost: \(text)\n") }

    /// Says on standard error why the command failed.
    package func complain(_ failure: Failure) {
        switch format {
        case .text: Self.note(failure.explanation)
        case .json:
            StandardStream.error.print(String(decoding: failure.document, as: UTF8.self) + "\n")
        }
    }

    /// How text is set off on a terminal (ECMA-48, 8.3.117).
    package enum Emphasis: String, Sendable {
        case strong = "1"
        case faint = "2"
        case good = "32"
        case bad = "31"
    }

    /// The text, emphasised when a person looks at it in colour.
    package func emphasised(_ text: String, _ emphasis: Emphasis) -> String {
        isColourful ? "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes an answer's object: as it came, or one line a member.
    func show(_ reply: Reply) throws(Failure) {
        guard format == .text, let object = reply.json?.object else {
            return try write(reply.body + [10])
        }
        try write(Array(Table.members(of: object).text(for: self).utf8))
    }
}
