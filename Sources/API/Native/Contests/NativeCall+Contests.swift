internal import Bytes
internal import Keyspace
internal import Wire

extension NativeCall {
    /// The calls of a lock, an election, a counter, a queue or a barrier of that name.
    static func contest(
        _ name: [UInt8],
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        let lock = Contest(kind: .lock, name: name)
        let election = Contest(kind: .election, name: name)
        switch resource {
        case .lock where request.method == .post:
            return .place(
                try PlaceCall(
                    LockRequestForm(lock, request: request),
                    request: request,
                    options: options,
                    now: now
                )
            )
        case .lock where request.method == .delete:
            return .write(try .release(lock, request: request, parameters: &parameters))
        case .lock: return .lookup(Lookup(.contest(lock)))
        case .lockVerify:
            return .tokenCheck(try TokenCheck(lock, parameters: &parameters, options: options))
        case .lockHold:
            let candidacy = try LockRequestForm(holding: lock, parameters: &parameters)
            return .hold(try HoldCall(candidacy, request: request, now: now))
        case .counter where request.method.isSafe: return .lookup(Lookup(.counter(name)))
        case .counter: return .write(try .count(name, request: request))
        case .election:
            guard let value = try parameters.text("is") else {
                return .lookup(Lookup(.contest(election)))
            }
            return .lookup(Lookup(.leader(election, is: value)))
        case .campaign:
            return .place(
                try PlaceCall(
                    LockRequestForm(election, request: request),
                    request: request,
                    options: options,
                    now: now
                )
            )
        case .electionHold:
            let candidacy = try LockRequestForm(holding: election, parameters: &parameters)
            return .hold(try HoldCall(candidacy, request: request, now: now))
        case .observe: return .observe(ObserveCall(election, now: now))
        case .queue, .queueTake, .queueAck, .queueNack, .queueExtend:
            return try queue(
                name,
                resource: resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .barrier, .barrierEnter, .barrierLeave:
            return try barrier(
                name,
                resource: resource,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        case .proclaim:
            return .write(try .proclaim(name, request: request, parameters: &parameters))
        case .handOver:
            return .write(try .handOver(name, request: request, parameters: &parameters))
        case .resign:
            return .write(try .resign(election, request: request, parameters: &parameters))
        default: throw Problem(.internal, "The route has no name.")
        }
    }
}
