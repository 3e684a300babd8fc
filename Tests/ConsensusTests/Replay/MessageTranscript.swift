import Consensus

/// A text file of steps with what comes of each: a title, where it is from, what to see, and then
/// the script, each step with its outcome beneath it, indented.
struct MessageTranscript {
    /// A step and its outcome.
    struct Passage {
        /// The number of the step's line, from 1.
        let number: Int
        let text: String
        let step: ScriptStep
        var outcome: [String] = []
    }

    enum Piece {
        /// The head, an empty line or a comment.
        case prose(String)
        case passage(Passage)
    }

    /// Why a file is no transcript, or can't be played.
    struct Fault: Error, Equatable {
        let number: Int
        let text: String
    }

    private static let indent = "    "

    private(set) var pieces: [Piece] = []

    var passages: [Passage] {
        pieces.compactMap { if case .passage(let passage) = $0 { passage } else { nil } }
    }

    init(_ text: String) throws(Fault) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let head = lines.prefix { !$0.isEmpty }
        guard head.count >= 3, head[1].hasPrefix("Source: "), head[2].hasPrefix("See: ") else {
            throw Fault(
                number: 1,
                text: "a transcript begins with its title, \"Source: \" and \"See: \", a line each"
            )
        }
        pieces = head.map { .prose($0) }
        for (offset, line) in lines.enumerated().dropFirst(head.count) {
            try read(line, number: offset + 1)
        }
        guard !passages.isEmpty else { throw Fault(number: 1, text: "there are no steps") }
    }

    private mutating func read(_ line: String, number: Int) throws(Fault) {
        if line.isEmpty || line.hasPrefix("#") { return pieces.append(.prose(line)) }
        guard line.hasPrefix(" ") else {
            do {
                let step = try ScriptStep(line)
                return pieces.append(.passage(Passage(number: number, text: line, step: step)))
            } catch { throw Fault(number: number, text: error.text) }
        }
        guard line.hasPrefix(Self.indent), case .passage(var passage)? = pieces.last else {
            throw Fault(number: number, text: "an outcome stands beneath a step, four columns in")
        }
        passage.outcome.append(String(line.dropFirst(Self.indent.count)))
        pieces[pieces.count - 1] = .passage(passage)
    }

    /// The file's text, each step with its outcome.
    var text: String {
        let lines = pieces.flatMap { piece in
            switch piece {
            case .prose(let line): [line]
            case .passage(let passage): [passage.text] + passage.outcome.map { Self.indent + $0 }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Plays the script.
    ///
    /// - Returns: the same script with what came of each step.
    func played() throws(Fault) -> MessageTranscript {
        let cluster = ScriptedCluster()
        var played = self
        for (position, piece) in pieces.enumerated() {
            guard case .passage(var passage) = piece else { continue }
            do {
                passage.outcome = try cluster.perform(passage.step)
            } catch {
                throw Fault(number: passage.number, text: "\(passage.text): \(error.text)")
            }
            played.pieces[position] = .passage(passage)
        }
        return played
    }

    /// The first step of which something else came than is written here, for people; nil when
    /// there is none.
    func difference(from played: MessageTranscript) -> Fault? {
        for (written, came) in zip(passages, played.passages)
        where written.outcome != came.outcome {
            let same = zip(written.outcome, came.outcome).prefix { $0 == $1 }.count
            let expected = written.outcome.dropFirst(same).map { "  - \($0)" }
            let got = came.outcome.dropFirst(same).map { "  + \($0)" }
            let kept = written.outcome.prefix(same).map { "    \($0)" }
            let lines = ["\(written.text)   (- expected, + came)"] + kept + expected + got
            return Fault(
                number: written.number + same + 1,
                text: lines.joined(separator: "\n")
            )
        }
        return nil
    }
}
