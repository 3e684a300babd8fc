internal import Wire

/// From arguments to an invocation; knows the verbs, does nothing.
package struct ArgumentParser {
    /// What a command line asks for.
    package enum Request: Sendable {
        case invocation(Invocation)
        /// `--help` anywhere before the command to run, or nothing at all.
        case help(Verb?)
    }

    private static let dash = UInt8(ascii: "-")

    private let verbs: [Verb]
    /// Flags that every verb which asks the service takes; before the verb, any may stand.
    private let common: [Flag]
    /// Flags that every verb takes.
    private let universal: [Flag]

    private var rest: ArraySlice<[UInt8]> = []
    private var settings: [(name: String, value: [UInt8]?)] = []
    private var operands: [[UInt8]] = []
    private var asksForHelp = false

    package init(verbs: [Verb], common: [Flag], universal: [Flag]) {
        self.verbs = verbs
        self.common = common
        self.universal = universal
    }

    /// - Parameter arguments: without the program's own name.
    package func parse(_ arguments: [[UInt8]]) throws(Failure) -> Request {
        var parser = self
        parser.rest = arguments[...]
        return try parser.run()
    }

    private mutating func run() throws(Failure) -> Request {
        try takeFlags(of: common)
        guard !rest.isEmpty else {
            guard asksForHelp || settings.isEmpty else {
                throw .usage("no command is given", hint: "see 'roost help'")
            }
            return .help(nil)
        }
        if text(rest[rest.startIndex]) == "--version", rest.count == 1 {
            rest = [Array("version".utf8)]
        }
        let verb = try takeVerb()
        let tail = try takeArguments(of: verb)
        if asksForHelp { return .help(verb) }
        try check(verb, tail: tail)
        return .invocation(
            Invocation(verb: verb, operands: operands, tail: tail, settings: settings)
        )
    }

    /// The verb with the most words that the next arguments spell.
    private mutating func takeVerb() throws(Failure) -> Verb {
        let first = text(rest[rest.startIndex])
        let spelled = verbs.filter { verb in
            rest.count >= verb.words.count
                && zip(verb.words, rest).allSatisfy { $0 == text($1) }
        }
        if let verb = spelled.max(by: { $0.words.count < $1.words.count }) {
            rest = rest.dropFirst(verb.words.count)
            return verb
        }
        throw unknownVerb(first)
    }

    private func unknownVerb(_ first: String) -> Failure {
        let family = verbs.filter { $0.words.first == first }
        guard !family.isEmpty else {
            let names = verbs.map(\.name) + verbs.compactMap(\.words.first)
            let meant = Spelling.question(first, among: names).map { $0 + " " } ?? ""
            return .usage(
                first.hasPrefix("-") ? "unknown flag '\(first)'" : "unknown command '\(first)'",
                hint: meant + "'roost help' lists every command"
            )
        }
        let list = "write one of: \(family.map(\.name).joined(separator: ", "))"
        guard let second = rest.dropFirst().first.map(text), !second.hasPrefix("-") else {
            return .usage("'\(first)' needs one more word", hint: list)
        }
        return .usage(
            "unknown command '\(first) \(second)'",
            hint: Spelling.question("\(first) \(second)", among: family.map(\.name)) ?? list
        )
    }

    /// Takes flags as long as the next argument is one.
    private mutating func takeFlags(of flags: [Flag]) throws(Failure) {
        while let next = rest.first, isFlag(next), text(next) != "--version" {
            rest = rest.dropFirst()
            try takeFlag(next, of: flags, verb: nil)
        }
    }

    /// Takes everything that is left; what follows `--` is the tail of a verb that has one.
    private mutating func takeArguments(of verb: Verb) throws(Failure) -> [[UInt8]] {
        let flags = verb.flags + (verb.reach == .service ? common : universal)
        while let next = rest.first {
            rest = rest.dropFirst()
            if next == [Self.dash, Self.dash] {
                if verb.tail != .none { return Array(rest) }
                operands += rest
                return []
            }
            if isFlag(next) {
                try takeFlag(next, of: flags, verb: verb)
            } else {
                operands.append(next)
            }
        }
        return []
    }

    /// A lone `-` is an operand: standard input.
    private func isFlag(_ argument: [UInt8]) -> Bool {
        argument.count > 1 && argument.first == Self.dash && argument != [Self.dash, Self.dash]
    }

    private mutating func takeFlag(
        _ argument: [UInt8],
        of flags: [Flag],
        verb: Verb?
    ) throws(Failure) {
        guard argument[1] == Self.dash else {
            return try takeLetters(argument, of: flags, verb: verb)
        }
        let equals = argument.firstIndex(of: UInt8(ascii: "="))
        let written = text(Array(argument[..<(equals ?? argument.endIndex)]))
        let attached = equals.map { Array(argument[($0 + 1)...]) }
        if written == "--help" {
            asksForHelp = true
            return
        }
        guard let flag = flags.first(where: { "--\($0.name)" == written }) else {
            throw unknownFlag(written, of: flags, verb: verb)
        }
        try take(flag, attached: attached)
    }

    /// `-l`, several as in `-lr`, and a value after the last as in `-ojson` or `-fFILE`.
    private mutating func takeLetters(
        _ argument: [UInt8],
        of flags: [Flag],
        verb: Verb?
    ) throws(Failure) {
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = flags.first(where: { $0.letter?.asciiValue == letter }) else {
                throw letters.count + 2 == argument.count
                    ? unknownFlag(text(argument), of: flags, verb: verb)
                    : .usage(
                        "unknown flag '-\(text([letter]))' in '\(text(argument))'",
                        hint: hint(text(argument), of: flags, verb: verb)
                    )
            }
            if flag.name == "help" {
                asksForHelp = true
            } else if flag.value == .none || letters.isEmpty {
                try take(flag, attached: nil)
            } else {
                let value = letters.first == UInt8(ascii: "=") ? letters.dropFirst() : letters
                return try take(flag, attached: Array(value))
            }
        }
    }

    private mutating func take(_ flag: Flag, attached: [UInt8]?) throws(Failure) {
        if flag.repetition == .once, settings.contains(where: { $0.name == flag.name }) {
            throw .usage("--\(flag.name) is given twice", hint: "write it once")
        }
        settings.append((flag.name, try takeValue(of: flag, attached: attached)))
    }

    private func unknownFlag(_ written: String, of flags: [Flag], verb: Verb?) -> Failure {
        .usage(
            "unknown flag '\(written)'" + (verb.map { " for '\($0.name)'" } ?? ""),
            hint: hint(written, of: flags, verb: verb)
        )
    }

    /// What to write instead of a flag that does not exist.
    private func hint(_ written: String, of flags: [Flag], verb: Verb?) -> String {
        let name = String(written.drop { $0 == "-" })
        if let near = Spelling.near(name, among: flags.map(\.name)).first {
            return "did you mean '--\(near)'?"
        }
        guard let verb else { return "see 'roost help'" }
        let isOperand = !verb.operands.isEmpty && !written.hasPrefix("--")
        return "see 'roost help \(verb.name)'"
            + (isOperand ? "; what begins with - and is no flag goes after --" : "")
    }

    private mutating func takeValue(of flag: Flag, attached: [UInt8]?) throws(Failure)
        -> [UInt8]?
    {
        switch flag.value {
        case .none:
            guard attached == nil else {
                throw .usage("--\(flag.name) takes no value", hint: "write it alone")
            }
            return nil
        case .required(let placeholder):
            if let attached { return attached }
            guard let next = rest.popFirst(), !isFlag(next), next != [Self.dash, Self.dash] else {
                throw .usage(
                    "--\(flag.name) needs a value",
                    hint: "write --\(flag.name) \(placeholder), or --\(flag.name)=\(placeholder)"
                )
            }
            return next
        case .optionalDuration:
            if let attached { return attached }
            guard let next = rest.first, TimeSpan(parsing: next) != nil else {
                return nil
            }
            rest = rest.dropFirst()
            return next
        }
    }

    private func check(_ verb: Verb, tail: [[UInt8]]) throws(Failure) {
        var count = operands.count
        for operand in verb.operands {
            switch operand.count {
            case .one, .atLeastOne:
                let isReplaced = settings.contains { operand.alternatives.contains($0.name) }
                guard count > 0 || isReplaced else {
                    throw .usage("'\(verb.name)' needs \(operand.name)", hint: verb.usage)
                }
                count = operand.count == .one ? max(count, 1) - 1 : 0
            case .atMostOne: count -= min(count, 1)
            case .any: count = 0
            }
        }
        guard count == 0 else {
            let extra = text(operands[operands.count - count])
            throw .usage(
                "'\(verb.name)' does not take '\(extra)'",
                hint: verb.tail == .none
                    ? verb.usage : "the command to run goes after --: \(verb.usage)"
            )
        }
        let needsCommand =
            switch verb.tail {
            case .command: true
            case .commandUnless(let flags): !settings.contains { flags.contains($0.name) }
            case .none, .optionalCommand: false
            }
        guard !needsCommand || !tail.isEmpty else {
            throw .usage("'\(verb.name)' needs a command to run", hint: verb.usage)
        }
    }

    private func text(_ argument: [UInt8]) -> String { String(decoding: argument, as: UTF8.self) }
}
