import Consensus

/// One line of a script: what happens to the cluster next. `Docs/testing.md` names the words.
enum ScriptStep: Hashable, Sendable {
    /// Who founds the cluster; everybody votes.
    case cluster([MemberID])
    case start([MemberID], Beginning)
    /// The process ends; what was not written and what is on the way to or from it is lost.
    case crash(MemberID)
    case restart(MemberID, Finding)
    /// The clock goes on to what a member that does not lead has due next.
    case timeout(MemberID)
    /// The clock goes on to what a leader has due next.
    case heartbeat(MemberID)
    /// Everything that is on its way arrives and everything pending is written, until all is quiet.
    case settle
    /// Like `settle` while time passes.
    case run(Span)
    case deliver(Route, Amount)
    case drop(Route)
    /// A message that was delivered on this way comes once more, counted from the last as 1.
    case again(Route, UInt64)
    case cut(MemberID)
    case mend(MemberID)
    /// Nil for everybody.
    case persist(MemberID?, Amount)
    case propose(MemberID, [String])
    case change(MemberID, voters: [MemberID], learners: [MemberID])
    case read(MemberID, UInt64)
    case transfer(from: MemberID, to: MemberID)
    case stall(MemberID)
    /// A new link stands between two members; what was on the old one is lost.
    case reconnect(MemberID, MemberID)
    /// A member learns that the process of another one is gone.
    case broken(at: MemberID, to: MemberID)
    case snapshot(MemberID, through: UInt64)
    /// Nobody named: everybody.
    case show([MemberID])

    /// What a member's disk holds when its first process starts.
    struct Beginning: Hashable, Sendable {
        var term: UInt64 = 0
        var votedFor: MemberID?
        /// The terms of the entries from index 1 on.
        var log: [UInt64] = []
    }

    /// What a process finds of its log.
    enum Finding: Hashable, Sendable { case log, nothing }

    enum Amount: Hashable, Sendable { case first, all }

    enum Span: Hashable, Sendable {
        case milliseconds(UInt64)
        /// Up to the moment at which the member has something due, which it does not do yet.
        case until(MemberID)
    }

    /// Which messages are meant; nil for everybody.
    struct Route: Hashable, Sendable {
        var from: MemberID?
        var to: MemberID?

        func takes(_ message: Message) -> Bool {
            (from ?? message.from) == message.from && (to ?? message.to) == message.to
        }
    }

    /// Whether only what members become is told, not how.
    var isSummary: Bool {
        switch self {
        case .settle, .run: true
        default: false
        }
    }
}

/// Why a script means nothing, or can't go on.
struct ScriptRefusal: Error, Hashable { let text: String }

extension ScriptStep {
    /// Reads one line; nothing on it is left over.
    init(_ line: String) throws(ScriptRefusal) {
        var words = StepWords(line)
        self = try words.step()
        try words.end()
    }
}

/// The words of one line, taken from the left.
private struct StepWords {
    private var words: ArraySlice<Substring>

    init(_ line: String) { words = line.split(separator: " ")[...] }

    mutating func step() throws(ScriptRefusal) -> ScriptStep {
        let verb = try word("a step")
        switch verb {
        case "cluster": return .cluster(try members())
        case "start": return .start(try members(), try beginning())
        case "crash": return .crash(try member())
        case "restart": return .restart(try member(), try finding())
        case "timeout": return .timeout(try member())
        case "heartbeat": return .heartbeat(try member())
        case "settle": return .settle
        case "run": return .run(try span())
        case "deliver": return .deliver(try route(), amount())
        case "drop": return .drop(try route())
        case "again": return .again(try route(), words.isEmpty ? 1 : try number())
        case "cut": return .cut(try member())
        case "mend": return .mend(try member())
        case "persist": return .persist(try memberOrAll(), amount())
        case "propose": return .propose(try member(), try commands())
        case "change": return try change()
        case "read": return .read(try member(), try number())
        case "stall": return .stall(try member())
        case "reconnect": return .reconnect(try member(), try member())
        case "snapshot": return .snapshot(try member(), through: try number())
        case "show": return .show(takes("all") ? [] : try members())
        case "transfer":
            let (from, to) = try pair()
            return .transfer(from: from, to: to)
        case "break":
            let (at, to) = try pair()
            return .broken(at: at, to: to)
        default: throw ScriptRefusal(text: "there is no step \"\(verb)\"")
        }
    }

