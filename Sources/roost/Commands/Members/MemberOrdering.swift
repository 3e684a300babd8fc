internal import Bytes
internal import RoostClient
internal import Wire

/// One order about a member from the command line: given, told, and waited for where that is asked.
struct MemberOrdering {
    private let service: Service
    private let console: Console
    private let waits: Bool
    private let isForced: Bool
    /// The number of the change that is taken back, of several about the name.
    private let change: String?
    /// The member that is spoken of.
    private let name: String
    /// Whether the number of voters changes by it.
    private let isOfVoters: Bool

    init(
        _ invocation: Invocation,
        on console: Console,
        about name: [UInt8],
        isOfVoters: Bool
    ) throws(Failure) {
        for operand in invocation.operands where !operand.span.isValidUTF8 {
            throw .usage("a name or an address is not UTF-8", hint: "write it in UTF-8")
        }
        service = try Service(invocation)
        self.console = console
        waits = invocation.has("wait")
        isForced = invocation.has("force")
        change = invocation.text("change")
        if let change, Array(change.utf8).decimalValue == nil {
            throw .usage(
                "--change: '\(change)' is no number",
                hint: "'roost member list' tells the numbers"
            )
        }
        self.name = TerminalText.word(name)
        self.isOfVoters = isOfVoters
    }

    /// Gives the order.
    ///
    /// - Parameters:
    ///   - words: what the member is to do, and what it does once the order is carried out.
    ///   - withdrawn: what is said where no order stands after the answer.
    ///   - goal: what is waited for, from the id of the member that the order is about; nil where
    ///     there is nothing to wait for.
    func carryOut(
        _ method: Wire.Method,
        path: [UInt8],
        body: [UInt8] = [],
        words: (begun: String, done: String),
        withdrawn: String? = nil,
        goal: ([UInt8]?) -> MemberOrderWait.Goal?
    ) throws(Failure) -> ExitCode {
        let reply = try service.write(method, path: path, body: body) { call in
            if isForced { call.add("force") }
            if let change { call.add("change", value: change) }
        }
        guard let json = reply.json else { throw .answer(reply) }
        let number = json["change"]?["number"]?.whole
        if console.format == .json {
            try console.document(reply.body)
        } else if let number {
            try console.confirm("\(name) \(words.begun) (order \(number))")
            // As it stands, for a shell.
            if let command = json["command"] { try console.line(command.plainText) }
            if isOfVoters { remarkOnVoters(after: number) }
        } else {
            // Between two sendings it was carried out, dropped or withdrawn: the list tells.
            let unknown = "has no order any more, carried out or not; see 'roost member list'"
            try console.confirm("\(name) \(withdrawn ?? unknown)")
        }
        guard waits, let number, let goal = goal(json["change"]?["member"]?.string) else {
            return .done
        }
        try MemberOrderWait(number: number, goal: goal, name: name).run(service, console: console)
        if console.format == .text { try console.confirm("\(name) \(words.done)") }
        return .done
    }

    /// Tells of an even number of voters, which bears no more losses than one fewer.
    private func remarkOnVoters(after number: UInt64) {
        guard console.voice != .quiet else { return }
        do throws(Failure) {
            let roll = try MemberRoll(service)
            let count = roll.voterCountAhead
            guard roll.hasSeen(number), count > 0, count.isMultiple(of: 2) else { return }
            let losses = (count - 1) / 2
            console.remark(
                "\(count) voters will bear the loss of \(losses == 0 ? "none" : "\(losses)"), as "
                    + "\(count - 1) would; an odd number is better"
            )
        } catch { return }
    }
}
