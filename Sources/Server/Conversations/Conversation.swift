internal import API
internal import Wire

/// What one connection speaks: it takes requests off the bytes that arrive, says which of them may
/// begin, and writes their answers. The frontend carries the calls themselves, whatever is spoken.
///
/// A server knows all its conversations: the type that conforms is a closed enum with one case for
/// each, `ClientConversation`, so that nothing on the way of a request is looked up at run time.
protocol Conversation {
    /// One call's life, of any dialect that is spoken.
    associatedtype Exchange: API.Exchange
    /// What has to be remembered of a call in order to write its answer.
    associatedtype Reply

    typealias Response = Exchange.Response

    /// What a client gets for which there is no connection left, whatever it speaks.
    static var shedding: [UInt8] { get }

    /// What a client gets that has as many connections as it may.
    static var turningAway: [UInt8] { get }

    /// What a client gets that speaks no TLS where it has to.
    static var insecure: [UInt8] { get }

    /// Decides by the first bytes of a connection what is spoken on it: the one place that does.
    ///
    /// - Parameter input: at least one byte, from the connection's first on.
    static func choose(_ input: Span<UInt8>) -> ConversationChoice<Self>

    /// Whether a call may hold or wait for a lock or leadership. Others are never asked.
    static func mayKeepPlace(_ reply: Reply) -> Bool

    /// In which order answers go out.
    var order: AnswerOrder { get }

    /// Whether the bytes taken so far end within a request: then the client owes the rest of it.
    var isWithinRequest: Bool { get }

    /// Whether no more is taken in before something was answered.
    var isFull: Bool { get }

    /// What was taken in and has not begun.
    var waitingCount: Int { get }

    /// Takes in what is complete of the bytes from `offset` on, as long as there is room.
    ///
    /// - Parameters:
    ///   - offset: afterwards the end of what was consumed; the rest is given again, with what
    ///     follows it.
    ///   - output: for what has to be said before any answer.
    func take(
        _ input: Span<UInt8>,
        from offset: inout Int,
        from client: ClientOrigin,
        counters: inout Counters,
        output: inout [UInt8],
        in context: borrowing ReadContext
    ) -> Intake

    /// Who asks for what `next` gives, where that may begin; nil where it has to wait. Asked where
    /// shares are held against limits, and of trusted proxies.
    func nextAsker(from client: ClientOrigin, in context: borrowing ReadContext) -> ClientAsker?

    /// The next thing that may happen beside the calls that are under way; nil when it has to wait.
    ///
    /// - Parameter number: by which the frontend knows the call that begins.
    func next(
        number: UInt64,
        from client: ClientOrigin,
        arrival: ClientArrival,
        in context: borrowing ReadContext
    ) -> NextCall<Exchange, Reply>?

    /// The answer to a call is known, or its stream has ended.
    func settle(_ reply: Reply)

    /// Nothing more is written for a call.
    func leave(_ reply: Reply)

    /// Nothing more begins, and no call is under way any more.
    func stop()

    /// Appends a whole answer.
    func write(
        _ response: Response,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    ) -> Continuation

    /// Appends the beginning of a stream.
    func writeHead(
        _ response: Response,
        to reply: inout Reply,
        date: HTTPDate,
        into output: inout [UInt8]
    )

    /// Appends a piece of a stream.
    func writePiece(_ bytes: [UInt8], to reply: inout Reply, into output: inout [UInt8])

    /// Appends the end of a stream.
    func writeEnd(to reply: inout Reply, into output: inout [UInt8]) -> Continuation

    /// The class of a response for the counters: its status as HTTP would have it, 200 to 599.
    static func status(of response: Response) -> UInt16

    /// The first broken rule of what it keeps twice, held against the calls of its connection that
    /// have begun and are not in the output.
    func brokenRule(_ replies: [Reply]) -> AccountRule?
}

/// What the first bytes of a connection say.
enum ConversationChoice<Spoken> {
    /// They are too few.
    case undecided
    case speaks(Spoken)
    /// Nothing that is spoken here. The reply, which may be empty, ends the connection.
    case foreign(reply: [UInt8])
}

/// In which order the answers of one connection go out.
enum AnswerOrder: Hashable {
    /// In the order of the requests.
    case asBegun
    /// Each as soon as it is there; streams take turns.
    case asReady
}

/// Whether a connection goes on.
enum Continuation: Hashable {
    case goesOn
    /// It ends after what was written.
    case ends
}

/// What became of bytes that were taken in.
enum Intake: Hashable {
    case open
    /// Nothing more can be understood from this client; what it asked before is answered still.
    case refused
}

/// What a conversation lets happen next.
enum NextCall<Exchange: API.Exchange, Reply> {
    /// A call begins. There is no exchange where the first step is the answer.
    indirect case call(Reply, Exchange?, Step<Exchange.Response>)
    /// Many plain requests begin and are carried out together.
    case batch(Reply, RequestBatch)
    /// Something arrived for the call of that number. Nothing happens if it is over.
    case input(UInt64, Resumption)
}

/// Who asks with one request.
struct ClientAsker: Hashable {
    enum Standing: UInt8, Hashable {
        case proven = 0
        /// Its password has not been looked at.
        case claimed = 1
    }

    /// By name; empty for nobody in particular.
    let user: [UInt8]
    var standing = Standing.proven
    /// What the request says of whom it was passed on for, as it says it; none where the connection
    /// is no trusted proxy's.
    var forwardedFor: [ArraySlice<UInt8>] = []
}

/// Who is at the other end of a connection, and through what listener it came.
struct ClientOrigin: Hashable {
    let listener: ListenerKind
    /// Whether it is believed of whom it passes requests on for.
    var standing = Standing.client
    /// What its verified certificate says it is; nil where it has shown none.
    var certificate: [UInt8]?

    enum Standing: UInt8, Hashable {
        case client = 0
        case trustedProxy = 1
    }
}
