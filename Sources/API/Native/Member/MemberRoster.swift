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
    ///
    /// - Throws: where a member has the name as well: the two are told apart by the order's number.
    func arrival(_ name: MemberName) throws(Problem) -> MemberOrder? {
        let order = orders.first { $0.place?.name == name.text && $0.newcomer == nil }
        guard let order else { return nil }
        guard !rows.contains(where: { $0.name == name.text || $0.id == name.id }) else {
            throw Problem(
                .changePending,
                "Order \(order.number) awaits another \(text(name.text)); take it back first: roost member remove \(text(name.text)) --change \(order.number), or DELETE /v1/members/\(text(name.text))?change=\(order.number)."
            )
        }
        return order
    }

    /// The order of that number, as far as it is about that member: a wrong number takes nobody
    /// else's back.
    func order(_ number: UInt64, about name: MemberName) throws(Problem) -> MemberOrder {
        guard let order = orders.first(where: { $0.number == number }) else {
            throw .notFound("order", detail: "There is no order \(number); it may be done.")
        }
        let ids = rows.filter { $0.name == name.text }.map(\.id) + [name.id].compactMap { $0 }
        let isAboutIt =
            order.place?.name == name.text
            || [order.subject, order.newcomer].contains { $0.map(ids.contains) ?? false }
        guard isAboutIt else {
            let detail = "Order \(number) is not about \(text(name.text)); see GET /v1/members."
            throw .notFound("order", detail: detail)
        }
        return order
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
        let leaving = orders.compactMap(\.leaver)
        let voters = rows.filter { $0.suffrage == .voter && !leaving.contains($0.id) }
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

extension MemberRoster {
    /// - Throws: when the voters could not decide while that one is not reached: an address that
    ///   nobody answers at yet would stop the cluster.
    func expectQuorum(withoutReaching mover: MemberReport.Row) throws(Problem) {
        let voters = rows.filter { $0.suffrage == .voter }
        guard voters.count > 1, voters.contains(where: { $0.id == mover.id }) else { return }
        let heard = voters.filter { $0.id != mover.id && $0.health == .heard }
        guard heard.count * 2 <= voters.count else { return }
        throw Problem(
            .quorumAtRisk,
            "Until \(text(mover.name)) is reached at its new address, \(heard.count) of \(voters.count) voters would have to decide, which are too few. Bring the others back first."
        )
    }
}

extension MemberRoster {
    /// - Throws: for the only voter at its own address: the newcomer gets the log from it, so both
    ///   have to run.
    func expectAnotherPlace(
        _ place: MemberOrder.Place,
        than leaver: MemberReport.Row
    ) throws(Problem) {
        guard rows.filter({ $0.suffrage == .voter }).map(\.id) == [leaver.id],
            place.peerAddress == leaver.peerAddress
        else { return }
        throw Problem(
            .quorumAtRisk,
            "\(text(leaver.name)) is the only voter: a newcomer gets everything from it, and so needs an address of its own. Name another one; where the machine is lost, restore a backup."
        )
    }
}

extension MemberOrder {
    /// The voter that it takes away.
    fileprivate var leaver: UInt64? {
        switch aim {
        case .remove(let member), .assign(let member, as: .observer): member
        case .add, .move, .assign, .replace: nil
        }
    }
}

extension MemberOrder.Place {
    /// What starts the newcomer on its machine.
    ///
    /// - Parameters:
    ///   - peers: where the members are that it may ask.
    ///   - clusterToken: the cluster's; empty where there is none.
    func startCommand(asking peers: [[UInt8]], clusterToken: [UInt8]) -> [UInt8] {
        let list = peers.filter { $0 != peerAddress }.joined(separator: Array(",".utf8))
        return Array("roost serve --name ".utf8) + name + Array(" --peer-listen ".utf8)
            + peerAddress
            + Array(" --join ".utf8) + list
            + (clusterToken.isEmpty
                ? [] : Array(" --cluster-token ".utf8) + Self.quoted(clusterToken))
    }

    /// One word for a shell, whatever it has.
    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        let inner = text.flatMap { $0 == quote ? Array(#"'\''"#.utf8) : [$0] }
        return [quote] + inner + [quote]
    }
}

extension Problem {
    static func orderStands(_ number: UInt64) -> Problem {
        Problem(
            .changePending,
            "Order \(number), about the same member, name or address, is still to be carried out; wait for it, or take it back: roost member remove NAME --change \(number), or DELETE /v1/members/NAME?change=\(number)."
        )
    }

    static var tooManyOrders: Problem {
        Problem(
            .tooManyRequests,
            "Too many changes of members wait to be carried out; GET /v1/members shows them."
        )
    }
}
