internal import Platform
internal import Wire

/// `roost audit`: what clients did, from the audit logs of all members.
enum AuditCommand {
    static let command = Subcommand(
        Verb(
            "audit",
            reach: .machine,
            summary: "show what clients did, from members' audit logs",
            explanation: """
                FILE is what a member wrote with --audit-log, or an older one of it (FILE.1 and so \
                on). The lines of all files are shown in the order of their times: when, member, \
                principal, address, call, key or name, revision, outcome. With --output json they \
                are shown as they stand in the files. What is no line of an audit log is left out \
                and told.
                """,
            operands: [Verb.Operand(name: "FILE", count: .atLeastOne)],
            flags: [
                Flag("since", value: .required("DURATION"), "nothing older than that, as 1h or 2d"),
                Flag("user", value: .required("NAME"), "only what this principal did"),
                Flag("path", value: .required("PATH"), "only keys and names that begin so"),
                Service.outputFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost audit n1.audit n2.audit n3.audit --since 1h --path /app",
                    effect: "who touched what lies below /app in the last hour, on any member"
                )
            ]
        ),
        run: run
    )

    private static func run(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        var selection = AuditLine.Selection()
        if let span = try invocation.duration("since") {
            let now = Clock.wallMilliseconds()
            selection.since = PointInTime(unixMilliseconds: now > span ? now - span : 0)
        }
        selection.principal = invocation.bytes("user")
        selection.path = invocation.bytes("path")
        var files: [AuditFile] = []
        for operand in invocation.operands {
            let path = String(decoding: operand, as: UTF8.self)
            do throws(SystemError) {
                files.append(try AuditFile(path, selection: selection))
            } catch { throw unreadable(path, because: error) }
        }
        try merge(files, on: console)
        for file in files {
            guard file.isAuditLog else { throw .local("\(file.path) is no audit log") }
            guard let strays = file.strays else { continue }
            console.remark(
                "\(file.path): \(strays.count) lines are none of an audit log, the first of them line \(strays.firstLine)"
            )
        }
        return .done
    }

    /// Shows all lines, the oldest of those that are next each time.
    ///
    /// - Complexity: O(lines * files)
    private static func merge(_ files: [AuditFile], on console: Console) throws(Failure) {
        while true {
            var oldest: (file: AuditFile, line: AuditLine)?
            for file in files {
                guard let line = file.next else { continue }
                if let known = oldest, known.line.time <= line.time { continue }
                oldest = (file, line)
            }
            guard let (file, line) = oldest else { return }
            switch console.format {
            case .text: try console.write(Array("\(line.row)\n".utf8))
            case .json: try console.document(line.text)
            }
            do throws(SystemError) { try file.advance() } catch {
                throw unreadable(file.path, because: error)
            }
        }
    }

    private static func unreadable(_ path: String, because error: SystemError) -> Failure {
        .local("\(path) can't be read: \(error)")
    }
}
