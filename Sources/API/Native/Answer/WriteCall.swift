internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// A write that is one command: propose it, answer with what it came to.
struct WriteCall {
    /// What the outcome alone does not say of the answer.
    enum Subject {
        case none
        case key(Key)
        case lease(LeaseID)
        case transaction(Transaction)
        case guarded(GuardChange)
        case counter([UInt8])
        case queue(QueueName)
        case barrier(BarrierName)
    }

    private let request: Request
    private let subject: Subject
    private let valueByteCount: UInt64

    /// - Parameter valueByteCount: bytes of the value that is written, if it is a single one.
    init(
        _ command: Command,
        request: HTTPRequest,
        subject: Subject,
        valueByteCount: Int = 0
    ) throws(Problem) {
        self.request = try WritePreconditions(request).request(command)
        self.subject = subject
        self.valueByteCount = UInt64(valueByteCount)
    }

    /// What it puts or deletes, where it is one key or range.
    var ranges: [KeyRange] {
        switch request.command {
        case .put(let put): [.key(put.key)]
        case .delete(let range, _): [range]
        default: []
        }
    }

    /// - Throws: for a value that is longer than the settings of the moment allow; what they are
    ///   when it is applied decides.
    ///
    /// - Parameter level: what the members know; a command that needs more is refused before any
    ///   of them gets it.
    func start(
        _ settings: ClusterSettings,
        level: FeatureLevel
    ) throws(Problem) -> NativeStep {
        try request.expectKnown(at: level)
        guard valueByteCount <= settings.valueByteCountMax else {
            throw Problem(
                .valueTooLong(
                    byteCount: valueByteCount,
                    byteCountMax: settings.valueByteCountMax
                )
            )
        }
        return .propose(request)
    }

