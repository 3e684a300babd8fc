internal import Bytes
internal import Keyspace
internal import Platform
internal import Server
internal import Wire

/// `roost recover`: the majority is lost for good, and one member's directory is left.
enum RecoverCommand {
    static let command = Subcommand(
        Verb(
            "recover",
            reach: .machine,
            summary: "make a cluster of one of a member's data directory",
            explanation: """
                For the loss of a majority without a backup that is newer. DIR is the data directory \
                of the member whose log is longest ('roost wal verify' shows it); no member uses it. \
                Everything in its log is carried out, also what no majority had; what only the lost \
                members had is gone. The new cluster has another id, so that none of the old members \
                joins it. The old directory is kept as DIR.before-recovery. Asks before it changes \
                anything. Exit code 65 when the directory is damaged.
                """,
            operands: [Verb.Operand(name: "DIR", count: .one)],
            flags: [
                Flag("force-new-cluster", "this is what is wanted"),
                Flag("yes", "do not ask"),
                RestoreCommand.raiseFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost recover n1.roost --force-new-cluster",
                    effect: "says what may be lost, and asks"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard invocation.has("force-new-cluster") else {
            throw .usage(
                "recover makes a new cluster of what one member has",
                hint: "add --force-new-cluster if the majority is lost for good"
            )
        }
        let raise = try invocation.number("raise") ?? Keyspace.raiseDefault
        let rescue: Rescue
        do throws(Rescue.Refusal) { rescue = try Rescue(invocation.operand(0) ?? "") } catch {
            guard case .unusable(let why, isDamage: true) = error else { throw failure(error) }
            console.complain(.local(why))
            return .damaged
        }
        for line in warning(rescue) { Console.note(line) }
        if !invocation.has("yes") { try askToGoOn(with: rescue.name) }
        let report: Rescue.Report
        do throws(Rescue.Refusal) { report = try rescue.carryOut(raise: raise) } catch {
            throw failure(error)
        }
        try show(report, name: rescue.name, on: console)
        return .done
    }

    /// What is there, and what may not be.
    private static func warning(_ rescue: Rescue) -> [String] {
        var time: [UInt8] = []
        if rescue.lastTimeMilliseconds > 0 {
            time.append(unixMilliseconds: rescue.lastTimeMilliseconds)
        }
        let moment = time.isEmpty ? "" : " of \(String(decoding: time, as: UTF8.self))"
        let cluster = String(decoding: Hexadecimal.encode(rescue.cluster), as: UTF8.self)
        let others = rescue.others.map { "\($0.name) at \($0.peerAddress)" }
        return [
            "member \(rescue.name) of cluster \(cluster): \(rescue.keyCount) keys at revision "
                + "\(rescue.revision), the log's last entry is \(rescue.lastIndex) of term "
                + "\(rescue.lastTerm)\(moment)",
            "lost for good is what only the others have: every write that a majority without this "
                + "member has acknowledged after that entry. Kept is all of its log, also what was "
                + "never acknowledged",
            others.isEmpty
                ? "it knows of no other member"
                : "these belong to the cluster, and must not run any more: "
                    + others.joined(separator: ", "),
        ]
    }

    /// Lets somebody at a terminal say that it is wanted.
    private static func askToGoOn(with name: String) throws(Failure) {
        guard StandardStream.input.isTerminal else {
            throw .usage("nobody can be asked", hint: "add --yes")
        }
        StandardStream.error.print(
            "type the member's name, \(TerminalText.prose(name)), to go on: "
        )
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1_024)
        while !line.contains(UInt8(ascii: "\n")), line.count < 1_024 {
            guard case .bytes(let count) = StandardStream.input.read(into: &buffer) else { break }
            line += buffer[..<count]
        }
        guard line.prefix(while: { $0 != UInt8(ascii: "\n") }).elementsEqual(name.utf8) else {
            throw .local("nothing was changed")
        }
    }

    private static func failure(_ refusal: Rescue.Refusal) -> Failure {
        switch refusal {
        case .locked:
            .local("the data directory is in use: its member runs, and need not be recovered")
        case .unreadable(let error): .local("the data directory cannot be read: \(error)")
        case .unusable(let why, _): .local(why)
        case .numbers(let refusal):
            .usage(RestoreCommand.explanation(refusal), hint: "give another --raise")
        case .unwritable(let refusal):
            .local("nothing was changed: \(RestoreCommand.explanation(refusal))")
        case .notSwapped(let made, let error):
            .local(
                "the new directory could not take the old one's place (\(error)); it is whole: start "
                    + "the member with --data-dir \(made)"
            )
        }
    }

    private static func show(
        _ report: Rescue.Report,
        name: String,
        on console: Console
    ) throws(Failure) {
        let cluster = String(decoding: Hexadecimal.encode(report.cluster), as: UTF8.self)
        try console.line(
            "a cluster of one, \(cluster), goes on at revision \(report.revision); the old directory "
                + "is \(report.kept)"
        )
        try console.line(
            "roost serve --name \(name) --data-dir \(report.directory) --peer-listen "
                + report.peerAddress
        )
    }
}
