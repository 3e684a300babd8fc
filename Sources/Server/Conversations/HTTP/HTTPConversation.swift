internal import API
internal import Bytes
internal import Keyspace
internal import Wire

/// HTTP/1.1 on one connection: requests one after another, answered in their order (RFC 9112, 9.3.2).
///
/// The place where a connection's intake lies. Each access to it is checked for exclusivity at run
/// time, at a hundred instructions and more: a call of the frontend enters once.
final class HTTPConversation {
    private var intake = HTTPIntake()

    /// What a client gets for which there is no connection left.
    static let shedding = Array(
        """
        HTTP/1.1 503 Service Unavailable\r
        Content-Length: 0\r
        Retry-After: 1\r
        Connection: close\r
        \r

        """.utf8
    )

    /// What a client gets that has as many connections as it may.
    static let turningAway = Array(
        """
        HTTP/1.1 429 Too Many Requests\r
        Content-Length: 0\r
        Retry-After: 1\r
        Connection: close\r
        \r

        """.utf8
    )

    /// What a client gets that speaks no TLS where it has to.
    static let insecure = Array(
        """
        HTTP/1.1 400 Bad Request\r
        Content-Type: application/problem+json\r
        Content-Length: 190\r
        Connection: close\r
        \r
        {"type":"urn:roost:tls-required","code":"tls-required","title":"TLS is spoken here",\
        "status":400,"detail":"This address speaks TLS only: write https:// in place of http://",\
        "applied":false}

        """.utf8
    )

    var isWithinRequest: Bool { intake.isWithinRequest }

    var isFull: Bool { intake.isFull }

    var waitingCount: Int { intake.waitingCount }

    /// Takes requests off the bytes from `offset` on, as many as there is room for.
    func take(
        _ input: Span<UInt8>,
        from offset: inout Int,
        from client: ClientOrigin,
        counters: inout Counters,
        output: inout [UInt8],
        in context: borrowing ReadContext
    ) -> Intake {
        intake.take(
            input,
            from: &offset,
            from: client,
            counters: &counters,
            output: &output,
            in: context
        )
    }

    /// Who asks with the oldest request, if it may be under way beside what is. Of one whose password
    /// has to be looked at first that is not known yet.
    func nextAsker(from client: ClientOrigin, in context: borrowing ReadContext) -> ClientAsker? {
        switch intake.first {
        case nil: return nil
        case .refusal: return ClientAsker(user: [])
        case .batch(let batch): return ClientAsker(user: batch.principalName)
        case .request(let request):
            let identity = context.gate.identity(
                of: request,
                certificate: client.certificate,
                in: context.keyspace
            )
            var asker = ClientAsker(user: identity.name, standing: identity.standing)
            if client.standing == .trustedProxy {
                asker.forwardedFor = request.headers.values(of: "x-forwarded-for")
            }
            return asker
        }
    }

    /// Begins the oldest request if it may be under way beside what is.
    func next(
        from client: ClientOrigin,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<NativeExchange, Reply>? {
        guard let (item, reply) = intake.next() else { return nil }
        switch item {
        case .request(let request):
            guard arrival.room == .ample else {
                let response = NativeExchange.overloaded(
                    request,
                    because: arrival.excess,
                    keyspace: context.keyspace,
                    site: context.site
                )
                return .call(reply, nil, .respond(response))
            }
            var (exchange, step) = NativeExchange.begin(
                request,
                through: client.listener,
                by: context.gate.identity(
                    of: request,
                    certificate: client.certificate,
                    in: context.keyspace
                ),
                keyspace: context.keyspace,
                member: context.member,
                site: context.site,
                arrival: arrival.time,
                now: context.now
            )
            if arrival.unwritable?.holdsUp(exchange.subject) == true {
                step = .respond(
                    NativeExchange.unwritten(keyspace: context.keyspace, site: context.site)
                )
            }
            return .call(reply, exchange, step)
        case .batch(let batch): return .batch(reply, batch)
        case .refusal(let response): return .call(reply, nil, .respond(response))
        }
    }

    /// What waited for this call may begin.
    func settle(_ reply: Reply) { intake.settle(reply) }

    /// The call's answer is in the output.
    func leave(_ reply: Reply) { intake.leave(reply) }

    /// Forgets what has not begun, and what has.
    func stop() { intake.stop() }

    /// The first broken rule of what is kept twice.
    func brokenRule(_ replies: [Reply]) -> AccountRule? { intake.brokenRule(replies) }
}

extension CallerIdentity {
    /// Who asks, by name, proven or not; empty while nothing says so.
    fileprivate var name: [UInt8] {
        switch self {
        case .known(let principal), .toProve(_, let principal): principal.caller.author
        case .unsettled, .refused: []
        }
    }

    fileprivate var standing: ClientAsker.Standing {
        if case .toProve = self { .claimed } else { .proven }
    }
}
