internal import Replica

/// The tickets of one member: which client waits for which.
struct ClientTickets {
    private var last: UInt64 = 0
    private var waiting: [(ticket: Ticket, client: Int)] = []

    /// A ticket that nobody waits for.
    mutating func make() -> Ticket {
        last += 1
        return Ticket(rawValue: last)
    }

    mutating func make(for client: Int) -> Ticket {
        let ticket = make()
        waiting.append((ticket, client))
        return ticket
    }

    func contains(_ ticket: Ticket) -> Bool { waiting.contains { $0.ticket == ticket } }

    /// Nobody waits for the ticket any more; gives who did.
    mutating func take(_ ticket: Ticket) -> Int? {
        guard let place = waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiting.remove(at: place).client
    }

    /// Everybody who waits, in the order in which they asked.
    mutating func takeAll() -> [Int] {
        defer { waiting = [] }
        return waiting.map(\.client)
    }
}
