internal import Bytes
internal import Keyspace
internal import Replica

/// Who belongs to the cluster, and who is to.
struct MemberRoster {
    let rows: [MemberReport.Row]
    let orders: [MemberOrder]

    init(_ rows: [MemberReport.Row], orders: [MemberOrder]) {
        self.rows = rows.sorted {
            $0.name == $1.name ? $0.id < $1.id : $0.name.lexicographicallyPrecedes($1.name)
        }
        self.orders = orders
    }

    /// The member of that id or name; where a newcomer takes over a name, the one that had it.
    func row(_ name: MemberName) throws(Problem) -> MemberReport.Row {
        let newcomers = orders.compactMap(\.newcomer)
        let found =
            rows.first { $0.id == name.id }
            ?? rows.first { $0.name == name.text && !newcomers.contains($0.id) }
            ?? rows.first { $0.name == name.text }
        guard let found else { throw .notFound("member", detail: detail(missing: name)) }
        return found
    }

    private func detail(missing name: MemberName) -> String {
        let names = rows.map { text($0.name) }.joined(separator: ", ")
        return "There is no member \(text(name.text)); there are \(names)."
    }

    /// The order that awaits a member of that name, who has not come yet.
    func arrival(_ name: MemberName) -> MemberOrder? {
        orders.first { order in
            guard order.place?.name == name.text else { return false }
            if case .replace = order.aim { return order.newcomer == nil }
            return !rows.contains { $0.id == order.newcomer || $0.name == name.text }
        }
    }

    /// - Throws: when another member than `kept` has the name or the address.
    func expectFree(_ place: MemberOrder.Place, except kept: UInt64?) throws(Problem) {
        if let other = rows.first(where: { $0.id != kept && $0.name == place.name }) {
            throw Problem(
                .memberExists,
                "Member \(text(other.name)) (\(text(Hexadecimal.encode(other.id)))) has that name; choose another one, or replace it."
            )
        }
        try expectFree(address: place.peerAddress, except: kept)
    }

    /// - Throws: when another member than `kept` has the address.
    func expectFree(address: [UInt8], except kept: UInt64?) throws(Problem) {
        guard let other = rows.first(where: { $0.id != kept && $0.peerAddress == address }) else {
            return
        }
        throw Problem(
            .memberExists,
            "Member \(text(other.name)) has the address \(text(address))."
        )
    }

    /// - Throws: when the voters without that member have no majority that is heard.
    func expectQuorum(without leaver: MemberReport.Row) throws(Problem) {
        let voters = rows.filter { $0.suffrage == .voter }
        guard voters.contains(where: { $0.id == leaver.id }) else { return }
        let rest = voters.filter { $0.id != leaver.id }
        let silent = rest.filter { $0.health == .silent }
        guard (rest.count - silent.count) * 2 <= rest.count else { return }
        let names = silent.map { text($0.name) }.joined(separator: ", ")
        let down = silent.isEmpty ? "nobody would be left" : "\(names) cannot be heard"
        throw Problem(
            .quorumAtRisk,
            "Without \(text(leaver.name)) too few of \(rest.count) voters could decide: \(down). Bring them back or replace them first, or add force if you know better."
        )
    }
}

extension MemberOrder.Place {
    /// What starts the newcomer on its machine.
    ///
    /// - Parameter peers: where the members are that it may ask.
    func startCommand(asking peers: [[UInt8]]) -> [UInt8] {
        let list = peers.filter { $0 != peerAddress }.joined(separator: Array(",".utf8))
        return Array("roost serve --name ".utf8) + name + Array(" --peer-listen ".utf8)
            + peerAddress
            + Array(" --join ".utf8) + list
    }
}

extension Problem {
    static func orderStands(_ number: UInt64) -> Problem {
        Problem(
            .changePending,
            "Order \(number), about the same member, name or address, is still to be carried out; wait for it, or withdraw it with DELETE."
        )
    }

    static var tooManyOrders: Problem {
        Problem(
            .tooManyRequests,
            "Too many changes of members wait to be carried out; GET /v1/members shows them."
        )
    }
}
