internal import Keyspace
internal import Replica
internal import Wire

/// `PUT /v1/services/NAME/ID`: registers an instance.
///
/// First its report is written, then its record, so that it is there with its health from the first
/// moment. With `ttl` each has a lease of its own; the report's ends `deregister_after` sooner.
struct RegistrationCall {
    private enum Stage {
        case reporting
        case recording
    }

    static let fields: [StaticString] = ServiceInstance.fields + ["lease"] + InstanceHealth.fields

    private let service: RegisteredService
    private let id: InstanceID
    private let timeToLiveMilliseconds: UInt64?
    private let report: Request
    private let record: Request
    private var stage = Stage.reporting
    private var fate: RequestFate

    init(_ service: RegisteredService, id: InstanceID, request: HTTPRequest) throws(Problem) {
        self.service = service
        self.id = id
        let body = try Body(request, known: Self.fields)
        let instance = try ServiceInstance(body)
        let health = try InstanceHealth(body, usual: .passing)
        let lease = try body.lease("lease")
        if lease != nil, instance.timeToLiveMilliseconds != nil {
            throw body.fault("ttl", fault: "excludes \"lease\": a lease has its own")
        }
        timeToLiveMilliseconds = instance.timeToLiveMilliseconds
        let preconditions = try WritePreconditions(request)
        report = Request(
            .put(
                Put(
                    key: service.healthKey(of: id),
                    value: health.record,
                    lease: LeaseAttachment(
                        lease,
                        timeToLiveMilliseconds: instance.timeToLiveMilliseconds
                    ),
                    condition: .none
                )
            ),
            fences: preconditions.fences,
            note: preconditions.note
        )
        record = preconditions.request(
            .put(
                Put(
                    key: service.key(of: id),
                    value: instance.record,
                    lease: LeaseAttachment(
                        lease,
                        timeToLiveMilliseconds: instance.lifeMilliseconds
                    ),
                    condition: .none
                )
            )
        )
        fate = RequestFate(record)
    }

    func start() -> NativeStep { .propose(report) }

    mutating func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        let key: Key
        switch (resumption, stage) {
        case (.answered, .reporting), (.unproposed, .reporting):
            key = service.healthKey(of: id)
        case (.answered, .recording), (.unproposed, .recording):
            key = service.key(of: id)
        case (.disconnected, _): return .finish
        default: return .goOn
        }
        let response = try WriteCall.response(to: resumption, about: .key(key), fate: fate)
        guard case .answered(let answer) = resumption, case .put(let result) = answer.outcome else {
            return .respond(response)
        }
        fate.note(answer)
        switch stage {
        case .recording: return .respond(registered(result, source: answer.source))
        case .reporting:
            stage = .recording
            return .propose(record)
        }
    }

    private func registered(_ result: PutResult, source: Answer.Source) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: service.bytes)
        json.member("id", string: id.bytes)
        json.member("revision", number: result.revision.rawValue)
        if let timeToLiveMilliseconds { json.member("ttl", milliseconds: timeToLiveMilliseconds) }
        if let lease = result.lease { json.member("lease", string: lease.text) }
        json.endObject()
        var response = HTTPResponse.json(json, status: result.status)
        response.note(source)
        return response
    }
}

extension LeaseAttachment {
    /// A lease of the caller's, or one of the key's own, or none.
    init(_ lease: LeaseID?, timeToLiveMilliseconds: UInt64?) {
        switch (lease, timeToLiveMilliseconds) {
        case (let lease?, _): self = .lease(lease)
        case (nil, let milliseconds?): self = .own(timeToLiveMilliseconds: milliseconds)
        case (nil, nil): self = .none
        }
    }
}

extension WriteCall {
    /// `DELETE /v1/services/NAME/ID`: the instance with what it reported.
    static func deregister(
        _ id: InstanceID,
        of service: RegisteredService,
        request: HTTPRequest
    ) throws(Problem) -> WriteCall {
        try WriteCall(
            .delete(.subtree(service.key(of: id)), condition: .none),
            request: request,
            subject: .none
        )
    }
}
