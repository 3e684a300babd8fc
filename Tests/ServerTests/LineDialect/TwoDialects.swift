import API
import Bytes
import Keyspace
import Wire

@testable import Server

/// The conversations of a server that speaks the line protocol besides: one case more.
enum TwoConversations: Conversation {
    case http1(HTTPConversation)
    case line(LineConversation)

    typealias Exchange = TwoExchanges

    enum Reply {
        case http(HTTPConversation.Reply)
        case line(LineConversation.Reply)
    }

    static var insecure: [UInt8] { HTTPConversation.insecure }
    static var shedding: [UInt8] { HTTPConversation.shedding }
    static var turningAway: [UInt8] { HTTPConversation.turningAway }

    static func choose(_ input: Span<UInt8>) -> ConversationChoice<TwoConversations> {
        switch LineConversation.isSpoken(input) {
        case true: return .speaks(.line(LineConversation()))
        case nil: return .undecided
        case false:
            switch ClientConversation.choose(input) {
            case .undecided: return .undecided
            case .foreign(let reply): return .foreign(reply: reply)
            case .speaks(.http1(let http)): return .speaks(.http1(http))
            }
        }
    }

    static func mayKeepPlace(_ reply: Reply) -> Bool {
        switch reply {
        case .http(let reply): reply.mayKeepPlace
        case .line: false
        }
    }

    static func status(of response: TwoResponses) -> UInt16 {
        switch response {
        case .http(let response): response.status
        case .line: 200
        }
    }

    var order: AnswerOrder {
        switch self {
        case .http1: .asBegun
        case .line: .asReady
        }
    }

    var isWithinRequest: Bool {
        switch self {
        case .http1(let http): http.isWithinRequest
        case .line(let line): line.isWithinRequest
        }
    }

    var isFull: Bool {
        switch self {
        case .http1(let http): http.isFull
        case .line(let line): line.isFull
        }
    }

    var waitingCount: Int {
        switch self {
        case .http1(let http): http.waitingCount
        case .line(let line): line.waitingCount
        }
    }

    func take(
        _ input: Span<UInt8>,
        from offset: inout Int,
        from client: ClientOrigin,
        counters: inout Counters,
        output: inout [UInt8],
        in context: borrowing ReadContext
    ) -> Intake {
        switch self {
        case .http1(let http):
            http.take(
                input,
                from: &offset,
                from: client,
                counters: &counters,
                output: &output,
                in: context
            )
        case .line(let line): line.take(input, from: &offset, counters: &counters)
        }
    }

    func nextAsker(from client: ClientOrigin, in context: borrowing ReadContext) -> ClientAsker? {
        switch self {
        case .http1(let http): http.nextAsker(from: client, in: context)
        case .line: ClientAsker(user: [])
        }
    }

    func next(
        number: UInt64,
        from client: ClientOrigin,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<TwoExchanges, Reply>? {
        switch self {
        case .http1(let http):
            http.next(from: client, arrival: arrival, in: context)?
                .map(Reply.http, exchange: TwoExchanges.native, response: TwoResponses.http)
        case .line(let line):
            line.next(number: number, arrival: arrival, in: context)?
                .map(Reply.line, exchange: TwoExchanges.line, response: TwoResponses.line)
        }
    }

    func settle(_ reply: Reply) {
        if case .http1(let http) = self, case .http(let reply) = reply { http.settle(reply) }
    }

    func leave(_ reply: Reply) {
        switch (self, reply) {
        case (.http1(let http), .http(let reply)): http.leave(reply)
        case (.line(let line), .line(let reply)): line.leave(reply)
        default: invariant(false, "a call's reply is of another conversation")
        }
    }

    func stop() {
        switch self {
        case .http1(let http): http.stop()
        case .line(let line): line.stop()
        }
    }

    func write(
        _ response: TwoResponses,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    ) -> Continuation {
        switch (self, response, reply) {
        case (.http1, .http(let response), .http(var http)):
            defer { reply = .http(http) }
            return http.write(response, date: date, into: &output)
        case (.line(let conversation), .line(let response), .line(let line)):
            conversation.write(response, to: line, into: &output)
            return line.number == 0 ? .ends : .goesOn
        default: invariant(false, "a response is of another conversation")
        }
        return .ends
    }

    func writeHead(
        _ response: TwoResponses,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    ) {
        switch (self, response, reply) {
        case (.http1, .http(let response), .http(var http)):
            http.writeHead(response, date: date, into: &output)
            reply = .http(http)
        case (.line(let conversation), .line(let response), .line(let line)):
            conversation.write(response, to: line, into: &output)
        default: invariant(false, "a response is of another conversation")
        }
    }

    func writePiece(_ bytes: [UInt8], to reply: inout Reply, into output: inout [UInt8]) {
        switch (self, reply) {
        case (.http1, .http(let http)): http.writePiece(bytes, into: &output)
        case (.line(let conversation), .line(let line)):
            conversation.write(bytes, to: line, into: &output)
        default: invariant(false, "a piece is of another conversation")
        }
    }

    func writeEnd(to reply: inout Reply, into output: inout [UInt8]) -> Continuation {
        if case .http(let http) = reply { http.writeEnd(into: &output) } else { .goesOn }
    }

    func brokenRule(_ replies: [Reply]) -> AccountRule? {
        guard case .http1(let http) = self else { return nil }
        return http.brokenRule(
            replies.compactMap { reply in
                if case .http(let reply) = reply { reply } else { nil }
            }
        )
    }
}

/// A call of either dialect.
enum TwoExchanges: Exchange {
    case native(NativeExchange)
    case line(LineExchange)

