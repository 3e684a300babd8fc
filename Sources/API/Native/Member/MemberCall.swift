internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// Who belongs to the cluster: the list, and the orders that change it. An order is judged by what
/// is known after a linearizable read, proposed, and carried out by whoever leads.
struct MemberCall {
    enum Purpose {
        case list
        case add(MemberOrder.Place, as: MemberOrder.Kind)
        case remove(MemberName, Insistence)
        /// The order of that number, about that member, is wanted no more.
        case withdraw(UInt64, about: MemberName)
        case update(MemberName, MemberUpdate, Insistence)
        case replace(MemberName, by: MemberOrder.Place)
        /// The voter that is to lead; nil is the best one.
        case transfer(MemberName?)
    }

    /// Whether a change is made although too few of the voters are heard to be left.
    enum Insistence {
        case careful
        /// `?force`
        case forced
    }

    let purpose: Purpose
    /// What goes with the command; nil where there is none.
    private let preconditions: WritePreconditions?
    /// Where the members are that a newcomer may ask.
    private var peers: [[UInt8]] = []
    private var clusterToken: [UInt8] = []

    /// The list.
    static let list = MemberCall(.list, preconditions: nil)

    private init(_ purpose: Purpose, preconditions: WritePreconditions?) {
        self.purpose = purpose
        self.preconditions = preconditions
    }

    /// `POST /v1/members`
    init(adding request: HTTPRequest) throws(Problem) {
        let body = try Body(request, known: ["name", "peer", "kind"])
        let kind = try body.memberKind() ?? .voter
        self.init(
            .add(try body.place(), as: kind),
            preconditions: try WritePreconditions(request)
        )
    }

    /// `POST /v1/leader/transfer`
    init(transferring request: HTTPRequest) throws(Problem) {
        let body = try Body(request, known: ["to"], presence: .optional)
        let target = try body.string("to").map { MemberName(text: $0) }
        self.init(.transfer(target), preconditions: nil)
    }

    /// What concerns one member.
    init(
        _ name: [UInt8],
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) {
        let name = MemberName(text: name)
        let preconditions = try WritePreconditions(request)
        if resource == .memberReplacement {
            let body = try Body(request, known: ["name", "peer"])
            self.init(.replace(name, by: try body.place()), preconditions: preconditions)
            return
        }
        let insistence = try parameters.flag("force") ? Insistence.forced : .careful
        if request.method == .delete, let number = try parameters.number("change") {
            self.init(.withdraw(number, about: name), preconditions: preconditions)
        } else if request.method == .delete {
            self.init(.remove(name, insistence), preconditions: preconditions)
        } else {
            let update = try MemberUpdate(request)
            self.init(.update(name, update, insistence), preconditions: preconditions)
        }
    }

    func start() -> NativeStep {
        if case .list = purpose { .describe } else { .read }
    }

    mutating func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .readable: return .describe
        case .unreadable: throw .unreadable
        case .described(let report):
            clusterToken = report.clusterToken
            peers = Set(report.rows.map(\.peerAddress)).sorted { $0.lexicographicallyPrecedes($1) }
            if let kept = preconditions?.idempotency,
                keyspace.hasAnswer(for: kept.of(principal.caller))
            {
                // Whatever it says now, the first answer is given again.
                return propose(.close(order: 0))
            }
            return try step(
                among: MemberRoster(report.rows, orders: keyspace.memberOrders),
                ledBy: report.leader
            )
        case .answered(let answer):
            switch answer.outcome {
            case .memberOrder(let number):
                var response = accepted(number, in: keyspace)
                response.note(answer.source)
                return .respond(response)
            case .refused(let refusal): throw Problem(refusal)
            default: throw Problem(.internal, "The outcome is not one of the command's.")
            }
        case .unproposed(let failure):
            // Under a key another sending may have been carried out, whatever this one came to.
            throw Problem(failure, fate: RequestFate(request(.close(order: 0))))
        case .woken: return .respond(HTTPResponse(status: 202))
        default: return .goOn
        }
    }

    /// What follows from who there is.
    private func step(
        among roster: MemberRoster,
        ledBy leader: UInt64?
    ) throws(Problem) -> NativeStep {
        switch purpose {
        case .list: return .respond(.json(JSONWriter(roster, leader: leader)))
        case .add(let place, let kind):
            try roster.expectFree(place, except: nil)
            return propose(.begin(.add(place, as: kind)))
        case .remove(let name, let insistence):
            if let order = try roster.arrival(name) {
                return propose(.withdraw(order: order.number))
            }
            let row = try roster.row(name)
            if insistence == .careful { try roster.expectQuorum(without: row) }
            return propose(.begin(.remove(row.id)))
        case .withdraw(let number, let name):
            let order = try roster.order(number, about: name)
            if let newcomer = order.newcomer { return propose(.begin(.remove(newcomer))) }
            return propose(.withdraw(order: number))
        case .update(let name, let update, let insistence):
            let row = try roster.row(name)
            switch update {
            case .peer(let address):
                try roster.expectFree(address: address, except: row.id)
                if insistence == .careful { try roster.expectQuorum(withoutReaching: row) }
                return propose(.begin(.move(row.id, to: address)))
            case .kind(let kind):
                if kind == .observer, insistence == .careful {
                    try roster.expectQuorum(without: row)
                }
                return propose(.begin(.assign(row.id, as: kind)))
            }
        case .replace(let name, let place):
            let row = try roster.row(name)
            try roster.expectFree(place, except: row.id)
            try roster.expectAnotherPlace(place, than: row)
            return propose(.begin(.replace(row.id, by: place)))
        case .transfer(let name):
            return try transfer(to: name, in: roster)
        }
    }

    private func transfer(
        to name: MemberName?,
        in roster: MemberRoster
    ) throws(Problem) -> NativeStep {
        let target = try name.map { name throws(Problem) in try roster.row(name) }
        if let target, target.suffrage != .voter {
            throw .field("to", fault: "names a member that does not vote")
        }
        return .handOver(to: target?.id)
    }

    private func propose(_ step: MemberOrderStep) -> NativeStep { .propose(request(step)) }

    private func request(_ step: MemberOrderStep) -> Request {
        let command = Command.orderMembers(step)
        return preconditions?.request(command) ?? Request(command)
    }

    /// Where a newcomer is wanted.
    private var place: MemberOrder.Place? {
        switch purpose {
        case .add(let place, _), .replace(_, let place): place
        case .list, .remove, .withdraw, .update, .transfer: nil
        }
    }

    /// The order as it stands, and what the operator does next.
    private func accepted(_ number: UInt64, in keyspace: Keyspace) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.name("change")
        if let order = keyspace.memberOrders.first(where: { $0.number == number }) {
            json.change(order)
        } else {
            json.null()
        }
        var status: UInt16 = 202
        if let place {
            status = 201
            json.text(
                "command",
                bytes: place.startCommand(asking: peers, clusterToken: clusterToken)
            )
        }
        json.endObject()
        return HTTPResponse.json(json, status: status)
    }
}
