internal import API
internal import Bytes
internal import Platform
internal import Wire

/// What clients do, written line by line: those of a turn go to the file together, before any
/// answer of that turn leaves.
///
/// They are with the system then and not yet on the disk: a machine that loses its power may lose
/// the last of them, a process that dies does not.
final class AuditTrail {
    private enum Sink {
        case file(RotatedFile)
        case journal
    }

    let policy: AuditPolicy
    private let member: [UInt8]
    private var sink: Sink
    /// Of this turn.
    private var lines: [UInt8] = []
    private var lineCount: UInt64 = 0
    /// Of this turn; 0 before its first line.
    private var unixMilliseconds: UInt64 = 0
    /// Why the last lines could not be written; nil where they were.
    private(set) var failure: SystemError?
    /// Whether the failure is not told yet.
    private var isFailureNew = false
    private(set) var writtenCount: UInt64 = 0
    private(set) var lostCount: UInt64 = 0

    init(_ plan: AuditPlan, member: [UInt8]) throws(SystemError) {
        policy = plan.policy
        self.member = member
        switch plan.place {
        case .file(let path):
            let rotation = RotatedFile.Rotation(keptCount: plan.keptCount, age: .day)
            sink = .file(try RotatedFile(path, rotation: rotation))
        case .journal: sink = .journal
        }
    }

    /// Whether writes are refused for now.
    var refusesWrites: Bool { failure != nil && policy.contains(.required) }

    /// Whether such a request is refused for now.
    func refuses(_ subject: CallSubject) -> Bool { failure != nil && policy.holdsUp(subject) }

    /// Whether what was asked, and how it was answered, belongs in the file.
    func covers(_ subject: CallSubject, status: UInt16?) -> Bool {
        policy.covers(subject, status: status)
    }

    func note(_ record: AuditRecord) {
        guard covers(record.matter.subject, status: record.status) else { return }
        if lineCount == 0 { unixMilliseconds = Clock.wallMilliseconds() }
        lineCount += 1
        record.append(to: &lines, unixMilliseconds: unixMilliseconds, member: member)
    }

    /// Writes the lines of the turn. Those that cannot be written are lost, and that is told.
    func flush() {
        guard lineCount > 0 else { return }
        defer {
            lines.removeAll(keepingCapacity: lines.count < 1 << 20)
            lineCount = 0
        }
        switch sink {
        case .file(var file):
            defer { sink = .file(file) }
            do throws(SystemError) {
                try file.append(lines, unixMilliseconds: unixMilliseconds)
                note(writtenCount: lineCount)
            } catch { note(lostCount: lineCount, because: error) }
        case .journal: flushToJournal()
        }
    }

    /// Lines that whoever reads them does not take now are lost: nobody waits for a reader. They go
    /// page by page, for no more than that is taken at once for certain.
    private func flushToJournal() {
        var rest = lines[...]
        while !rest.isEmpty {
            let page = rest.linesOfPage
            rest = rest.dropFirst(page.count)
            let count = UInt64(page.count { $0 == UInt8(ascii: "\n") })
            do throws(SystemError) {
                try StandardStream.error.writeWithoutWaiting(Array(page))
                note(writtenCount: count)
            } catch { note(lostCount: count, because: error) }
        }
    }

    private func note(writtenCount count: UInt64) {
        writtenCount += count
        failure = nil
        isFailureNew = false
    }

    private func note(lostCount count: UInt64, because error: SystemError) {
        lostCount += count
        isFailureNew = isFailureNew || failure == nil
        failure = error
    }

    /// Why lines were lost, once for each time that it begins.
    func takeFailure() -> SystemError? {
        guard isFailureNew else { return nil }
        isFailureNew = false
        return failure
    }
}

extension ArraySlice<UInt8> {
    /// Its first lines, as many as a page holds, and one at least.
    var linesOfPage: ArraySlice<UInt8> {
        let lineFeed = UInt8(ascii: "\n")
        let page = prefix(4096)
        let end = page.lastIndex(of: lineFeed) ?? firstIndex(of: lineFeed) ?? endIndex - 1
        return self[startIndex...end]
    }
}

extension AuditTrail {
    func append(to page: inout MetricsPage) {
        page.counters(
            "roost_audit_lines_total",
            help: "Lines of the audit log, written or lost.",
            of: [
                ([("outcome", Array("written".utf8))], writtenCount),
                ([("outcome", Array("lost".utf8))], lostCount),
            ]
        )
    }
}

extension Reactor {
    /// Tells of lines of the audit log that were lost.
    func lookAtAudit() {
        guard let audit = frontend.audit, let error = audit.takeFailure() else { return }
        let what =
            audit.policy.contains(.required)
            ? "writes are refused until it can (--audit required)"
            : "lines of it are lost until it can"
        say(
            .error,
            name: "audit-failed",
            line: "roost: the audit log can't be written: \(error); \(what). Make sure that its "
                + "directory can be written and has room"
        )
    }
}
