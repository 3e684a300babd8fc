internal import Bytes
internal import Journal
internal import Platform
internal import Storage
internal import Wire

/// `roost wal dump` and `roost wal verify`: look into a data directory without its lock, change
/// nothing.
enum WALCommand {
    static let dump = Subcommand(
        Verb(
            "wal",
            "dump",
            reach: .machine,
            summary: "list every record of a member's log",
            explanation: """
                DIR is the member's data directory; the member may run. Payloads are not shown, \
                only their sizes. Parts that were cut off, or that nothing needs any more, are listed \
                too. Exit code 65 when the log is damaged.
                """,
            operands: [Verb.Operand(name: "DIR", count: .one)],
            flags: [Service.outputFlag],
            examples: [
                Verb.Example(
                    command: "roost wal dump default.roost",
                    effect: "one line a record: file, offset, kind, term, index"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let directory = try open(invocation)
        var listing = RecordListing(console)
        do throws(JournalError) {
            try LogListing.list(directory) { listing.add($0) }
        } catch { throw .local(DirectoryFault.refused(error).explanation) }
        try listing.finish()
        return try judge(directory, on: console) == nil ? .damaged : .done
    }

    static let verify = Subcommand(
        Verb(
            "wal",
            "verify",
            reach: .machine,
            summary: "check everything that a member's data directory holds",
            explanation: """
                DIR is the member's data directory; the member may run. Tells what a start would \
                find and put right, and changes nothing. Exit code 65, with file and offset and what to \
                do, when something that was durable is damaged or missing.
                """,
            operands: [Verb.Operand(name: "DIR", count: .one)],
            flags: [Service.outputFlag],
            examples: [
                Verb.Example(
                    command: "roost wal verify default.roost",
                    effect: "says that it is sound, or where it is not"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard let found = try judge(try open(invocation), on: console) else { return .damaged }
        try show(found, on: console)
        return .done
    }

    private static func open(_ invocation: Invocation) throws(Failure) -> DataDirectory {
        let path = invocation.operand(0) ?? ""
        do throws(SystemError) { return try DataDirectory(opening: path) } catch {
            throw .local("\(path) is no data directory that can be read: \(error)")
        }
    }

    /// What an opening finds; nil after it complained of damage.
    ///
    /// A member that runs changes the files meanwhile: damage counts when it is found every time.
    private static func judge(
        _ directory: DataDirectory,
        on console: Console
    ) throws(Failure) -> Inspection? {
        var fault: DirectoryFault?
        for _ in 0..<3 {
            do throws(JournalError) {
                let found = try Inspection(of: directory)
                guard let damage = found.damage else { return found }
                fault = .givenUp(damage)
            } catch { fault = .refused(error) }
        }
        guard let fault else { return nil }
        let complaint = Failure.local("\(fault.explanation); \(fault.advice)")
        if case .refused(.unreadable) = fault { throw complaint }
        console.complain(complaint)
        return nil
    }

    private static func show(_ found: Inspection, on console: Console) throws(Failure) {
        guard console.format == .json else {
            let entries =
                found.lastIndex < found.firstIndex
                ? "no entries" : "entries \(found.firstIndex) to \(found.lastIndex)"
            let snapshot = found.snapshot.map { "; \($0.name)" } ?? ""
            try console.line("sound: \(entries), term \(found.lastTerm)\(snapshot)")
            for repair in found.repairs { try console.line(line(repair)) }
            return
        }
        try console.document(json(found))
    }

    /// What a start would put right, and that it needs nobody's doing.
    private static func line(_ repair: Repair) -> String {
        switch repair {
        case .logGivenUp(let damage): "given up: \(damage)"
        case .tailCut(let file, let offset, let byteCount):
            "torn end: \(file.name) byte \(offset), \(byteCount) bytes that were never acknowledged; "
                + "usual after a crash, the next start cuts them off"
        case .snapshotRejected(let damage):
            "rejected: \(damage); an older snapshot or the log has what it held, and the next start "
                + "removes it"
        case .copiesDamaged(let file, let count, let whole):
            "damaged copies: \(count) of \(whole) in \(file.name); the others are used"
        }
    }

    private static func json(_ found: Inspection) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("sound", bool: true)
        writer.member("first_index", number: found.firstIndex)
        writer.member("last_index", number: found.lastIndex)
        writer.member("last_term", number: found.lastTerm)
        writer.member("snapshot_index", number: found.snapshotIndex)
        writer.name("cut")
        if case .tailCut(let file, let offset, let byteCount) = found.repairs.first {
            writer.beginObject()
            writer.member("file", string: Array(file.name.utf8))
            writer.member("offset", number: UInt64(offset))
            writer.member("bytes", number: UInt64(byteCount))
            writer.endObject()
        } else {
            writer.null()
        }
        writer.name("rejected")
        writer.beginArray()
        for case .snapshotRejected(let damage) in found.repairs {
            writer.string(Array(damage.description.utf8))
        }
        writer.endArray()
        writer.name("damaged_copies")
        writer.beginArray()
        for case .copiesDamaged(let file, let count, _) in found.repairs {
            writer.beginObject()
            writer.member("file", string: Array(file.name.utf8))
            writer.member("count", number: UInt64(count))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.output
    }
}

/// Writes records as they come: a log may be longer than memory.
private struct RecordListing {
    private static let flushByteCount = 1 << 16

    private let console: Console
    private var output: [UInt8] = []
    private var failure: Failure?

    init(_ console: Console) { self.console = console }

    mutating func add(_ record: ListedRecord) {
        switch console.format {
        case .text: output += Array((line(record) + "\n").utf8)
        case .json: output += object(record) + [UInt8(ascii: "\n")]
        }
        if output.count >= Self.flushByteCount { flush() }
    }

    /// Writes the rest, and tells if anything could not be written.
    mutating func finish() throws(Failure) {
        flush()
        if let failure { throw failure }
    }

    private mutating func flush() {
        guard failure == nil else { return output = [] }
        do throws(Failure) { try console.write(output) } catch { failure = error }
        output = []
    }

    private func line(_ record: ListedRecord) -> String {
        let place = "\(record.file.name) \(pad(record.offset, to: 8))"
        if case .damage(let reason) = record.kind { return "\(place)  damage: \(reason.text)" }
        let id = "term \(record.term) index \(record.index)"
        let kind = name(record.kind)
        let gap = String(repeating: " ", count: max(1, 19 - kind.count))
        return "\(place)  \(kind)\(gap)\(id) time \(record.time.rawValue) "
            + "batch \(record.batch) bytes \(record.byteCount)"
    }

    private func pad(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, width - digits.count)) + digits
    }

    private func object(_ record: ListedRecord) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("file", string: Array(record.file.name.utf8))
        writer.member("offset", number: UInt64(record.offset))
        writer.member("kind", string: Array(name(record.kind).utf8))
        if case .damage(let reason) = record.kind {
            writer.member("reason", string: Array(reason.text.utf8))
        } else {
            writer.member("term", number: record.term)
            writer.member("index", number: record.index)
            writer.member("time", number: record.time.rawValue)
            writer.member("batch", string: Array(String(record.batch).utf8))
            writer.member("bytes", number: UInt64(record.byteCount))
        }
        writer.endObject()
        return writer.output
    }

    private func name(_ kind: ListedRecord.Kind) -> String {
        switch kind {
        case .header: "segment"
        case .empty: "empty"
        case .command: "command"
        case .membership: "membership"
        case .cut: "cut"
        case .snapshotTaken: "snapshot-taken"
        case .snapshotInstalled: "snapshot-installed"
        case .segmentEnd: "end"
        case .damage: "damage"
        }
    }
}
