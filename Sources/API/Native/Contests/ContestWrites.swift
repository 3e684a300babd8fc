internal import Keyspace
internal import Wire

// Release, resign and proclaim as commands.

extension WriteCall {
    static func release(
        _ contest: Contest,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        let token = try parameters.token()
        let force = try parameters.flag("force")
        let release: Release
        switch (token, force) {
        case (let token?, false): release = .token(token)
        case (nil, true): release = .everyHolder
        case (nil, false):
            throw .parameter("token", fault: "is missing; \"force\" releases every holder")
        case (.some, true): throw .parameter("force", fault: "excludes \"token\"")
        }
        return try WriteCall(.release(contest, release), request: request, subject: .none)
    }

    static func resign(
        _ contest: Contest,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        _ = try Body(request, known: [], presence: .optional)
        guard let token = try parameters.token() else {
            throw .parameter("token", fault: "is missing")
        }
        return try WriteCall(.release(contest, .token(token)), request: request, subject: .none)
    }

    /// `POST …/handover?token=T {"to"?,"timeout"?}`
    static func handOver(
        _ election: [UInt8],
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        let body = try Body(request, known: ["to", "timeout"], presence: .optional)
        guard let token = try parameters.token() else {
            throw .parameter("token", fault: "is missing")
        }
        let milliseconds = try body.timeToLive("timeout") ?? handOverMillisecondsDefault
        return try WriteCall(
            .handOver(
                election: election,
                token: token,
                to: try body.lease("to"),
                withinMilliseconds: milliseconds
            ),
            request: request,
            subject: .none
        )
    }

    /// How long a leader that hands over may lead on, unless told otherwise.
    private static let handOverMillisecondsDefault: UInt64 = 10_000

    static func proclaim(
        _ election: [UInt8],
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        guard let token = try parameters.token() else {
            throw .parameter("token", fault: "is missing")
        }
        guard request.body.count <= ClusterSettings.valueByteCountLimit else {
            throw .valueTooLarge(request.body.count)
        }
        return try WriteCall(
            .proclaim(election: election, token: token, value: request.body),
            request: request,
            subject: .none
        )
    }
}
