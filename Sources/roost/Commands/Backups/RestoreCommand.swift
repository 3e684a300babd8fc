internal import Bytes
internal import Keyspace
internal import Server
internal import Storage
internal import Wire

/// `roost snapshot restore`: a backup becomes the beginning of a new cluster, on each of its members
/// by itself.
enum RestoreCommand {
    static let raiseFlag = Flag(
        "raise",
        value: .required("NUMBER"),
        "added to the revision; more than the log has grown since (\(Keyspace.raiseDefault))"
    )

    static let command = Subcommand(
        Verb(
            "snapshot",
            "restore",
            reach: .machine,
            summary: "make the data directory of a new cluster's member",
            explanation: """
                Run it once for each founding member, with the same FILE, --cluster and --raise; the \
                members then find each other. Every byte of FILE is checked before anything is \
                written: exit code 65 when it is damaged. Revisions go on above those that the old \
                cluster told, history begins there, and leases, locks and leadership have their whole \
                time to live. Members of the old cluster cannot join.
                """,
            operands: [Verb.Operand(name: "FILE", count: .one)],
            flags: [
                Flag("data-dir", value: .required("DIRECTORY"), "empty, or made (./NAME.roost)"),
                Flag(
                    "name",
                    value: .required("NAME"),
                    "this member in --cluster (\(Configuration().name))"
                ),
                Flag(
                    "cluster",
                    value: .required("LIST"),
                    "NAME=HOST:PORT,... of every founding member (this one alone)"
                ),
                Flag(
                    "peer-listen",
                    value: .required("HOST:PORT"),
                    "where members find one that is alone (\(Configuration().peerListen))"
                ),
                raiseFlag,
                Service.outputFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost snapshot restore roost.backup --data-dir restored.roost",
                    effect: "revision, keys, leases, locks, and how to start the member"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let raise = try invocation.number("raise") ?? Keyspace.raiseDefault
        let restoration = try restoration(invocation)
        guard let file = try SnapshotCommand.load(invocation, complainingOn: console) else {
            return .damaged
        }
        var state = file.keyspace
        let before = state.store.revision
        do throws(RestoreRefusal) { try state.restore(raisedBy: raise) } catch {
            throw .usage(explanation(error), hint: "give another --raise")
        }
        let report: Restoration.Report
        do throws(DirectoryDraft.Refusal) {
            report = try restoration.carryOut(state, backup: file.digest, raise: raise)
        } catch { throw .local(explanation(error)) }
        try show(report, state: state, before: before, on: console)
        return .done
    }

    private static func restoration(_ invocation: Invocation) throws(Failure) -> Restoration {
        let own = ["raise", "output"]
        let flags = invocation.valuedFlags.filter { !own.contains($0.name) }
        do throws(ConfigurationError) {
            return try Restoration(Configuration(flags: flags))
        } catch { throw .usage("\(error)", hint: "see 'roost help snapshot restore'") }
    }

    static func explanation(_ refusal: RestoreRefusal) -> String {
        switch refusal {
        case .raiseOutOfRange(let raise):
            "--raise \(raise) is not between \(Keyspace.raiseRange.lowerBound) and "
                + "\(Keyspace.raiseRange.upperBound)"
        case .beyondNumbers(let highest, let raise):
            "\(raise) more than \(highest) is above every revision that there may be"
        }
    }

    static func explanation(_ refusal: DirectoryDraft.Refusal) -> String {
        switch refusal {
        case .locked: "the data directory is in use by another process"
        case .occupied(let file):
            "the data directory is not empty, \(file) is in it, and nothing in it was changed; name an "
                + "empty one, or one that does not exist yet, with --data-dir"
        case .failed(let file, let error):
            "cannot write \(file): \(error); once that is mended, run the same again"
        }
    }
}

extension RestoreCommand {
    private static func show(
        _ report: Restoration.Report,
        state: Keyspace,
        before: Revision,
        on console: Console
    ) throws(Failure) {
        let start =
            "roost serve --name \(report.name) --data-dir \(report.directory) "
            + "--peer-listen \(report.peerAddress)"
        let (revision, locks) = (state.store.revision, state.contenderCounts.holders)
        let cluster = Hexadecimal.encode(report.cluster)
        guard console.format == .json else {
            try console.line(
                "revision \(before.rawValue) goes on as \(revision.rawValue): "
                    + "\(state.store.keyCount) keys, \(state.leaseCount) leases, \(locks) held locks "
                    + "and elections, cluster \(String(decoding: cluster, as: UTF8.self))"
            )
            return try console.line(start)
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("cluster", string: cluster)
        json.member("member", string: Array(report.name.utf8))
        json.member("directory", string: Array(report.directory.utf8))
        json.member("revision_before", number: before.rawValue)
        json.member("revision", number: revision.rawValue)
        json.member("keys", number: UInt64(state.store.keyCount))
        json.member("leases", number: UInt64(state.leaseCount))
        json.member("holders", number: UInt64(locks))
        json.member("start", string: Array(start.utf8))
        json.endObject()
        try console.document(json.output)
    }
}