    func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        switch resumption {
        case .answered, .unproposed:
            .respond(
                try Self.response(to: resumption, about: subject, fate: RequestFate(request))
            )
        default: .goOn
        }
    }

    /// What the client of a write hears.
    ///
    /// - Parameters:
    ///   - reply: an answer, or why there is none.
    ///   - fate: what was known of the write before.
    static func response(
        to reply: Resumption,
        about subject: Subject,
        fate: RequestFate
    ) throws(Problem) -> HTTPResponse {
        switch reply {
        case .answered(let answer):
            do throws(Problem) {
                var response = try response(answer.outcome, subject: subject)
                response.note(answer.source)
                return response
            } catch {
                throw error.noting(answer.source).telling(fate, of: answer.outcome)
            }
        case .unproposed(let failure): throw Problem(failure, fate: fate)
        default: throw unexpected
        }
    }

    private static func response(
        _ outcome: Outcome,
        subject: Subject
    ) throws(Problem) -> HTTPResponse {
        switch outcome {
        case .refused(let refusal): throw Problem(refusal)
        case .put(let result):
            guard case .key(let key) = subject else { throw unexpected }
            return put(result, key: key)
        case .created(let key, let result):
            var response = put(result, key: key)
            var location = [UInt8]("/v1/kv")
            PercentEncoding.append(path: key.bytes, to: &location)
            response.headers.append("Location", value: location)
            return response
        case .deleted(let revision, let count):
            guard count > 0 else { throw Problem(.notFound(.key)) }
            return deleted(revision, count: count)
        case .leaseRevoked(let revision, let count): return deleted(revision, count: count)
        case .transaction(let result):
            guard case .transaction(let transaction) = subject else { throw unexpected }
            return .json(JSONWriter(result, of: transaction))
        case .leaseGranted(let id, let timeToLive):
            return granted(id, timeToLiveMilliseconds: timeToLive)
        case .keptAlive(let standings): return try keptAlive(standings)
        case .released(let revision), .proclaimed(let revision), .compacted(let revision):
            var json = JSONWriter()
            json.beginObject()
            json.member("revision", number: revision.rawValue)
            json.endObject()
            return .json(json)
        case .stillHeld(let revision, let count):
            var json = JSONWriter()
            json.beginObject()
            json.member("revision", number: revision.rawValue)
            json.member("count", number: UInt64(count))
            json.endObject()
            return .json(json)
        case .treeWritten(let result): return .json(JSONWriter(result))
        case .settings(let settings): return .settings(settings)
        case .featureLevel(let level): return .featureLevel(level)
        case .quotaChanged(let standing):
            guard case .key(let path) = subject else { throw unexpected }
            return .quota(standing, of: path)
        case .successorChosen(let lease, let owner):
            var json = JSONWriter()
            json.beginObject()
            json.member("successor", string: lease.text)
            json.text("owner", bytes: owner)
            json.endObject()
            return .json(json)
        case .guardChanged:
            guard case .guarded(let change) = subject else { throw unexpected }
            return .json(JSONWriter(change))
        case .counted(let revision, let before, let after):
            guard case .counter(let name) = subject else { throw unexpected }
            return .json(JSONWriter(counter: name, from: before, to: after, at: revision))
        case .queue(let outcome):
            guard case .queue(let name) = subject, let response = response(outcome, of: name)
            else { throw unexpected }
            return response
        case .barrier(.broken(let count)):
            guard case .barrier(let name) = subject else { throw unexpected }
            return .json(JSONWriter(broken: name, partyCount: count))
        case .barrier, .nothing, .granted, .queued, .abandoned, .wallClockSet, .memberOrder,
            .accessChanged:
            throw unexpected
        }
    }

    private static var unexpected: Problem {
        Problem(.internal, "The outcome is not one of the command's.")
    }

    /// The answer to a put: the key came into being with it, or was there.
    static func put(_ result: PutResult, key: Key) -> HTTPResponse {
        var json = JSONWriter()
        json.put(result, key: key)
        var response = HTTPResponse.json(json, status: result.status)
        response.appendTag(result.revision)
        return response
    }

    private static func deleted(_ revision: Revision, count: UInt64) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: revision.rawValue)
        json.member("deleted", number: count)
        json.endObject()
        return .json(json)
    }

    private static func granted(_ id: LeaseID, timeToLiveMilliseconds: UInt64) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", string: id.text)
        json.member("ttl", milliseconds: timeToLiveMilliseconds)
        json.endObject()
        var response = HTTPResponse.json(json, status: 201)
        response.headers.append("Location", value: [UInt8]("/v1/leases/") + id.text)
        return response
    }

    private static func keptAlive(
        _ standings: [LeaseStanding?]
    ) throws(Problem) -> HTTPResponse {
        guard let first = standings.first, let standing = first else {
            throw Problem(.notFound(.lease))
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("ttl", milliseconds: standing.timeToLiveMilliseconds)
        json.member("remaining", milliseconds: standing.remainingMilliseconds)
        json.endObject()
        return .json(json)
    }
}

extension PutResult {
    /// 201 where the put created the key, else 200 (RFC 9110, 15.3.2).
    var status: UInt16 { version == 1 ? 201 : 200 }
}

extension HTTPResponse {
    /// Says that the answer is an earlier one.
    mutating func note(_ source: Answer.Source) {
        if source == .replayed { headers.append("Idempotent-Replayed", value: "true") }
    }
}

extension JSONWriter {
    /// What a tree's writing came to.
    fileprivate init(_ result: TreeResult) {
        self.init()
        beginObject()
        member("revision", number: result.revision.rawValue)
        member("created", number: result.createdCount)
        member("changed", number: result.changedCount)
        member("deleted", number: result.deletedCount)
        endObject()
    }
}

extension Request {
    /// Refuses what some member does not know, before any of them gets it.
    func expectKnown(at level: FeatureLevel) throws(Problem) {
        guard level.number >= featureLevel else {
            throw .featureLevel(level.number, needed: featureLevel)
        }
    }
}
