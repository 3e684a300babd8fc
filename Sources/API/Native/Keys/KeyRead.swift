internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/kv/PATH`: one key, now or at a revision, at once or when it changes.
struct KeyRead: FreshRead {
    enum Form {
        case object
        case raw
    }

    private let key: Key
    private let form: Form
    private let revision: Revision?
    let freshness: Freshness
    /// Since which revision a change is waited for, and until when.
    private let patience: (since: Revision, end: MonotonicTime)?
    private let conditions: Conditions

    init(
        _ key: Key,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.key = key
        form = try parameters.flag("raw") ? .raw : .object
        revision = try parameters.pastRevision("revision")
        freshness = try Freshness(&parameters, options: options)
        let wait = try parameters.duration("wait")
        let since = try parameters.revision("since")
        conditions = try Conditions(request)
        switch (wait, since) {
        case (nil, nil): patience = nil
        case (let wait, let since?):
            patience = (since, now.advanced(byMilliseconds: wait?.milliseconds ?? 0))
        case (.some, nil):
            throw .parameter(
                "wait",
                fault: "needs since=R: the revision after which a change counts"
            )
        }
        if patience != nil, revision != nil {
            throw .parameter("since", fault: "excludes revision: the past does not change")
        }
    }

    /// `GET` of the key and nothing else.
    init(_ key: Key) {
        self.key = key
        form = .object
        revision = nil
        freshness = .linearizable
        patience = nil
        conditions = .none
    }

    func look(at store: Store, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let patience {
            guard patience.since <= store.revision else {
                throw .future(patience.since, current: store.revision)
            }
            if store.lastChange(of: key) <= patience.since, now < patience.end {
                let filter = WatchFilter(ranges: [KeyRange.key(key)])
                return .wait(Wake(deadline: patience.end, filter: filter))
            }
        }
        return .respond(try response(store))
    }

    /// The key as the store has it. Where there is none, conditions do not count (RFC 9110, 13.2.1).
    func response(_ store: Store) throws(Problem) -> HTTPResponse {
        let found: KeyRecord?
        if let revision {
            do { found = try store.get(key, at: revision) } catch { throw Problem(error) }
        } else {
            found = store.get(key)
        }
        guard let record = found else {
            throw .notFound("key", detail: "The key \(text(key.bytes)) does not exist.")
        }
        return try response(record)
    }

    /// What was found.
    func response(_ record: KeyRecord) throws(Problem) -> HTTPResponse {
        var response: HTTPResponse
        switch conditions.verdict(on: record.modRevision) {
        case .failed: throw .conditionFailed(key, current: record)
        case .unmodified: response = HTTPResponse(status: 304)
        case .met: response = form == .raw ? Self.raw(record.value) : Self.object(record)
        }
        response.appendTag(record.modRevision)
        response.headers.append("Cache-Control", value: "no-cache")
        return response
    }

    private static func object(_ record: KeyRecord) -> HTTPResponse {
        var output: [UInt8] = []
        output.reserveCapacity(record.value.count + record.key.bytes.count + 160)
        var json = JSONWriter(appendingTo: consume output)
        json.keyObject(record)
        return .json(json)
    }

    private static func raw(_ value: [UInt8]) -> HTTPResponse {
        guard !value.span.isValidUTF8 else { return .plain(value) }
        var headers = HeaderFields()
        headers.append("Content-Type", value: "application/octet-stream")
        return HTTPResponse(status: 200, headers: headers, body: .bytes(value))
    }
}