    func end() throws(ScriptRefusal) {
        guard let word = words.first else { return }
        throw ScriptRefusal(text: "\"\(word)\" means nothing here")
    }

    private mutating func word(_ wanted: String) throws(ScriptRefusal) -> Substring {
        guard let word = words.popFirst() else {
            throw ScriptRefusal(text: "the line ends where \(wanted) should stand")
        }
        return word
    }

    private mutating func takes(_ expected: String) -> Bool {
        guard let first = words.first, first == expected else { return false }
        words.removeFirst()
        return true
    }

    private mutating func number() throws(ScriptRefusal) -> UInt64 {
        let word = try word("a number")
        guard let number = UInt64(word), number < 1_000_000 else {
            throw ScriptRefusal(text: "\"\(word)\" is no number below a million")
        }
        return number
    }

    private mutating func member() throws(ScriptRefusal) -> MemberID {
        let word = try word("a member")
        guard let id = Self.member(word) else {
            throw ScriptRefusal(text: "\"\(word)\" is no member, which are n1 to n64")
        }
        return id
    }

    private static func member(_ word: Substring) -> MemberID? {
        guard word.first == "n", let number = UInt64(word.dropFirst()), 1...64 ~= number else {
            return nil
        }
        return MemberID(rawValue: number)
    }

    private mutating func members() throws(ScriptRefusal) -> [MemberID] {
        var members = [try member()]
        while let next = words.first.flatMap(Self.member) {
            members.append(next)
            words.removeFirst()
        }
        return members
    }

    private mutating func memberOrAll() throws(ScriptRefusal) -> MemberID? {
        takes("all") ? nil : try member()
    }

    private mutating func pair() throws(ScriptRefusal) -> (MemberID, MemberID) {
        let first = try member()
        guard takes("->") else { throw ScriptRefusal(text: "\"->\" should stand after a member") }
        return (first, try member())
    }

    private mutating func route() throws(ScriptRefusal) -> ScriptStep.Route {
        if words.first == "all", words.dropFirst().first != "->" {
            words.removeFirst()
            return ScriptStep.Route()
        }
        let from = try memberOrAll()
        guard takes("->") else { throw ScriptRefusal(text: "a way is written \"n1 -> n2\"") }
        return ScriptStep.Route(from: from, to: try memberOrAll())
    }

    private mutating func amount() -> ScriptStep.Amount { takes("first") ? .first : .all }

    private mutating func beginning() throws(ScriptRefusal) -> ScriptStep.Beginning {
        var beginning = ScriptStep.Beginning()
        if takes("term") { beginning.term = try number() }
        if takes("vote") { beginning.votedFor = try member() }
        guard takes("log") else { return beginning }
        repeat { beginning.log.append(try number()) } while !words.isEmpty
        guard beginning.log == beginning.log.sorted(), beginning.log.last ?? 0 <= beginning.term,
            beginning.log.first != 0
        else { throw ScriptRefusal(text: "the terms of a log rise from 1 to at most the term") }
        return beginning
    }

    private mutating func finding() throws(ScriptRefusal) -> ScriptStep.Finding {
        guard takes("without") else { return .log }
        guard takes("log") else { throw ScriptRefusal(text: "only a log can be missing") }
        return .nothing
    }

    private mutating func span() throws(ScriptRefusal) -> ScriptStep.Span {
        if takes("until") { return .until(try member()) }
        let word = try word("a time")
        guard word.hasSuffix("ms"), let count = UInt64(word.dropLast(2)), count < 1_000_000 else {
            throw ScriptRefusal(text: "\"\(word)\" is no time, which is written 300ms")
        }
        return .milliseconds(count)
    }

    private mutating func commands() throws(ScriptRefusal) -> [String] {
        var commands = [String(try word("a command"))]
        while let next = words.popFirst() { commands.append(String(next)) }
        return commands
    }

    private mutating func change() throws(ScriptRefusal) -> ScriptStep {
        let leader = try member()
        guard takes("voters") else {
            throw ScriptRefusal(text: "a change names its voters: change n1 voters n1 n2")
        }
        let voters = try members()
        return .change(leader, voters: voters, learners: takes("learners") ? try members() : [])
    }
}
