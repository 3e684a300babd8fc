/// When a waiter's turn comes: first who was chosen to succeed, then by priority, then by arrival.
struct Turn: Hashable, Comparable, Sendable {
    /// Whether it was chosen to succeed who leads.
    enum Choice: UInt8, Hashable, Sendable {
        case waiting = 0
        case chosen = 1
    }

    var choice = Choice.waiting
    /// A higher one comes first.
    let priority: Int32
    /// The log index of the request.
    let arrival: UInt64

    static func < (left: Turn, right: Turn) -> Bool {
        if left.choice != right.choice { return left.choice == .chosen }
        return left.priority == right.priority
            ? left.arrival < right.arrival : left.priority > right.priority
    }
}
