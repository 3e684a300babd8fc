internal import Bytes
internal import Platform

/// Where an endpoint is, asked of the system's resolver within a time.
enum Resolution {
    private typealias Answer = Result<[SocketAddress], ResolutionError>

    /// The endpoint's addresses.
    ///
    /// The resolver cannot be interrupted: it runs on a thread of its own, which is abandoned
    /// when the time is over and ends when the resolver does.
    static func addresses(
        of endpoint: Endpoint,
        until deadline: MonotonicTime
    ) throws(LinkError) -> [SocketAddress] {
        if let address = endpoint.numericAddress { return [address] }
        let answer: Answer?
        do throws(SystemError) {
            let mailbox = try Mailbox<Answer>()
            _ = try Thread(named: "resolver") { mailbox.send(resolve(endpoint)) }
            try mailbox.wait(until: deadline)
            answer = mailbox.takeAll().first
        } catch { throw .unreachable(why: "cannot ask where \(endpoint) is: \(error)") }
        switch answer {
        case .success(let addresses): return addresses
        case .failure(let error): throw .unreachable(why: "\(error)")
        case nil: throw .unreachable(why: "the resolver does not answer in time")
        }
    }

    private static func resolve(_ endpoint: Endpoint) -> Answer {
        do throws(ResolutionError) { return .success(try endpoint.resolve()) } catch {
            return .failure(error)
        }
    }
}
