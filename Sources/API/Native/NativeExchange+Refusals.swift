package import Keyspace
internal import Replica
package import Wire

// Answers without a call.

extension NativeExchange {
    /// The answer to bytes that are no request; the connection ends with it.
    package static func refusal(
        of error: RequestError,
        keyspace: Keyspace,
        site: HTTPSite
    ) -> HTTPResponse {
        var response = Problem(error).response
        response.appendCommon(keyspace.store.revision, site: site)
        return response
    }

    /// The answer to a request that this member has no room for now.
    ///
    /// - Parameters:
    ///   - request: nil for one of a batch, which has no header of its own and which no page of
    ///     another origin sends.
    ///   - excess: what the client takes too much of; nil where all of them together do.
    package static func overloaded(
        _ request: HTTPRequest?,
        because excess: ClientExcess? = nil,
        keyspace: Keyspace,
        site: HTTPSite
    ) -> HTTPResponse {
        var problem = Problem(
            .tooManyRequests,
            excess?.sentence
                ?? "This member serves as many requests as it can; try again, or another member."
        )
        if let excess { problem.retryAfterSeconds = excess.retryAfterSeconds }
        let isKeyed = request?.header("idempotency-key") != nil
        problem.members = Problem.application(
            isKeyed ? .unknown : .certainlyNot,
            sending: .certainlyNot
        )
        var response = problem.response
        response.appendCommon(keyspace.store.revision, site: site)
        if let request, let origin = OriginCheck.admitted(request, allowed: site.allowedOrigins) {
            response.appendCrossOrigin(origin)
        }
        return response
    }

    /// The answer to a put of a batch while nothing can be written down of it.
    package static func unwritten(keyspace: Keyspace, site: HTTPSite) -> HTTPResponse {
        var problem = Problem(.unavailable, Problem.unwrittenDetail)
        problem.members = Problem.application(.certainlyNot, sending: .certainlyNot)
        var response = problem.response
        response.appendCommon(keyspace.store.revision, site: site)
        return response
    }
}
