internal import Platform
internal import RoostClient
internal import Wire

/// Where a command's results and complaints go, and in which form.
package struct Console: Sendable {
    /// What results look like.
    package enum Format: String, Sendable { case text, json }

    /// Whether a person looks at standard output.
    package enum Audience: Sendable { case person, program }

    /// How much is said beside results and complaints: `--quiet`, neither, `--verbose`.
    package enum Voice: Sendable { case quiet, plain, verbose }

    package let format: Format
    package let voice: Voice
    package let audience: Audience
    private let isColourful: Bool

    package init(format: Format, voice: Voice = .plain) {
        self.format = format
        self.voice = voice
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

    /// Writes one line of text, on which a terminal acts in no way.
    package func line(_ text: String) throws(Failure) {
        try write(Array((TerminalText.prose(text) + "\n").utf8))
    }

    /// Writes the line that says that something was done; `--quiet` leaves it out.
    package func confirm(_ text: String) throws(Failure) {
        if voice != .quiet { try line(text) }
    }

    /// Writes JSON, ended by one line feed.
    package func document(_ json: [UInt8]) throws(Failure) {
        try write(Self.lines(of: json, for: .output))
    }

    /// Says something on standard error that is no result.
    package static func note(_ text: String) {
        StandardStream.error.print("roost: \(TerminalText.prose(text))\n")
    }

    /// A note that `--quiet` leaves out.
    package func remark(_ text: String) { if voice != .quiet { Self.note(text) } }

    /// Whether somebody reads what a command waits for: with `--verbose`, or at a terminal.
    var tellsOfWaiting: Bool {
        switch voice {
        case .quiet: false
        case .plain: StandardStream.error.isTerminal
        case .verbose: true
        }
    }

    /// Says on standard error why the command failed.
    package func complain(_ failure: Failure) {
        switch format {
        case .text: Self.note(failure.explanation)
        case .json:
            let document = Self.lines(of: failure.document, for: .error)
            StandardStream.error.print(String(decoding: document, as: UTF8.self))
        }
    }

    private static func lines(of json: [UInt8], for stream: StandardStream) -> [UInt8] {
        let lineFeed = UInt8(ascii: "\n")
        let whole = json.last == lineFeed ? json : json + [lineFeed]
        return stream.isTerminal ? TerminalText.document(whole) : whole
    }

    /// How text is set off on a terminal (ECMA-48, 8.3.117).
    package enum Emphasis: String, Sendable {
        case strong = "1"
        case faint = "2"
        case good = "32"
        case bad = "31"
    }

    /// The text, emphasised when a person looks at it in colour.
    package func emphasised(_ text: String, emphasis: Emphasis) -> String {
        isColourful ? "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes what a command found in the form that was asked for.
    func show(_ text: @autoclosure () -> String, or json: @autoclosure () -> [UInt8])
        throws(Failure)
    {
        switch format {
        case .text: try write(Array(text().utf8))
        case .json: try document(json())
        }
    }

    /// Writes an answer's object: as it came, or one line a member.
    func show(_ reply: Response) throws(Failure) {
        guard format == .text, let object = reply.json?.object else {
            return try document(reply.body)
        }
        try write(Array(Table.members(of: object).text(for: self).utf8))
    }
}
