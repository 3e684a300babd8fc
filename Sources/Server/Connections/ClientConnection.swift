internal import Bytes
internal import Platform

/// One client connection: its bytes, its bounds and its signs of life. What is spoken on it is the
/// matter of its conversation.
final class ClientConnection<Spoken: Conversation> {
    enum Phase {
        case serving
        /// Nothing more is taken from the client; the output is still sent.
        case closing
        /// All is sent and we said so; the client's end is waited for, so that closing does not
        /// reset away what it has not read yet.
        case lingering(since: MonotonicTime)
        case closed
    }

    enum Input {
        case open
        /// The client sends no more; it may still read.
        case ended
    }

    enum FlushMark { case none, listed }

    let number: UInt64
    var channel: ByteChannel
    private(set) var client: ClientOrigin
    /// What its client takes, over all connections.
    let account: ClientAccount
    /// What who asked last takes, over all connections; nil for nobody in particular.
    private(set) var user: ClientAccount?
    /// Whom the request that came last is passed on for; nil where that is the connection's own client.
    var passedOnFor: ForwardedClient?
    /// Who is told of in what is written down; empty where nothing is.
    let origin: AuditRecord.Origin
    var phase = Phase.serving
    var input = Input.open
    /// Nil until the client's first bytes have chosen it.
    private(set) var conversation: Spoken?
    /// In which order its calls are answered.
    private var order = AnswerOrder.asBegun
    /// Received and not taken by the conversation.
    var inbox: [UInt8] = []
    /// Calls that have begun and whose answers are not all in the output, in the order in which
    /// they began; where each is answered when it is ready, a stream that had its turn is last.
    private(set) var calls: [InFlightRequest<Spoken>] = []
    /// Bytes that are held of a request that has begun to arrive, as the budget knows them.
    var heldByteCount = 0
    /// Bytes that wait in the output, as the budget knows them.
    var owedByteCount = 0
    var output = OutputBuffer()
    /// Answers that have to arrive, and where each ends in the output.
    var deliveries: [(call: InFlightRequest<Spoken>, end: UInt64)] = []
    var pulse: ConnectionPulse
    /// Of what the conversation has taken and not begun.
    var arrivals = Arrivals()
    var alarm: IndexedHeap<WakeIndex<Spoken>.Alarm>.Handle?
    /// Whether it stands in the list of those to be flushed.
    var flush = FlushMark.none

    init(
        number: UInt64,
        channel: consuming ByteChannel,
        client: ClientOrigin,
        account: ClientAccount,
        origin: AuditRecord.Origin = AuditRecord.Origin(principal: [], address: []),
        now: MonotonicTime
    ) {
        self.number = number
        self.channel = channel
        self.client = client
        self.account = account
        self.origin = origin
        pulse = ConnectionPulse(openedAt: now)
    }

    /// Begins what will be spoken from now on.
    ///
    /// - Parameter certificate: what the client's verified certificate says it is; nil without one.
    func begin(_ conversation: Spoken, as certificate: [UInt8]? = nil) {
        self.conversation = conversation
        client.certificate = certificate
        order = conversation.order
    }

    /// Whether more may be taken off what was received.
    var mayParse: Bool {
        guard case .serving = phase else { return false }
        return conversation?.isFull != true && output.waitingByteCount < OutputBuffer.byteCountMax
    }

    /// Whether nothing is asked that is not answered.
    var isAnswered: Bool { calls.isEmpty && (conversation?.waitingCount ?? 0) == 0 }

    /// Whether more is to be received.
    var mayReceive: Bool {
        switch phase {
        case .serving: input == .open && mayParse && inbox.count < Self.inboxByteCountMax
        case .closing, .closed: false
        case .lingering: true
        }
    }

    var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// More than one head that the parser accepts.
    private static var inboxByteCountMax: Int { 128 << 10 }

    /// When it is to be given up; nil while an answer is being worked out.
    var deadline: MonotonicTime? {
        switch phase {
        case .lingering(let since):
            since.advanced(byMilliseconds: ConnectionPulse.lingerMilliseconds)
        case .serving where channel.isHandshaking: pulse.handshakeDeadline
        case .serving, .closing, .closed:
            pulse.deadline(
                owes: !output.isEmpty ? .output : isAnswered ? .nothing : .answers
            )
        }
    }

    /// Bytes that the client has not taken, in all forms.
    var waitingByteCount: Int { output.waitingByteCount + channel.waitingByteCount }

    /// Whose share the bytes are that arrive: until a trusted proxy has said whom it sends them for,
    /// nobody's.
    var payer: ClientAccount? {
        client.standing == .client ? account : passedOnFor?.account
    }

    // MARK: - Calls

    /// The call whose turn it is to be written; nil if there is none.
    ///
    /// - Complexity: O(1) where answers go out in the order of the requests, O(calls) otherwise.
    var nextCall: InFlightRequest<Spoken>? {
        switch order {
        case .asBegun: calls.first
        case .asReady:
            calls.first { $0.isReadyToGoOn && !$0.isFlowing } ?? calls.first(where: \.isFlowing)
        }
    }

    /// Takes in a call after all others.
    ///
    /// - Parameter user: among whose requests it counts too; nil where nobody in particular asks.
    func enqueue(_ call: InFlightRequest<Spoken>, by user: ClientAccount? = nil) {
        calls.append(call)
        account.begun(call.requestCount)
        call.client?.begun(call.requestCount)
        self.user = nil
        if let user { count(call, among: user) }
    }

    /// Counts a call that is under way among a user's.
    func count(_ call: InFlightRequest<Spoken>, among user: ClientAccount) {
        user.begun(call.requestCount)
        call.user = user
        self.user = user
    }

    /// Lets go of a call whose answer is in the output.
    func dequeue(_ call: InFlightRequest<Spoken>) {
        end(call)
        if calls.first === call {
            calls.removeFirst()
        } else {
            calls.removeAll { $0 === call }
        }
        conversation?.leave(call.reply)
    }

    private func end(_ call: InFlightRequest<Spoken>) {
        account.ended(call.requestCount)
        call.client?.ended(call.requestCount)
        call.user?.ended(call.requestCount)
        call.user = nil
    }

    /// A stream has had its turn: others that are ready have theirs first.
    func passTurn(of call: InFlightRequest<Spoken>) {
        guard order == .asReady, calls.count > 1,
            let place = calls.firstIndex(where: { $0 === call })
        else { return }
        calls.append(calls.remove(at: place))
    }

    /// Lets go of every call, and of what has not begun.
    func takeCalls() -> [InFlightRequest<Spoken>] {
        defer { calls = [] }
        for call in calls { end(call) }
        conversation?.stop()
        arrivals = Arrivals()
        return calls
    }
}
