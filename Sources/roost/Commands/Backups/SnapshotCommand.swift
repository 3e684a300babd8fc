internal import Backup
internal import Bytes
internal import Keyspace
internal import Platform
internal import RoostClient
internal import Wire

/// `roost snapshot`: backups of the whole state, made online, checked and looked into offline.
enum SnapshotCommand {
    static let save = Subcommand(
        Verb(
            "snapshot",
            "save",
            summary: "write a backup of everything into a file",
            explanation: """
                The backup is everything at one revision, made by the member that answers while it \
                serves on; with --member by that one, whose client address the cluster knows. It is \
                verified as it comes; FILE is complete and durable, or not there.
                """,
            operands: [Verb.Operand(name: "FILE", count: .one)],
            flags: [
                Flag("member", value: .required("NAME"), "have this member make it, and no other")
            ],
            examples: [
                Verb.Example(
                    command: "roost snapshot save roost.backup",
                    effect: "revision, keys, size and SHA-256 of what was written"
                ),
                Verb.Example(
                    command: "roost snapshot save roost.backup --member n3",
                    effect: "the same, made by n3: an observer, for example"
                ),
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        var draft = try BackupDraft.begin(path: invocation.operand(0) ?? "")
        do throws(Failure) {
            let client = try client(service, member: invocation.text("member"))
            try fetch(service, from: client, into: &draft)
            try draft.finish()
        } catch {
            draft.abandon()
            throw error
        }
        guard let header = draft.header, let digest = draft.digest else { return .failed }
        try show(
            Summary(header: header, digest: digest, byteCount: draft.byteCount),
            on: console
        )
        return .done
    }

    static let verify = Subcommand(
        Verb(
            "snapshot",
            "verify",
            reach: .machine,
            summary: "check every byte of a backup",
            explanation: """
                Tells what the backup is of. Exit code 65 when a byte is not what was written, or \
                the file is not whole.
                """,
            operands: [Verb.Operand(name: "FILE", count: .one)],
            flags: [Service.outputFlag],
            examples: [
                Verb.Example(
                    command: "roost snapshot verify roost.backup",
                    effect: "revision, keys, size and SHA-256, or what is damaged"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard let file = try load(invocation, complainingOn: console) else { return .damaged }
        try show(
            Summary(header: file.header, digest: file.digest, byteCount: file.byteCount),
            on: console
        )
        return .done
    }

    static let show = Subcommand(
        Verb(
            "snapshot",
            "show",
            reach: .machine,
            summary: "list the keys of a backup, or print one",
            explanation: """
                Without KEY a line for each key, as roost ls prints them; with KEY its value, byte \
                for byte. Checks every byte first: exit code 65 when the backup is damaged, 3 when \
                it has no such key.
                """,
            operands: [
                Verb.Operand(name: "FILE", count: .one),
                Verb.Operand(name: "KEY", count: .atMostOne),
            ],
            flags: [KeyNotation.flag],
            examples: [
                Verb.Example(
                    command: "roost snapshot show roost.backup /app/port",
                    effect: "the value that the key had when the backup was made"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let notation = KeyNotation(invocation)
        guard let file = try load(invocation, complainingOn: console) else { return .damaged }
        guard let operand = invocation.operands.dropFirst().first else {
            try list(file.keyspace, notation: notation, on: console)
            return .done
        }
        let key = try notation.key(operand)
        guard let record = (try? Key(bytes: key)).flatMap({ file.keyspace.store.get($0) }) else {
            throw .missing("the backup has no key \(notation.word(key))")
        }
        try console.write(record.value)
        return .done
    }

    /// Who asks whichever member answers, or the one that is named.
    private static func client(
        _ service: Service,
        member name: String?
    ) throws(Failure) -> Client {
        guard let name else { return service.client }
        let client = Client(endpoints: [try MemberRoll(service).clientAddress(of: name)])
        client.witness = service.client.witness
        return client
    }

    private static func fetch(
        _ service: Service,
        from client: Client,
        into draft: inout BackupDraft
    ) throws(Failure) {
        let download: Download
        do throws(SubscriptionError) {
            download = try Download(
                .read(Array("/v1/snapshot".utf8)),
                of: client,
                timeoutMilliseconds: service.timeoutMilliseconds
            )
        } catch {
            switch error {
            case .client(let error): throw .client(error)
            case .rejected(let reply): throw .answer(reply)
            }
        }
        while true {
            let bytes: [UInt8]?
            do throws(LinkError) { bytes = try download.next() } catch {
                throw .local("\(download.endpoint) broke off: \(error.why); try again")
            }
            guard let bytes else { return }
            try draft.append(bytes)
        }
    }

    /// Nil after it complained of damage.
    static func load(
        _ invocation: Invocation,
        complainingOn console: Console
    ) throws(Failure) -> BackupFile? {
        let path = invocation.operand(0) ?? ""
        do throws(BackupFileError) { return try BackupFile(path: path) } catch {
            switch error {
            case .unreadable(let error): throw .local("cannot read \(path): \(error)")
            case .damaged(let why):
                console.complain(.local("\(path) is no sound backup: \(why)"))
                return nil
            }
        }
    }

    private static func list(
        _ keyspace: Keyspace,
        notation: KeyNotation,
        on console: Console
    ) throws(Failure) {
        var after: Key?
        repeat {
            let listing: Listing
            do throws(ReadRefusal) {
                listing = try keyspace.store.list(.all, after: after, content: .keys)
            } catch { throw .local("the backup cannot be read: \(error)") }
            for item in listing.items where item.record != nil {
                try console.line(notation.word(item.key.bytes))
            }
            after = listing.next
        } while after != nil
    }

    /// What is said of a backup.
    private struct Summary {
        let header: BackupHeader
        let digest: [UInt8]
        let byteCount: Int

        var time: [UInt8]? {
            guard header.wallTimeMilliseconds > 0 else { return nil }
            var text: [UInt8] = []
            text.append(unixMilliseconds: header.wallTimeMilliseconds)
            return text
        }
    }

    private static func show(_ summary: Summary, on console: Console) throws(Failure) {
        let header = summary.header
        let digest = String(
            decoding: summary.digest.flatMap { Hexadecimal.encode(UInt64($0)).suffix(2) },
            as: UTF8.self
        )
        guard console.format == .json else {
            let time = summary.time.map { ", \(String(decoding: $0, as: UTF8.self))" } ?? ""
            try console.line(
                "revision \(header.revision)\(time): \(header.keyCount) keys, \(header.leaseCount) leases, "
                    + "\(summary.byteCount) bytes, SHA-256 \(digest)"
            )
            return
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("cluster", string: Hexadecimal.encode(header.cluster))
        json.member("revision", number: header.revision)
        json.member("compact_revision", number: header.compactRevision)
        json.member("index", number: header.index)
        if let time = summary.time { json.member("time", string: time) }
        json.member("keys", number: header.keyCount)
        json.member("leases", number: header.leaseCount)
        json.member("bytes", number: UInt64(summary.byteCount))
        json.member("sha256", string: Array(digest.utf8))
        json.endObject()
        try console.document(json.output)
    }
}