    struct Cache: ExchangeCache {
        var native = EventEncodings()
        var line = LineExchange.Cache()

        mutating func removeAll() { native.removeAll() }
    }

    var deadline: MonotonicTime {
        switch self {
        case .native(let exchange): exchange.deadline
        case .line(let exchange): exchange.deadline
        }
    }

    var keepsAlive: KeptLease? {
        switch self {
        case .native(let exchange): exchange.keepsAlive
        case .line(let exchange): exchange.keepsAlive
        }
    }

    var delivery: Delivery {
        switch self {
        case .native(let exchange): exchange.delivery
        case .line(let exchange): exchange.delivery
        }
    }

    mutating func resume(
        _ resumption: Resumption,
        keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> Step<TwoResponses> {
        switch self {
        case .native(var exchange):
            defer { self = .native(exchange) }
            return exchange.resume(resumption, keyspace: keyspace, member: member, now: now)
                .map(TwoResponses.http)
        case .line(var exchange):
            defer { self = .line(exchange) }
            return exchange.resume(resumption, keyspace: keyspace, member: member, now: now)
                .map(TwoResponses.line)
        }
    }

    mutating func nextPiece(
        keyspace: Keyspace,
        member: MemberView,
        cache: inout Cache,
        now: MonotonicTime
    ) -> StreamPiece<TwoResponses> {
        switch self {
        case .native(var exchange):
            defer { self = .native(exchange) }
            return exchange.nextPiece(
                keyspace: keyspace,
                member: member,
                cache: &cache.native,
                now: now
            )
            .map(TwoResponses.http)
        case .line(var exchange):
            defer { self = .line(exchange) }
            return exchange.nextPiece(
                keyspace: keyspace,
                member: member,
                cache: &cache.line,
                now: now
            )
            .map(TwoResponses.line)
        }
    }

    mutating func passOver(before event: EventID) {
        switch self {
        case .native(var exchange):
            exchange.passOver(before: event)
            self = .native(exchange)
        case .line(var exchange):
            exchange.passOver(before: event)
            self = .line(exchange)
        }
    }
}

/// What either dialect answers with.
enum TwoResponses: Sendable {
    case http(HTTPResponse)
    case line([UInt8])
}

extension Step {
    /// The same step with another type of response.
    func map<Other>(_ transform: (Response) -> Other) -> Step<Other> {
        switch self {
        case .propose(let request): .propose(request)
        case .read: .read
        case .wait(let wake): .wait(wake)
        case .describe: .describe
        case .identify(let request): .identify(request)
        case .work(let task): .work(task)
        case .handOver(let member): .handOver(to: member)
        case .respond(let response): .respond(transform(response))
        case .stream(let response): .stream(transform(response))
        case .goOn: .goOn
        case .finish: .finish
        }
    }
}

extension StreamPiece {
    /// The same piece with another type of response.
    func map<Other>(_ transform: (Response) -> Other) -> StreamPiece<Other> {
        switch self {
        case .bytes(let bytes): .bytes(bytes)
        case .idle(let wake): .idle(wake)
        case .step(let step): .step(step.map(transform))
        case .end(let bytes): .end(bytes)
        }
    }
}

extension NextCall {
    /// The same with other types.
    func map<OtherReply, OtherExchange: API.Exchange>(
        _ reply: (Reply) -> OtherReply,
        exchange: (Exchange) -> OtherExchange,
        response: (Exchange.Response) -> OtherExchange.Response
    ) -> NextCall<OtherExchange, OtherReply> {
        switch self {
        case .call(let own, let begun, let step):
            .call(reply(own), begun.map(exchange), step.map(response))
        case .batch(let own, let batch): .batch(reply(own), batch)
        case .input(let number, let resumption): .input(number, resumption)
        }
    }
}
