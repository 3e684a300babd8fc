internal import Keyspace
internal import Replica
internal import Wire

/// `PUT /v1/services/NAME/ID/health`: what an instance says of itself. With `ttl` it is also what
/// keeps the registration alive.
///
/// A report that says what the one before said changes nothing in the store: it renews the leases.
struct HealthReportCall {
    private enum Stage {
        case reading
        /// The same was said before.
        case renewing
        case writing(Request)
        /// Written; what is left is the record's own lease.
        case renewingRecord(Revision)
    }

    private let service: RegisteredService
    private let id: InstanceID
    private let health: InstanceHealth
    private let preconditions: WritePreconditions
    private var stage = Stage.reading
    private var fate: RequestFate

    /// What the caller has to be allowed to write.
    var range: KeyRange { .subtree(service.key(of: id)) }

    init(_ service: RegisteredService, id: InstanceID, request: HTTPRequest) throws(Problem) {
        self.service = service
        self.id = id
        health = try InstanceHealth(Body(request, known: InstanceHealth.fields))
        preconditions = try WritePreconditions(request)
        fate = RequestFate(preconditions.request(.keepAlive([])))
    }

    /// What this member has is enough to renew; when the renewal is applied, what was reported
    /// before is known for certain.
    mutating func start(_ store: Store) -> NativeStep { renewal(store) ?? .read }

    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        let store = keyspace.store
        switch resumption {
        case .disconnected: return .finish
        case .unreadable: throw .unreadable
        case .unproposed(let failure): throw Problem(failure, fate: fate)
        case .answered(let answer):
            defer { fate.note(answer) }
            return try go(on: answer, in: store)
        default:
            guard case .reading = stage else { return .goOn }
            if let step = renewal(store) { return step }
            return try write(store)
        }
    }

    private mutating func go(on answer: Answer, in store: Store) throws(Problem) -> NativeStep {
        switch stage {
        case .reading: return .goOn
        case .renewing:
            guard answer.outcome.isRenewed, let known = store.get(service.healthKey(of: id)),
                known.value == health.record
            else { return try write(store) }
            return .respond(try reported(known.modRevision, in: store))
        case .writing(let request):
            guard case .put(let result) = answer.outcome else {
                return .respond(
                    try WriteCall.response(to: .answered(answer), about: .none, fate: fate)
                )
            }
            guard let lease = try found(store).record.lease, lease != result.lease else {
                return .respond(try reported(result.revision, in: store))
            }
            stage = .renewingRecord(result.revision)
            return .propose(Request(.keepAlive([lease]), fences: request.fences))
        case .renewingRecord(let revision):
            guard answer.outcome.isRenewed else { throw absent }
            return .respond(try reported(revision, in: store))
        }
    }

    private var absent: Problem {
        .notFound(
            "instance",
            detail:
                "The service \(text(service.bytes)) has no instance \(text(id.bytes)); register it (again)."
        )
    }

    /// The record and what is registered with it.
    private func found(
        _ store: Store
    ) throws(Problem) -> (record: KeyRecord, instance: ServiceInstance) {
        guard let record = store.get(service.key(of: id)),
            let instance = ServiceInstance(recordedAs: record.value)
        else { throw absent }
        return (record, instance)
    }

    /// Nil where something else was reported, or there is nothing to renew.
    private mutating func renewal(_ store: Store) -> NativeStep? {
        guard preconditions.idempotency == nil, let (record, instance) = try? found(store),
            instance.timeToLiveMilliseconds != nil, let life = record.lease,
            let known = store.get(service.healthKey(of: id)), known.value == health.record,
            let lease = known.lease
        else { return nil }
        stage = .renewing
        return .propose(Request(.keepAlive([lease, life]), fences: preconditions.fences))
    }

    /// Writes the report, under the lease of the registration or one of its own.
    private mutating func write(_ store: Store) throws(Problem) -> NativeStep {
        let (record, instance) = try found(store)
        let request = preconditions.request(
            .put(
                Put(
                    key: service.healthKey(of: id),
                    value: health.record,
                    lease: LeaseAttachment(
                        instance.timeToLiveMilliseconds == nil ? record.lease : nil,
                        timeToLiveMilliseconds: instance.timeToLiveMilliseconds
                    ),
                    condition: .none
                )
            )
        )
        stage = .writing(request)
        return .propose(request)
    }

    private func reported(_ revision: Revision, in store: Store) throws(Problem) -> HTTPResponse {
        let instance = try found(store).instance
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: service.bytes)
        json.member("id", string: id.bytes)
        json.member("status", string: health.status.name)
        json.member("revision", number: revision.rawValue)
        if let timeToLive = instance.timeToLiveMilliseconds {
            json.member("ttl", milliseconds: timeToLive)
        }
        json.endObject()
        return .json(json)
    }
}

extension Outcome {
    /// Whether every lease that was to be kept alive is.
    fileprivate var isRenewed: Bool {
        guard case .keptAlive(let standings) = self else { return false }
        return standings.allSatisfy { $0 != nil }
    }
}
