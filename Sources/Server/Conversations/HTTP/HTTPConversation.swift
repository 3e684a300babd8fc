internal import API
internal import Bytes
internal import Keyspace
internal import Wire

/// HTTP/1.1 on one connection: requests one after another, answered in their order (RFC 9112, 9.3.2).
///
/// Requests that cannot disturb each other are under way together; the others wait for their turn.
final class HTTPConversation {
    private var parser = RequestParser()
    /// Requests that were parsed and have not begun.
    private var backlog = Backlog()
    /// What the plain requests of this connection look like.
    private var known = KnownRequests()
    /// What is under way.
    private var pipeline = Pipeline()
    /// Requests that have begun and whose answers are not in the output.
    private var begunCount = 0

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

    var isWithinRequest: Bool { parser.isWithinRequest }

    var isFull: Bool { room <= 0 || backlog.byteCount >= Pipeline.byteCountMax }

    var waitingCount: Int { backlog.count }

    /// How many more requests may be taken in.
    private var room: Int { Pipeline.depthMax - backlog.count - begunCount }

    private var isAnswered: Bool { begunCount == 0 && backlog.count == 0 }

    // MARK: - Requests

    /// Takes requests off the bytes from `offset` on, as many as there is room for.
    func take(
        _ input: Span<UInt8>,
        from offset: inout Int,
        from client: ClientOrigin,
        counters: inout Counters,
        output: inout [UInt8],
        in context: borrowing ReadContext
    ) -> Intake {
        known.renew(for: client.principal, in: context.permissions)
        parser.bodyByteCountMax = NativeExchange.bodyByteCountMax(context.keyspace.settings)
        while !isFull {
            let isWithinRequest = parser.isWithinRequest
            if !isWithinRequest {
                counters.requestCount += UInt64(takeKnown(input, from: &offset))
                guard !isFull else { break }
            }
            let start = offset
            switch parser.next(input, from: &offset) {
            case .needsMore: return .open
            case .needsContinue:
                if isAnswered { output.append(ResponseWriter.continueResponse) }
                return .open
            case .request(let request):
                counters.requestCount += 1
                if !isWithinRequest {
                    known.learn(
                        from: request,
                        in: input.extracting(start..<offset),
                        through: client.listener,
                        site: context.site
                    )
                }
                backlog.append(.request(request))
            case .refused(let error):
                counters.requestCount += 1
                backlog.append(
                    .refusal(
                        NativeExchange.refusal(
                            of: error,
                            keyspace: context.keyspace,
                            site: context.site
                        )
                    )
                )
                return .refused
            }
        }
        return .open
    }

    /// Takes the known requests that come next, as many as there is room for; how many.
    private func takeKnown(_ input: Span<UInt8>, from offset: inout Int) -> Int {
        let known = known
        let room = room
        var count = 0
        while count < room, let (kind, found) = known.match(input, at: offset) {
            backlog.append(
                kind,
                key: input.extracting(found.path),
                value: input.extracting(found.body)
            )
            offset = found.end
            count += 1
        }
        return count
    }

    // MARK: - Calls

    /// Begins the oldest request if it may be under way beside what is.
    func next(
        from client: ClientOrigin,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<NativeExchange, Reply>? {
        guard let (item, pipelining) = backlog.takeFirst(admittedBy: pipeline) else { return nil }
        let reply = Reply(to: item, pipelining: pipelining)
        pipeline.begin(
            pipelining,
            requestCount: reply.requestCount,
            byteCount: reply.byteCount
        )
        begunCount += reply.requestCount
        switch item {
        case .request(let request):
            guard arrival.room == .ample else {
                let response = NativeExchange.overloaded(
                    request,
                    keyspace: context.keyspace,
                    site: context.site
                )
                return .call(reply, nil, .respond(response))
            }
            let (exchange, step) = NativeExchange.begin(
                request,
                through: client.listener,
                by: client.principal,
                keyspace: context.keyspace,
                member: context.member,
                site: context.site,
                arrival: arrival.time,
                now: context.now
            )
            return .call(reply, exchange, step)
        case .batch(let batch): return .batch(reply, batch)
        case .refusal(let response): return .call(reply, nil, .respond(response))
        }
    }

    /// What waited for this call may begin.
    func settle(_ reply: Reply) {
        pipeline.end(requestCount: reply.requestCount, byteCount: reply.byteCount)
    }

    /// The call's answer is in the output.
    func leave(_ reply: Reply) { begunCount -= reply.requestCount }

    /// Forgets what has not begun, and what has.
    func stop() {
        backlog.removeAll()
        pipeline = Pipeline()
        begunCount = 0
    }

    /// The first broken rule of what is kept twice.
    func brokenRule(_ replies: [Reply]) -> AccountRule? {
        guard replies.reduce(0, { $0 + $1.requestCount }) == begunCount else { return .begunIsSum }
        guard pipeline.underWayCount <= begunCount else { return .underWayHasBegun }
        return backlog.brokenRule
    }
}
