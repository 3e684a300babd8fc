/// Every command of roost, in the order of help.
package enum CommandTable {
    package static let all: [Subcommand] = [
        ServeCommand.command,
        PutCommand.command, GetCommand.command, ListCommand.command, TreeCommand.command,
        HistoryCommand.command, DiffCommand.command, UndoCommand.command, BlameCommand.command,
        CopyCommand.copy, CopyCommand.move, EditCommand.command, ExportCommand.command,
        ImportCommand.command, EnvironmentCommand.command, SyncCommand.command,
        RemoveCommand.command, ApplyCommand.command, CompareAndSwapCommand.command,
        TransactionCommand.command,
        WatchCommand.command,
        LeaseCommand.grant, LeaseCommand.keepalive, LeaseCommand.show, LeaseCommand.list,
        LeaseCommand.revoke,
        LockCommand.command, UnlockCommand.command, ElectCommand.command, LocksCommand.command,
        GuardCommand.command, CounterCommand.command,
        QueueCommand.push, QueueTakeCommand.take, QueueTakeCommand.acknowledge,
        QueueTakeCommand.giveUp, QueueTakeCommand.extend, QueueCommand.peek, QueueCommand.length,
        QueueRunCommand.command, BarrierCommand.command,
        RegisterCommand.command, ServicesCommand.list, ServicesCommand.resolve,
        StatusCommand.command, ReadyCommand.command, DoctorCommand.command, TopCommand.command,
        AuditCommand.command,
        ExplainCommand.leader, ExplainCommand.write, ExplainCommand.lock, ExplainCommand.loss,
        MemberCommand.list, MemberCommand.add, MemberCommand.replace, MemberCommand.remove,
        MemberCommand.update, MemberCommand.demote, MemberCommand.promote,
        LeaderCommand.transfer,
        UserCommand.list, UserCommand.show, UserCommand.add, UserCommand.passwd, UserCommand.grant,
        UserCommand.revoke, UserCommand.remove,
        RoleCommand.list, RoleCommand.show, RoleCommand.add, RoleCommand.allow, RoleCommand.deny,
        RoleCommand.remove,
        AuthCommand.enable, AuthCommand.disable, AuthCommand.status, AuthCommand.can,
        AuthCommand.keys, AuthCommand.rotateKeys, AuthCommand.retireKey,
        LoginCommand.login, LoginCommand.logout, LoginCommand.whoami,
        SettingsCommand.command, QuotaCommand.command, CompactCommand.command,
        SnapshotCommand.save, SnapshotCommand.verify, SnapshotCommand.show, RestoreCommand.command,
        RecoverCommand.command,
        CertsCommand.initialize, CertsCommand.issueMember, CertsCommand.issueClient,
        CertsCommand.show, CertsCommand.renew, CertsCommand.revoke,
        WALCommand.dump, WALCommand.verify, SimulateCommand.command, BenchCommand.command,
        CompletionsCommand.command, VersionCommand.command, HelpCommand.command,
    ]

    package static let verbs = all.map(\.verb)

    /// Reads a command line; does nothing yet.
    package static func parse(_ arguments: [[UInt8]]) throws(Failure) -> ArgumentParser.Request {
        try ArgumentParser(
            verbs: verbs,
            common: Service.flags,
            universal: Service.universalFlags
        ).parse(arguments)
    }

    /// What `roost help` says of a verb.
    package static func help(for verb: Verb) -> String { HelpCommand.page(verb) }

    /// The command that an invocation names.
    package static func command(for verb: Verb) -> Subcommand? {
        all.first { $0.verb.words == verb.words }
    }
}
