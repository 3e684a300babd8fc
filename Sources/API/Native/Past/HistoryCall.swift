internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/kv/PATH?history`: what became of one key, newest first: each version with its revision,
/// time, author, note and size, each delete with its cause, and no values.
///
/// The store's history is one list of all changes; it is read through from its beginning, one
/// bounded slice after another with a pause in between, and the newest that were asked for are kept.
struct HistoryCall {
    /// Bytes of keys and values of the key's events after which a slice ends.
    private static let sliceByteCount = 256 << 10
    private static let pauseMilliseconds: UInt64 = 1

    let key: Key
    /// What `next` begins with.
    private let address: [UInt8]
    private let limit: Int
    /// Only what was before this revision is told; nil for everything.
    private let before: Revision?
    let freshness: Freshness
    /// Where the next slice begins; nil before the first look.
    private var position: EventID?
    /// The last revision that is told.
    private var last = Revision.zero
    /// The revision of the version that the key had when history begins; zero without one.
    private var known = Revision.zero
    /// Oldest first; the newest `limit` and one more, and some that are too old.
    private var steps: [KeyStep] = []

    /// - Parameter address: that of the key, with the first parameter of its query.
    init(
        _ key: Key,
        address: [UInt8],
        parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) {
        guard try parameters.flag("history") else {
            throw .parameter("history", fault: "is false; leave it out to read the key")
        }
        self.key = key
        self.address = address
        limit = try parameters.limit()
        before = try parameters.pastRevision("before")
        freshness = try Freshness(&parameters, options: options)
    }

    /// The first step.
    mutating func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let step = try freshness.firstStep(keyspace.store, now: now) { return step }
        return try look(at: keyspace, now: now)
    }

    /// The step after what the shell brought back.
    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        if case .disconnected = resumption { return .finish }
        if position == nil,
            let step = try freshness.step(after: resumption, store: keyspace.store, now: now)
        {
            return step
        }
        return try look(at: keyspace, now: now)
    }

    private mutating func look(
        at keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        let store = keyspace.store
        let start: EventID
        if let position { start = position } else { start = begin(store) }
        let slice: EventSlice
        do {
            slice = try store.events(
                from: start,
                filter: WatchFilter(ranges: [.key(key)]),
                byteCountMax: Self.sliceByteCount
            )
        } catch { throw Problem(error) }
        for event in slice.events where event.id.revision > known && event.id.revision <= last {
            append(KeyStep(event))
        }
        position = slice.next
        guard slice.isAtHead || slice.next.revision > last else {
            return .wait(Wake(deadline: now.advanced(byMilliseconds: Self.pauseMilliseconds)))
        }
        return .respond(try response(store))
    }

    /// Takes the version that the key had when history begins; where the first slice begins.
    private mutating func begin(_ store: Store) -> EventID {
        let first = max(store.compactRevision, .initial)
        last = store.revision
        if let before { last = min(last, Revision(rawValue: before.rawValue - 1)) }
        if last >= first, let record = try? store.get(key, at: first) {
            known = record.modRevision
            append(KeyStep(record))
        }
        return EventID(revision: first, sub: 0)
    }

    private mutating func append(_ step: KeyStep) {
        steps.append(step)
        // Not at each, so that none is moved often.
        if steps.count > 2 * (limit + 1) { steps.removeFirst(limit + 1) }
    }

    // MARK: - The answer

    private func response(_ store: Store) throws(Problem) -> HTTPResponse {
        guard !steps.isEmpty else {
            throw .notFound(
                "key",
                detail: "History knows nothing of \(text(key.bytes)) in the revisions asked for."
            )
        }
        let shown = steps.suffix(limit)
        let next = steps.count > limit ? shown.first.map { address(before: $0.revision) } : nil
        var json = JSONWriter()
        json.beginObject()
        json.key(key)
        json.member("revision", number: store.revision.rawValue)
        json.member("compact_revision", number: store.compactRevision.rawValue)
        json.name("items")
        json.beginArray()
        for step in shown.reversed() { step.write(to: &json) }
        json.endArray()
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }

    private func address(before revision: Revision) -> [UInt8] {
        var url = address
        url.append("&limit=")
        url.append(decimal: UInt64(limit))
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&before=")
        url.append(decimal: revision.rawValue)
        return url
    }
}

/// A version that was written, without its value, or the end of one.
private enum KeyStep {
    case put(KeyMeta, KeyRecord, valueByteCount: Int)
    case delete(Revision, DeleteCause)

    init(_ record: KeyRecord) {
        let bare = KeyRecord(
            key: record.key,
            value: [],
            createRevision: record.createRevision,
            modRevision: record.modRevision,
            version: record.version,
            lease: record.lease,
            provenance: record.provenance
        )
        self = .put(KeyMeta(of: bare), bare, valueByteCount: record.value.count)
    }

    init(_ event: Event) {
        switch event.change {
        case .put(let record): self.init(record)
        case .delete(_, let cause): self = .delete(event.id.revision, cause)
        }
    }

    var revision: Revision {
        switch self {
        case .put(_, let record, _): record.modRevision
        case .delete(let revision, _): revision
        }
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        switch self {
        case .put(let meta, let record, let valueByteCount):
            json.member("event", string: "put")
            json.member("mod_revision", number: record.modRevision.rawValue)
            json.member("create_revision", number: record.createRevision.rawValue)
            json.member("version", number: record.version)
            json.member("bytes", number: UInt64(valueByteCount))
            if let lease = record.lease { json.member("lease", string: lease.text) }
            json.members(of: meta)
        case .delete(let revision, let cause):
            json.member("event", string: "delete")
            json.member("mod_revision", number: revision.rawValue)
            json.member("cause", string: cause.name)
        }
        json.endObject()
    }
}
