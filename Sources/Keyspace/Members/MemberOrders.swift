internal import Bytes

/// The orders about members that are still to be carried out, by rising number.
struct MemberOrders: Sendable {
    /// More do not wait at once.
    static let countMax = 32

    /// Nil while there are none, as nearly always: a copy of the state then counts no reference.
    private var standing: [MemberOrder]?

    var list: [MemberOrder] {
        get { standing ?? [] }
        set { standing = newValue.isEmpty ? nil : newValue }
    }

    var isEmpty: Bool { standing == nil }

    init() {}

    /// Takes an order, unless it contradicts one that stands.
    ///
    /// - Parameter number: above those of all orders before.
    mutating func begin(_ aim: MemberOrder.Aim, number: UInt64) throws(Refusal) {
        let order = MemberOrder(number: number, aim: aim)
        let rest = list.filter { !$0.isSuperseded(by: aim) }
        if let other = rest.first(where: { $0.contradicts(order) }) {
            throw .memberOrderStands(other.number)
        }
        guard rest.count < Self.countMax else { throw .tooManyMemberOrders }
        list = rest + [order]
    }

    /// Forgets an order whose newcomer has not come; refused once it has, and for every other order.
    mutating func withdraw(_ number: UInt64) throws(Refusal) {
        guard let order = list.first(where: { $0.number == number }) else {
            throw .notFound(.memberOrder)
        }
        let isAwaiting = order.newcomer == nil || planted(.withdrawnTooLate)
        guard order.place != nil, isAwaiting else { throw .memberOrderStands(number) }
        try close(number)
    }

    /// Notes who came; a later one takes the place of an earlier one that got lost.
    mutating func meet(_ number: UInt64, member: UInt64) throws(Refusal) {
        guard let place = list.firstIndex(where: { $0.number == number }),
            list[place].place != nil
        else { throw .notFound(.memberOrder) }
        list[place].newcomer = member
    }

    mutating func close(_ number: UInt64) throws(Refusal) {
        guard let place = list.firstIndex(where: { $0.number == number }) else {
            throw .notFound(.memberOrder)
        }
        list.remove(at: place)
    }

    /// Takes an order from a snapshot.
    ///
    /// - Returns: whether it may follow those that it follows.
    mutating func restore(_ order: MemberOrder) -> Bool {
        guard list.count < Self.countMax, list.last?.number ?? 0 < order.number,
            order.aim.isWellFormed, order.place != nil || order.newcomer == nil
        else { return false }
        list.append(order)
        return true
    }

    /// The first broken rule.
    ///
    /// - Parameter appliedIndex: of the last entry applied.
    func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        if list.count > Self.countMax { return .ordersAreBounded }
        for (earlier, later) in zip(list, list.dropFirst())
        where earlier.number >= later.number { return .ordersRise }
        if let last = list.last, last.number > appliedIndex { return .ordersArePast }
        let strays = list.contains { $0.newcomer != nil && $0.place == nil }
        return strays ? .newcomersWereAwaited : nil
    }

    /// What the orders are in the state's hash; nil while there are none.
    var stateItem: StableHash? {
        guard !isEmpty else { return nil }
        var item = StableHash(seed: SessionStateHashSeed.memberOrders)
        for order in list {
            var bytes: [UInt8] = []
            order.encode(into: &bytes)
            item.combine(bytes.span)
        }
        return item
    }
}

extension MemberOrder {
    /// Whether a later order makes this one pointless: whoever is removed is awaited, moved and given
    /// another kind no more, and of two kinds the later one counts.
    fileprivate func isSuperseded(by aim: Aim) -> Bool {
        switch aim {
        case .remove(let member):
            if newcomer == member { return true }
            switch self.aim {
            case .move(member, _), .assign(member, _): return true
            case .move, .assign, .add, .remove, .replace: return false
            }
        case .assign(let member, _):
            if case .assign(member, _) = self.aim { return true }
            return false
        case .add, .move, .replace: return false
        }
    }

    /// Whether both can't stand: about one member, also one that has just come, or about one name or
    /// address.
    fileprivate func contradicts(_ other: MemberOrder) -> Bool {
        if let subject = other.subject, subject == self.subject || subject == newcomer {
            return true
        }
        guard let place, let awaited = other.place else { return false }
        return place.name == awaited.name || place.peerAddress == awaited.peerAddress
    }
}
