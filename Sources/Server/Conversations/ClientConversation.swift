internal import API
internal import TLS
internal import Wire

/// Every conversation that clients may have with a member.
enum ClientConversation: Conversation {
    /// HTTP/1.1, in which the native interface is spoken.
    case http1(HTTPConversation)

    typealias Exchange = NativeExchange
    typealias Reply = HTTPConversation.Reply

    /// The alert `protocol_version`, fatal (RFC 8446, 6.2): this address speaks no TLS.
    private static let tlsAlert: [UInt8] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]

    static func choose(_ input: Span<UInt8>) -> ConversationChoice<ClientConversation> {
        switch input[0] {
        case TLSSession.handshakeByte: .foreign(reply: tlsAlert)
        case 0x0A, 0x0D, 0x20...0x7E: .speaks(.http1(HTTPConversation()))
        default: .foreign(reply: [])
        }
    }

    static var shedding: [UInt8] { HTTPConversation.shedding }
    static var insecure: [UInt8] { HTTPConversation.insecure }
    static var turningAway: [UInt8] { HTTPConversation.turningAway }

    static func mayKeepPlace(_ reply: Reply) -> Bool { reply.mayKeepPlace }

    static func status(of response: HTTPResponse) -> UInt16 { response.status }

    var order: AnswerOrder {
        switch self {
        case .http1: .asBegun
        }
    }

    var isWithinRequest: Bool {
        switch self {
        case .http1(let http): http.isWithinRequest
        }
    }

    var isFull: Bool {
        switch self {
        case .http1(let http): http.isFull
        }
    }

    var waitingCount: Int {
        switch self {
        case .http1(let http): http.waitingCount
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
        }
    }

    func nextAsker(from client: ClientOrigin, in context: borrowing ReadContext) -> ClientAsker? {
        switch self {
        case .http1(let http): http.nextAsker(from: client, in: context)
        }
    }

    func next(
        number: UInt64,
        from client: ClientOrigin,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<NativeExchange, Reply>? {
        switch self {
        case .http1(let http): http.next(from: client, arrival: arrival, in: context)
        }
    }

    func settle(_ reply: Reply) {
        switch self {
        case .http1(let http): http.settle(reply)
        }
    }

    func leave(_ reply: Reply) {
        switch self {
        case .http1(let http): http.leave(reply)
        }
    }

    func stop() {
        switch self {
        case .http1(let http): http.stop()
        }
    }

    func write(
        _ response: HTTPResponse,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    ) -> Continuation {
        switch self {
        case .http1: reply.write(response, date: date, into: &output)
        }
    }

    func writeHead(
        _ response: HTTPResponse,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    ) {
        switch self {
        case .http1: reply.writeHead(response, date: date, into: &output)
        }
    }

    func writePiece(_ bytes: [UInt8], to reply: inout Reply, into output: inout [UInt8]) {
        switch self {
        case .http1: reply.writePiece(bytes, into: &output)
        }
    }

    func writeEnd(to reply: inout Reply, into output: inout [UInt8]) -> Continuation {
        switch self {
        case .http1: reply.writeEnd(into: &output)
        }
    }

    func brokenRule(_ replies: [Reply]) -> AccountRule? {
        switch self {
        case .http1(let http): http.brokenRule(replies)
        }
    }
}
