internal import Bytes
internal import Consensus

/// Linearizable reads: all that wait share one round to the leader (dissertation 6.4), then wait
/// until this member has applied the index that the round found.
struct Reads: Sendable {
    struct Round: Sendable {
        let id: ReadID
        let begunAt: MonotonicTime
        var tickets: [Ticket]
    }

    struct Confirmed: Sendable {
        let index: LogIndex
        let begunAt: MonotonicTime
        let confirmedAt: MonotonicTime
        var tickets: [Ticket]
    }

    /// More rounds than this are not begun: what comes meanwhile shares the next.
    private static let roundCountMax = 4
    /// A refused read is tried again after this pause.
    private static let retryMilliseconds: UInt64 = 10

    private var waiting: [Ticket] = []
    var rounds: [Round] = []
    /// Reads whose index is known, ordered by it.
    var confirmed = Queue<Confirmed>()
    private var nextID: UInt64
    private var retryAt = MonotonicTime(rawValue: 0)

    /// - Parameter start: random, so that no answer to an earlier process fits a round of this one.
    init(numberedFrom start: UInt64) { nextID = start >> 1 }

    var count: Int { waiting.count + rounds.reduce(0) { $0 + $1.tickets.count } }

    /// How many have no answer yet.
    var openCount: Int {
        var sum = count
        for place in 0..<confirmed.count { sum += confirmed[place].tickets.count }
        return sum
    }

    /// Whether any wait for nothing but to be applied.
    var hasConfirmed: Bool { !confirmed.isEmpty }

    /// The applied index that the next confirmed read waits for.
    var nextReadable: LogIndex? { confirmed.first?.index }

    /// Everybody who waits.
    var tickets: [Ticket] {
        var tickets = waiting + rounds.flatMap(\.tickets)
        for place in 0..<confirmed.count { tickets += confirmed[place].tickets }
        return tickets
    }

    func brokenRule(at now: MonotonicTime) -> ReplicaRule? {
        if rounds.count > Self.roundCountMax { return .roundsDiffer }
        for place in rounds.indices {
            // Numbered in the order in which they were begun.
            let following = place + 1 < rounds.count ? rounds[place + 1].id.rawValue : nextID
            if rounds[place].id.rawValue >= following { return .roundsDiffer }
        }
        for place in 1..<max(confirmed.count, 1)
        where confirmed[place - 1].index > confirmed[place].index {
            return .readsInOrder
        }
        let latest = now.advanced(byMilliseconds: Self.retryMilliseconds)
        return retryAt <= latest ? nil : .pausesAreShort
    }

    mutating func wait(_ ticket: Ticket) { waiting.append(ticket) }

    /// Begins a round for everything that waits, if one may begin.
    mutating func beginRound(_ now: MonotonicTime) -> ReadID? {
        guard !waiting.isEmpty, rounds.count < Self.roundCountMax, now >= retryAt else {
            return nil
        }
        let id = ReadID(rawValue: nextID)
        nextID += 1
        rounds.append(Round(id: id, begunAt: now, tickets: waiting))
        waiting = []
        return id
    }

    mutating func confirm(_ id: ReadID, at index: LogIndex, now: MonotonicTime) {
        guard let offset = rounds.firstIndex(where: { $0.id == id }) else { return }
        let round = rounds.remove(at: offset)
        var place = confirmed.count
        while place > 0, confirmed[place - 1].index > index { place -= 1 }
        let due = Confirmed(
            index: index,
            begunAt: round.begunAt,
            confirmedAt: now,
            tickets: round.tickets
        )
        if place == confirmed.count {
            confirmed.append(due)
        } else {
            confirmed.insert(due, at: place)
        }
    }

    /// The round came to nothing; its reads join a later one, under a fresh id.
    mutating func retry(_ id: ReadID, now: MonotonicTime) {
        guard let offset = rounds.firstIndex(where: { $0.id == id }) else { return }
        waiting = rounds.remove(at: offset).tickets + waiting
        retryAt = now.advanced(byMilliseconds: Self.retryMilliseconds)
    }

    /// The next reads that the applied index satisfies.
    mutating func takeReadable(at applied: LogIndex) -> Confirmed? {
        if planted(.readBeforeApply) { return confirmed.popFirst() }
        guard let first = confirmed.first, first.index <= applied else { return nil }
        return confirmed.popFirst()
    }

    /// Every read that is still open, whatever it waits for.
    mutating func takeAll() -> [Ticket] {
        defer {
            waiting = []
            rounds = []
        }
        return waiting + rounds.flatMap(\.tickets) + confirmed.takeAll().flatMap(\.tickets)
    }

    /// Nobody waits for the ticket any more.
    mutating func forget(_ ticket: Ticket) -> PendingProposals.Found {
        if let place = waiting.firstIndex(of: ticket) {
            waiting.remove(at: place)
            return .found
        }
        for round in rounds.indices {
            guard let place = rounds[round].tickets.firstIndex(of: ticket) else { continue }
            rounds[round].tickets.remove(at: place)
            return .found
        }
        for place in 0..<confirmed.count {
            guard let ticket = confirmed[place].tickets.firstIndex(of: ticket) else { continue }
            confirmed[place].tickets.remove(at: ticket)
            return .found
        }
        return .absent
    }

    /// When a refused read is to be tried again.
    var nextDeadline: MonotonicTime? {
        waiting.isEmpty || rounds.count >= Self.roundCountMax ? nil : retryAt
    }
}
