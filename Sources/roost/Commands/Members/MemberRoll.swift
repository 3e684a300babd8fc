internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// Who belongs to the cluster and which changes are under way, as one member tells it: the leader
/// where it can be asked, since only the leader knows how far the others lag.
struct MemberRoll {
    private static let listPath = Array("/v1/members".utf8)
    private static let statusPath = Array("/v1/status".utf8)
    /// A leader that takes longer is not waited for.
    private static let patienceMillisecondsMax: UInt64 = 2_000

    let reply: Response
    let members: [JSONValue]
    /// The orders that are still to be carried out.
    let changes: [JSONValue]
    /// The cluster that the teller belongs to; nil where it is not known.
    private let cluster: [UInt8]?
    /// The last entry that the teller had carried out before it told the rest; nil where it is not
    /// known.
    private let appliedIndex: UInt64?

    init(_ service: Service) throws(Failure) {
        let near = try MemberRoll(
            status: service.read(.read(Self.statusPath)),
            list: service.read(.read(Self.listPath))
        )
        let patience = min(service.timeoutMilliseconds, Self.patienceMillisecondsMax)
        self = near.asTheLeaderTells(withinMilliseconds: patience) ?? near
    }

    private init(status: Response, list: Response) throws(Failure) {
        guard let json = list.json, let members = json["members"]?.array,
            let changes = json["changes"]?.array
        else { throw .answer(list) }
        reply = list
        self.members = members
        self.changes = changes
        let isOfOne = status.endpoint == list.endpoint
        appliedIndex = isOfOne ? status.json?["applied_index"]?.whole : nil
        cluster = isOfOne ? status.json?["cluster"]?.string : nil
    }

    /// The same from the leader's own member; nil where that one told it already, or is silent.
    private func asTheLeaderTells(withinMilliseconds patience: UInt64) -> MemberRoll? {
        guard let address = leader?["client"]?.plainText, address != "\(reply.endpoint)" else {
            return nil
        }
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: patience)
        do {
            let security = reply.endpoint.security ?? .standard
            let client = Client(endpoints: try EndpointList.parse(address, security: security))
            let status = try client.attempt(.read(Self.statusPath), until: deadline)
            let list = try client.attempt(.read(Self.listPath), until: deadline)
            // What a leader calls its address may lead elsewhere from here.
            let roll = try MemberRoll(status: status, list: list)
            return cluster != nil && roll.cluster == cluster ? roll : nil
        } catch { return nil }
    }

    /// The member that leads; nil while none is known.
    var leader: JSONValue? {
        reply.json?["leader"]?.string.flatMap { id in members.first { $0["id"]?.string == id } }
    }

    /// The name of the member that leads, if it says so itself or has not been asked.
    var leaderName: String? { leader?["name"]?.plainText }

    /// The member of that id.
    func member(id: [UInt8]) -> JSONValue? { members.first { $0["id"]?.string == id } }

    /// Where clients find the member of that name.
    ///
    /// - Throws: who there is, where it is none of them; that it is not known, for a member that has
    ///   not come yet.
    func clientAddress(of name: String) throws(Failure) -> ServiceAddress {
        guard let member = members.first(where: { $0["name"]?.plainText == name }) else {
            let names = members.compactMap { $0["name"]?.plainText }.joined(separator: ", ")
            throw .noMember("there is no member '\(name)'; there are \(names)")
        }
        let address = member["client"]?.plainText ?? ""
        let security = reply.endpoint.security ?? .standard
        guard let endpoint = (try? EndpointList.parse(address, security: security))?.first else {
            throw .unready(
                "\(name) has not told the cluster yet where clients find it; start it, or see "
                    + "'roost member list'"
            )
        }
        return endpoint
    }

    /// The order of that number, as it stands.
    func change(_ number: UInt64) -> JSONValue? {
        changes.first { $0["number"]?.whole == number }
    }

    /// Whether the teller had seen the order of that number when it told the rest, so that the order
    /// is closed if it is missing.
    func hasSeen(_ number: UInt64) -> Bool { appliedIndex.map { $0 >= number } ?? false }

    /// How many members vote once every change is carried out.
    var voterCountAhead: Int {
        var voters = members.filter { $0["kind"]?.plainText == "voter" }.compactMap {
            $0["id"]?.string
        }
        var comingCount = 0
        for change in changes {
            let subject = change["member"]?.string ?? []
            let newcomer = change["newcomer"]?.string ?? []
            let isHere = voters.contains(newcomer)
            switch change["change"]?.plainText {
            case "add":
                if change["kind"]?.plainText != "observer", !isHere { comingCount += 1 }
            case "promote": if !voters.contains(subject) { comingCount += 1 }
            case "remove", "demote": voters.removeAll { $0 == subject }
            case "replace":
                if isHere { voters.removeAll { $0 == subject } }
            default: break
            }
        }
        return voters.count + comingCount
    }

    /// One row a member, then one a change that is under way.
    func text(for console: Console) -> String {
        var table = Table(titles: [
            "NAME", "KIND", "ROLE", "PEER", "CLIENT", "VERSION", "HEALTHY", "LAG", "BEHIND",
            "CONTACT",
        ])
        for member in members {
            let words: [StaticString] = [
                "name", "kind", "role", "peer", "client", "version", "healthy",
            ]
            table.append(
                words.map { Self.word(member[$0]) } + [
                    Self.word(member["lag_entries"]), Self.time(member["lag"]),
                    Self.time(member["last_contact"]),
                ]
            )
        }
        guard !changes.isEmpty else { return table.text(for: console) }
        var pending = Table(titles: ["ORDER", "CHANGE", "MEMBER", "PEER", "STATE"])
        for change in changes {
            pending.append([
                Self.word(change["number"]), Self.word(change["change"]), subject(of: change),
                Self.word(change["peer"]), state(of: change),
            ])
        }
        return table.text(for: console) + "\n" + pending.text(for: console)
    }

    /// The names that a change is about: the one that goes, and the one that comes.
    private func subject(of change: JSONValue) -> String {
        let subject = change["member"]?.string.map { id in
            member(id: id)?["name"]?.plainText ?? TerminalText.word(id)
        }
        let names = [subject, change["name"]?.plainText].compactMap { $0 }
        return names.joined(separator: " by ")
    }

    private func state(of change: JSONValue) -> String {
        guard let newcomer = change["newcomer"] else { return "under way" }
        guard let id = newcomer.string else { return "awaiting it" }
        guard let catchUp = member(id: id).flatMap(CatchUp.init), catchUp != .entries(0) else {
            return "under way"
        }
        return "catching up, \(catchUp.text)"
    }

    private static func word(_ value: JSONValue?) -> String {
        guard let text = value?.plainText, !text.isEmpty, value != .null else { return "-" }
        return text
    }

    /// Seconds of an answer in units.
    private static func time(_ seconds: JSONValue?) -> String {
        guard let seconds, let time = TimeSpan(parsing: Array(seconds.plainText.utf8)) else {
            return "-"
        }
        return People.duration(milliseconds: time.milliseconds)
    }
}
