internal import Bytes
internal import Keyspace
internal import Wire

/// How a watch writes what happens: Server-Sent Events or one JSON object a line.
struct WatchForm: Hashable {
    enum Framing: UInt8, Hashable {
        case events = 0
        case lines = 1
    }

    enum Previous: UInt8, Hashable {
        case left = 0
        /// The key as it was before each event.
        case shown = 1
    }

    /// What is told of a value.
    enum Values: UInt8, Hashable {
        case shown = 0
        case left = 1
    }

    /// Whether it is told when, by whom and why a version was written.
    enum Meta: UInt8, Hashable {
        case left = 0
        case told = 1
    }

    let framing: Framing
    let previous: Previous
    let values: Values
    let meta: Meta

    /// How many forms there are.
    static let count = 16

    /// Below `count`, for tables.
    var index: Int {
        Int(framing.rawValue) << 3 | Int(previous.rawValue) << 2 | Int(values.rawValue) << 1
            | Int(meta.rawValue)
    }

    /// As the request wants it.
    init(_ request: HTTPRequest, parameters: inout Parameters) throws(Problem) {
        framing = Framing(request)
        previous = try parameters.flag("previous") ? .shown : .left
        values = try parameters.flag("keys") ? .left : .shown
        meta = try parameters.flag("meta") ? .told : .left
    }

    /// Appends a block or line.
    ///
    /// - Parameters:
    ///   - id: nil leaves the client's resume position where it is.
    ///   - members: what follows `event` and `id`; nil is an event without data.
    private func append(
        _ event: StaticString,
        id: [UInt8]?,
        to output: inout [UInt8],
        members: ((inout JSONWriter) -> Void)?
    ) {
        switch framing {
        case .events:
            EventStream.append(event: event, to: &output)
            if let id { EventStream.append(id: id, to: &output) }
            output.append("data: ")
            object(&output) { json in members?(&json) }
            output.append("\n\n")
        case .lines:
            object(&output) { json in
                json.member("event", string: event)
                if let id { json.member("id", string: id) }
                members?(&json)
            }
            output.append("\n")
        }
    }

    /// Writes one object straight after what is there: the bytes are lent to the writer, not
    /// copied.
    private func object(_ output: inout [UInt8], members: (inout JSONWriter) -> Void) {
        var lent: [UInt8] = []
        swap(&lent, &output)
        var json = JSONWriter(appendingTo: consume lent)
        json.beginObject()
        members(&json)
        json.endObject()
        output = json.output
    }

    /// A change, under its own id.
    func append(_ event: Event, to output: inout [UInt8]) {
        switch event.change {
        case .put(let record):
            append("put", id: event.id.text, to: &output) { json in
                members(of: record, into: &json)
                previous(of: event, into: &json)
            }
        case .delete(let key, let cause):
            append("delete", id: event.id.text, to: &output) { json in
                json.key(key)
                json.member("mod_revision", number: event.id.revision.rawValue)
                json.member("cause", string: cause.name)
                previous(of: event, into: &json)
            }
        }
    }

    private func previous(of event: Event, into json: inout JSONWriter) {
        guard previous == .shown, let record = event.previous else { return }
        json.name("previous")
        json.beginObject()
        members(of: record, into: &json)
        json.endObject()
    }

    private func members(of record: KeyRecord, into json: inout JSONWriter) {
        json.keyMembers(
            record,
            content: values == .left ? .noValue : .everything,
            meta: meta == .told ? KeyMeta(of: record) : nil
        )
    }

    /// A key as it was at the start: without an id, since a client that breaks off between items
    /// has not seen the state of any revision.
    func appendItem(_ record: KeyRecord, to output: inout [UInt8]) {
        append("put", id: nil, to: &output) { json in members(of: record, into: &json) }
    }

