package import Bytes
package import Platform

/// Where an endpoint is, asked of the system's resolver within a time.
package enum Resolution {
    /// The endpoint's addresses.
    ///
    /// The resolver cannot be interrupted: it runs on a thread of its own, which is abandoned
    /// when the time is over and ends when the resolver does.
    static func addresses(
        of endpoint: Endpoint,
        until deadline: MonotonicTime
    ) throws(LinkError) -> [SocketAddress] {
        if let address = endpoint.numericAddress { return [address] }
        return try ask(about: endpoint, until: deadline) { () throws(ResolutionError) in
            try endpoint.resolve()
        }
    }

    /// The members that a name stands for, in the order in which they are to be asked; at least one.
    package static func members(
        of endpoint: Endpoint,
        until deadline: MonotonicTime
    ) throws(LinkError) -> [Endpoint] {
        guard case .service(let name) = endpoint else { return [endpoint] }
        return try ask(about: endpoint, until: deadline) { () throws(ResolutionError) in
            try name.members()
        }
    }

    private static func ask<Place: Sendable>(
        about endpoint: Endpoint,
        until deadline: MonotonicTime,
        _ question: @escaping @Sendable () throws(ResolutionError) -> [Place]
    ) throws(LinkError) -> [Place] {
        let answer: Result<[Place], ResolutionError>?
        do throws(SystemError) {
            let mailbox = try Mailbox<Result<[Place], ResolutionError>>()
            _ = try Thread(named: "resolver") { mailbox.send(Result(catching: question)) }
            try mailbox.wait(until: deadline)
            answer = mailbox.takeAll().first
        } catch { throw .unreachable(why: "cannot ask where \(endpoint) is: \(error)") }
        switch answer {
        case .success(let places): return places
        case .failure(let error): throw .unreachable(why: "\(error)")
        case nil: throw .unreachable(why: "the resolver does not answer in time")
        }
    }
}
