/// What a shell asks the service for when it completes a word.
enum LiveCandidates: String, Hashable, Sendable {
    case keys, locks, elections, members, services, queues

    /// What an operand names; nil for what no service knows.
    init?(_ operand: Verb.Operand, of verb: Verb) {
        switch (operand.name, verb.words.first ?? "") {
        case ("KEY", _), ("PATH", _), ("FROM", _), ("TO", "cp"), ("TO", "mv"): self = .keys
        case ("NAME", "lock"), ("NAME", "unlock"), ("NAME", "locks"), ("NAME", "guard"):
            self = .locks
        case ("NAME", "elect"): self = .elections
        case ("NAME", "queue"): self = .queues
        case ("NAME", "register"), ("NAME", "services"), ("NAME", "resolve"): self = .services
        case ("NAME", "member"), ("OLD", "member"), ("TO", "leader"): self = .members
        case ("NAME", "explain"): self = verb.words.last == "lock" ? .locks : .members
        default: return nil
        }
    }
}
