// Orders about members: the state only keeps them, whoever leads carries them out.

extension Keyspace {
    /// The orders about members that are still to be carried out, by rising number.
    package var memberOrders: [MemberOrder] { orders.list }

    /// Whether a request with this key was answered, and the answer is still kept.
    package func hasAnswer(for stamp: IdempotencyStamp) -> Bool {
        switch answers.find(stamp, at: clock) {
        case .absent: false
        case .replay, .mismatch: true
        }
    }

    mutating func take(
        _ step: MemberOrderStep,
        in context: borrowing ApplyContext
    ) throws(Refusal) -> Outcome {
        switch step {
        case .begin(let aim):
            try orders.begin(aim, number: context.index)
            return .memberOrder(number: context.index)
        case .meet(let order, let member):
            try orders.meet(order, member: member)
            return .memberOrder(number: order)
        case .close(let order):
            try orders.close(order)
            return .memberOrder(number: order)
        case .withdraw(let order):
            try orders.withdraw(order)
            return .memberOrder(number: order)
        }
    }
}
