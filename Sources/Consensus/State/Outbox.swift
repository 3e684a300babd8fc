internal import Bytes

/// What waits to be taken, and the messages that wait to be allowed.
struct Outbox: Sendable {
    /// A message and the hard state that must be durable before it leaves: a vote or a term that
    /// is told and then forgotten can elect two leaders (dissertation 3.8).
    private struct Withheld: Sendable {
        let message: Message
        let hardState: HardState
    }

    var ready = Raft.Ready()
    private var withheld: [Withheld] = []
    private var toldHardState: HardState?
    private var toldLeadership: Raft.LeadershipChange?

    /// Sends now if `hardState` is durable, else as soon as it is.
    mutating func send(_ message: Message, hardState: HardState, durability: Durability) {
        if planted(.voteBeforeDurable) { return ready.messages.append(message) }
        if durability.covers(hardState) {
            ready.messages.append(message)
        } else {
            withheld.append(Withheld(message: message, hardState: hardState))
        }
    }

    /// Whether a message is kept back although its hard state is durable.
    ///
    /// - Complexity: O(*n*) in the messages kept back.
    func withholds(whatIsIn durability: Durability) -> Bool {
        withheld.contains { durability.covers($0.hardState) }
    }

    /// Lets go of what has become durable.
    mutating func release(_ durability: Durability) {
        guard !withheld.isEmpty else { return }
        for waiting in withheld where durability.covers(waiting.hardState) {
            ready.messages.append(waiting.message)
        }
        withheld.removeAll { durability.covers($0.hardState) }
    }

    /// What was gathered, with the states that differ from what was told last.
    mutating func take(hardState: HardState, leadership: Raft.LeadershipChange) -> Raft.Ready {
        if let told = toldHardState, told != hardState { ready.hardState = hardState }
        toldHardState = hardState
        if toldLeadership != leadership { ready.leadership = leadership }
        toldLeadership = leadership
        var taken = Raft.Ready()
        swap(&taken, &ready)
        return taken
    }

    /// The hard state that the disk holds at the start needs no writing.
    mutating func start(with hardState: HardState) { toldHardState = hardState }
}
