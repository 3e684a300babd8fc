internal import Keyspace
internal import Wire

// The writes of /v1/leases and /v1/compact as commands.

extension WriteCall {
    static func grantLease(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        let body = try Body(request, known: ["id", "ttl"])
        guard let timeToLive = try body.timeToLive("ttl") else {
            throw body.fault("ttl", fault: "is missing")
        }
        return try WriteCall(
            .grantLease(try body.lease("id"), timeToLiveMilliseconds: timeToLive),
            request: request,
            subject: .none
        )
    }

    static func keepAlive(_ lease: LeaseID, request: HTTPRequest) throws(Problem) -> WriteCall {
        _ = try Body(request, known: [], presence: .optional)
        return try WriteCall(.keepAlive([lease]), request: request, subject: .lease(lease))
    }

    static func revoke(_ lease: LeaseID, request: HTTPRequest) throws(Problem) -> WriteCall {
        try WriteCall(.revokeLease(lease), request: request, subject: .lease(lease))
    }

    static func compact(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        let body = try Body(request, known: ["revision"])
        guard let revision = try body.whole("revision"), revision > 0 else {
            throw body.fault("revision", fault: "is missing or 0")
        }
        return try WriteCall(
            .compact(Revision(rawValue: revision)),
            request: request,
            subject: .none
        )
    }
}
