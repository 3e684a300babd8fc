/// Completion for a shell, made from the table of verbs so that it cannot lag behind it.
package struct CompletionScript: Sendable {
    /// The shells that a script is there for.
    package enum Shell: String, CaseIterable, Sendable {
        case bash, zsh, fish
    }

    /// What stands at a place of the command line.
    enum Candidates {
        /// Something that only the user knows.
        case unknown
        case files
        case directories
        case words([String])
        /// What the service knows at the moment.
        case live(LiveCandidates)

        /// Empty where it is not one of a few words.
        var words: [String] {
            if case .words(let words) = self { words } else { [] }
        }
    }

    let verbs: [Verb]
    /// Flags of every verb that asks the service; they may stand before the verb, too.
    let common: [Flag]

    /// Those of them that do something for a verb.
    private let commonOf: @Sendable (Verb) -> [Flag]

    package init(
        verbs: [Verb],
        common: [Flag],
        commonOf: @escaping @Sendable (Verb) -> [Flag]
    ) {
        self.verbs = verbs
        self.common = common
        self.commonOf = commonOf
    }

    /// The whole script.
    package func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bashText
        case .zsh: zshText
        case .fish: fishText
        }
    }

    func flags(of verb: Verb) -> [Flag] {
        verb.flags + commonOf(verb)
    }

    /// Every word that a command line can begin with.
    var firstWords: [String] {
        var words: [String] = []
        for verb in verbs {
            if let word = verb.words.first, !words.contains(word) { words.append(word) }
        }
        return words
    }

    /// What a first word does, or what the verbs are about that begin with it.
    func summary(of first: String) -> String {
        verbs.first { $0.words == [first] }?.summary ?? "\(first) commands"
    }

    /// The verbs of two words, by their first.
    var families: [(first: String, verbs: [Verb])] {
        firstWords.compactMap { first in
            let members = verbs.filter { $0.words.count > 1 && $0.words[0] == first }
            return members.isEmpty ? nil : (first, members)
        }
    }

    func candidates(for flag: Flag) -> Candidates {
        switch flag.value {
        case .required("FILE"): .files
        case .required("DIRECTORY"): .directories
        case .required("FORMAT"): .words(["text", "json"])
        case .required("KIND"): .words(["put", "delete"])
        case .required("DISTRIBUTION"):
            .words(KeyChooser.Distribution.allCases.map(\.rawValue))
        case .required, .optionalDuration, .none: .unknown
        }
    }

    func candidates(for operand: Verb.Operand, of verb: Verb) -> Candidates {
        if let live = LiveCandidates(operand, of: verb) { return .live(live) }
        return switch operand.name {
        case "DIR": .directories
        case "SHELL": .words(Shell.allCases.map(\.rawValue))
        case "COMMAND": .words(firstWords)
        case "WORK": .words(Work.allCases.map(\.rawValue))
        default: .unknown
        }
    }

    /// The text with another spelling of one character.
    static func spelling(_ character: Character, as other: String, in text: String) -> String {
        text.split(separator: character, omittingEmptySubsequences: false).joined(separator: other)
    }

    /// In single quotes, as bash and zsh read them.
    static func quoted(_ text: String) -> String {
        "'" + spelling("'", as: "'\\''", in: text) + "'"
    }
}

extension Flag {
    /// As it is written, dashes included: the long form, then the short one if there is one.
    var spellings: [String] { ["--\(name)"] + (letter.map { ["-\($0)"] } ?? []) }

    /// Whether the next argument belongs to it.
    var takesArgument: Bool {
        if case .required = value { true } else { false }
    }
}
