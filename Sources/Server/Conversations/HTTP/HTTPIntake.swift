internal import API
internal import Bytes
internal import Keyspace
internal import Wire

/// What one connection has sent over HTTP/1.1: what is being parsed, what waits and what is under
/// way.
///
/// Requests that cannot disturb each other are under way together; the others wait for their turn.
struct HTTPIntake: ~Copyable {
    private var parser = RequestParser()
    /// Requests that were parsed and have not begun.
    private var backlog = Backlog()
    /// What the plain requests of this connection look like.
    private var known = KnownRequests()
    /// What is under way.
    private var pipeline = Pipeline()
    /// Requests that have begun and whose answers are not in the output.
    private var begunCount = 0

    var isWithinRequest: Bool { parser.isWithinRequest }

    var isFull: Bool { room <= 0 || backlog.byteCount >= Pipeline.byteCountMax }

    var waitingCount: Int { backlog.count }

    /// How many more requests may be taken in.
    private var room: Int { Pipeline.depthMax - backlog.count - begunCount }

    private var isAnswered: Bool { begunCount == 0 && backlog.count == 0 }

    // MARK: - Requests

    /// Takes requests off the bytes from `offset` on, as many as there is room for.
    mutating func take(
        _ input: Span<UInt8>,
        from offset: inout Int,
        from client: ClientOrigin,
        counters: inout Counters,
        output: inout [UInt8],
        in context: borrowing ReadContext
    ) -> Intake {
        known.renew(for: client.certificate, in: context.permissions)
        let now = context.gate.unixSeconds
        parser.bodyByteCountMax = NativeExchange.bodyByteCountMax(context.keyspace.settings)
        while !isFull {
            let isWithinRequest = parser.isWithinRequest
            if !isWithinRequest {
                counters.requestCount += UInt64(takeKnown(input, from: &offset, now: now))
                guard !isFull else { break }
            }
            guard offset < input.count || isWithinRequest else { return .open }
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
                        site: context.site,
                        identity: {
                            context.gate.identity(
                                of: request,
                                certificate: client.certificate,
                                in: context.keyspace
                            )
                        }
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
    private mutating func takeKnown(
        _ input: Span<UInt8>,
        from offset: inout Int,
        now: UInt64
    ) -> Int {
        let room = room
        var count = 0
        while count < room, let (kind, found) = known.match(input, at: offset, now: now) {
            backlog.append(
                kind,
                as: known,
                key: input.extracting(found.path),
                value: input.extracting(found.body)
            )
            offset = found.end
            count += 1
        }
        return count
    }

    // MARK: - Calls

    /// The oldest request if it may be under way beside what is.
    var first: Backlog.Item? { backlog.first(admittedBy: pipeline) }

    /// The oldest request if it may be under way beside what is; it is from now on.
    mutating func next() -> (item: Backlog.Item, reply: HTTPConversation.Reply)? {
        guard let (item, pipelining) = backlog.takeFirst(admittedBy: pipeline) else { return nil }
        let reply = HTTPConversation.Reply(to: item, pipelining: pipelining)
        pipeline.begin(
            pipelining,
            requestCount: reply.requestCount,
            byteCount: reply.byteCount
        )
        begunCount += reply.requestCount
        return (item, reply)
    }

    /// What waited for this call may begin.
    mutating func settle(_ reply: HTTPConversation.Reply) {
        pipeline.end(requestCount: reply.requestCount, byteCount: reply.byteCount)
    }

    /// The call's answer is in the output.
    mutating func leave(_ reply: HTTPConversation.Reply) { begunCount -= reply.requestCount }

    /// Forgets what has not begun, and what has.
    mutating func stop() {
        backlog.removeAll()
        pipeline = Pipeline()
        begunCount = 0
    }

    /// The first broken rule of what is kept twice.
    func brokenRule(_ replies: [HTTPConversation.Reply]) -> AccountRule? {
        guard replies.reduce(0, { $0 + $1.requestCount }) == begunCount else { return .begunIsSum }
        guard pipeline.underWayCount <= begunCount else { return .underWayHasBegun }
        return backlog.brokenRule
    }
}
