internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/kv/PATH`: one key, now or at a revision, at once or when it changes.
struct KeyRead: FreshRead {
    enum Form {
        case object(KeyForm)
        case raw
    }

    let key: Key
    private let form: Form
    private let revision: Revision?
    let freshness: Freshness
    private let patience: Patience?
    private let conditions: Conditions

    init(
        _ key: Key,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.key = key
        form = try parameters.flag("raw") ? .raw : .object(try KeyForm(ofRead: &parameters))
        revision = try parameters.pastRevision("revision")
        freshness = try Freshness(&parameters, options: options)
        patience = try Patience(&parameters, reading: revision, now: now)
        conditions = try Conditions(request)
    }

    /// `GET` of the key and nothing else.
    init(_ key: Key) {
        self.key = key
        form = .object(.plain)
        revision = nil
        freshness = .linearizable
        patience = nil
        conditions = .none
    }

    func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let wake = try patience?.wake(on: key, in: keyspace.store, now: now) {
            return .wait(wake)
        }
        return .respond(try response(keyspace))
    }

    /// The key as the store has it. Where there is none, conditions do not count (RFC 9110, 13.2.1).
    func response(_ keyspace: borrowing Keyspace) throws(Problem) -> HTTPResponse {
        let found: KeyRecord?
        if let revision {
            do { found = try keyspace.store.get(key, at: revision) } catch { throw Problem(error) }
        } else {
            found = keyspace.store.get(key)
        }
        guard let record = found else {
            throw .notFound("key", detail: "The key \(text(key.bytes)) does not exist.")
        }
        return try response(record, in: keyspace)
    }

    /// What was found.
    func response(
        _ record: KeyRecord,
        in keyspace: borrowing Keyspace
    ) throws(Problem) -> HTTPResponse {
        var response: HTTPResponse
        switch conditions.verdict(on: record.modRevision.text) {
        case .failed: throw .conditionFailed(key, current: record)
        case .unmodified: response = HTTPResponse(status: 304)
        case .met:
            response =
                switch form {
                case .raw: Self.raw(record.value)
                case .object(let form): Self.object(record, form: form, in: keyspace)
                }
        }
        response.appendTag(record.modRevision)
        response.headers.append("Cache-Control", value: "no-cache")
        return response
    }

    private static func object(
        _ record: KeyRecord,
        form: KeyForm,
        in keyspace: borrowing Keyspace
    ) -> HTTPResponse {
        var output: [UInt8] = []
        output.reserveCapacity(record.value.count + record.key.bytes.count + 160)
        var json = JSONWriter(appendingTo: consume output)
        form.write(record, in: keyspace, to: &json)
        return .json(json)
    }

    private static func raw(_ value: [UInt8]) -> HTTPResponse {
        guard !value.span.isValidUTF8 else { return .plain(value) }
        var headers = HeaderFields()
        headers.append("Content-Type", value: "application/octet-stream")
        return HTTPResponse(status: 200, headers: headers, body: .bytes(value))
    }
}
