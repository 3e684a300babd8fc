internal import Bytes
internal import Wire

// Which call a request about services is.

extension NativeCall {
    /// A call of `/v1/services/NAME`.
    static func service(
        _ service: RegisteredService,
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        guard resource == .serviceWatch else {
            return .service(
                try ServiceCall(service, parameters: &parameters, options: options, now: now)
            )
        }
        return .serviceWatch(
            try ServiceWatchCall(service, request: request, parameters: &parameters, now: now)
        )
    }

    /// A call of `/v1/services/NAME/ID`.
    static func instance(
        _ id: InstanceID,
        of service: RegisteredService,
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        switch (resource, request.method) {
        case (.instanceHealth, _):
            return .healthReport(try HealthReportCall(service, id: id, request: request))
        case (_, .put):
            return .registration(try RegistrationCall(service, id: id, request: request))
        case (_, .delete):
            return .write(try .deregister(id, of: service, request: request))
        default:
            return .service(
                try ServiceCall(
                    service,
                    id: id,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            )
        }
    }
}