    /// All items as of `revision` were sent.
    func appendSynced(_ revision: Revision, to output: inout [UInt8]) {
        append("synced", id: revision.text, to: &output) { json in
            json.member("revision", number: revision.rawValue)
        }
    }

    /// The beginning: everything before `start` has passed.
    func appendStart(before start: EventID, to output: inout [UInt8]) {
        if framing == .events { EventStream.append(retryMilliseconds: 1000, to: &output) }
        appendProgress(before: start, to: &output)
    }

    /// Everything before `position` was delivered.
    func appendProgress(before position: EventID, to output: inout [UInt8]) {
        let id = position.resumeText
        switch framing {
        case .events:
            EventStream.append(id: id, to: &output)
            EventStream.appendEnd(to: &output)
        case .lines: append("progress", id: id, to: &output, members: nil)
        }
    }

    /// Nothing has happened, and there is no position to tell.
    func appendSilence(to output: inout [UInt8]) {
        switch framing {
        case .events: output.append(":\n\n")
        case .lines: append("progress", id: nil, to: &output, members: nil)
        }
    }

    /// The member has had no leader for an election timeout, or has one again: events may be late,
    /// and none is lost.
    func append(_ leadership: MemberView.Leadership, term: UInt64, to output: inout [UInt8]) {
        append(leadership == .led ? "leader" : "leaderless", id: nil, to: &output) { json in
            json.member("term", number: term)
        }
    }

    /// Everything up to `last` was delivered, and no more was asked for; the stream ends.
    func appendEnd(of last: Revision, to output: inout [UInt8]) {
        append("end", id: last.text, to: &output) { json in
            json.member("revision", number: last.rawValue)
        }
    }

    /// The right to follow has ended, and the stream with it.
    func appendDenied(_ problem: Problem, to output: inout [UInt8]) {
        append("denied", id: nil, to: &output) { json in
            json.member("code", string: problem.code.name)
            json.member("detail", string: Array(problem.detail.utf8))
        }
    }

    /// The start, or the position, is gone; the stream ends.
    func appendCompacted(_ revision: Revision, to output: inout [UInt8]) {
        append("compacted", id: WatchStart.compactedID, to: &output) { json in
            json.member("compact_revision", number: revision.rawValue)
        }
    }
}

extension WatchForm.Framing {
    /// As the client accepts it.
    init(_ request: HTTPRequest) {
        let wantsLines = request.headers.values(of: "accept").contains { value in
            value.split(separator: UInt8(ascii: ",")).contains { part in
                let type = part.prefix { $0 != UInt8(ascii: ";") }
                return type.trimmingBlanks.equalsIgnoringCase("application/x-ndjson")
            }
        }
        self = wantsLines ? .lines : .events
    }

    /// The head of the response.
    var head: HTTPResponse {
        switch self {
        case .events: return .eventStream
        case .lines:
            var headers = HeaderFields()
            headers.append("Content-Type", value: "application/x-ndjson")
            return HTTPResponse(status: 200, headers: headers, body: .stream)
        }
    }
}

extension Revision {
    var text: [UInt8] {
        var text: [UInt8] = []
        text.append(decimal: rawValue)
        return text
    }
}

extension EventID {
    /// `R.N`.
    var text: [UInt8] {
        var text = revision.text
        text.append(UInt8(ascii: "."))
        text.append(decimal: UInt64(sub))
        return text
    }

    /// The last revision that has passed as a whole.
    var revisionBefore: Revision { Revision(rawValue: max(revision.rawValue, 1) - 1) }

    /// The id of a client that got everything before this event.
    var resumeText: [UInt8] {
        sub == 0
            ? revisionBefore.text
            : EventID(revision: revision, sub: sub - 1).text
    }
}

extension DeleteCause {
    /// As clients see it.
    var name: [UInt8] {
        switch self {
        case .deleted: [UInt8]("deleted")
        case .expired: [UInt8]("expired")
        case .revoked: [UInt8]("revoked")
        }
    }
}
