/// One command of the command line: everything that parsing, help and completion need to know.
package struct Verb: Sendable {
    /// Something named by its place.
    package struct Operand: Hashable, Sendable {
        /// How many arguments it takes.
        package enum Count: Hashable, Sendable { case one, atMostOne, any, atLeastOne }

        package let name: String
        package let count: Count
        /// Flags of which one may stand in its place.
        package let alternatives: [String]

        package init(name: String, count: Count, alternatives: [String] = []) {
            self.name = name
            self.count = count
            self.alternatives = alternatives
        }
    }

    /// Whether a command to run follows `--`.
    package enum Tail: Hashable, Sendable {
        case none, command, optionalCommand
        /// One has to, unless one of these flags is given.
        case commandUnless([String])
    }

    /// Whether it asks a service, and so takes `--endpoints` and its like.
    package enum Reach: Hashable, Sendable { case service, machine }

    /// What it does that some of the common flags are about.
    package enum Manner: Hashable, Sendable {
        /// Heeds the fences of ROOST_FENCE: `--no-fence`.
        case fences
        /// Says more than results and complaints: `--quiet`.
        case remarks
    }

    /// An example that runs as it stands against a member alone.
    package struct Example: Hashable, Sendable {
        package let command: String
        package let effect: String
    }

    /// The words that select it: `["put"]`, `["lease", "grant"]`.
    package let words: [String]
    package let reach: Reach
    package let manners: Set<Manner>
    package let summary: String
    /// What the summary leaves out, in whole sentences; may be empty.
    package let explanation: String
    package let operands: [Operand]
    package let flags: [Flag]
    package let tail: Tail
    package let examples: [Example]

    package init(
        _ words: String...,
        reach: Reach = .service,
        manners: Set<Manner> = [],
        summary: String,
        explanation: String = "",
        operands: [Operand] = [],
        flags: [Flag] = [],
        tail: Tail = .none,
        examples: [Example]
    ) {
        self.words = words
        self.reach = reach
        self.manners = manners
        self.summary = summary
        self.explanation = explanation
        self.operands = operands
        self.flags = flags
        self.tail = tail
        self.examples = examples
    }

    package var name: String { words.joined(separator: " ") }

    /// The one line that shows how it is written.
    package var usage: String {
        var parts = ["roost", name]
        parts += flags.isEmpty && reach == .machine ? [] : ["[FLAGS]"]
        parts += operands.map { operand in
            switch operand.count {
            case .one: operand.name
            case .atMostOne: "[\(operand.name)]"
            case .any: "[\(operand.name)...]"
            case .atLeastOne: "\(operand.name)..."
            }
        }
        switch tail {
        case .none: break
        case .command: parts.append("-- CMD [ARGUMENT...]")
        case .optionalCommand, .commandUnless: parts.append("[-- CMD [ARGUMENT...]]")
        }
        return parts.joined(separator: " ")
    }
}
