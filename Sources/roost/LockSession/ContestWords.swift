internal import RoostClient
internal import Wire

/// What `lock`, `elect` and `barrier` say about what they want, in one line each.
struct ContestWords: Sendable {
    /// How many holders are named.
    private static let namedMax = 3

    let target: LockTarget

    /// What is wanted: `lock 'nightly'`.
    var noun: String {
        switch target.kind {
        case .exclusiveLock, .sharedLock: "lock \(Self.quoted(target.name))"
        case .semaphore: "a permit of \(Self.quoted(target.name))"
        case .election: "leadership of \(Self.quoted(target.name))"
        case .barrier: "barrier \(Self.quoted(target.name))"
        }
    }

    /// What is waited for, by what a look at it shows; nil when it shows nothing to wait for.
    func waiting(_ sight: Lookout.Sight, lease: [UInt8]?) -> String? {
        switch sight {
        case .answered(let reply):
            if case .barrier = target.kind { return crowd(in: reply) }
            guard reply.status == 200, let holders = Self.holders(in: reply) else { return nil }
            return "waiting for \(noun): held by \(holders)\(before(lease, in: reply))"
        case .unanswered(.unreachable(_, let evidence)):
            let why = evidence.joined(separator: "; ")
            return "waiting for \(noun): no member answers (\(why)); trying on"
        case .unanswered(.refused(_, let reply)):
            let detail = ServiceProblem(reply).map { String(decoding: $0.detail, as: UTF8.self) }
            return "waiting for \(noun): \(reply.endpoint) answers: "
                + (detail ?? "\(reply.status)") + "; trying on"
        }
    }

    /// That it was not won in time, and who holds it.
    func refusal(_ reply: Response) -> String {
        if case .barrier = target.kind {
            return "\(noun) was not passed in time: not all have come"
        }
        return "\(noun) was not won in time: held by \(Self.holders(in: reply) ?? "another")"
    }

    /// How many have come to a barrier that fills.
    private func crowd(in reply: Response) -> String? {
        guard let json = reply.json, let entered = json["entered"]?.whole,
            let parties = json["parties"]?.whole
        else { return nil }
        guard json["phase"]?.string == Array("filling".utf8) else {
            return "waiting at \(noun): those before have not left"
        }
        return "waiting at \(noun): \(entered) of \(parties) have come"
    }

    /// Who holds it, by an answer that shows one or several holders.
    private static func holders(in reply: Response) -> String? {
        guard let json = reply.json else { return nil }
        let holders = json["holders"]?.array ?? [json]
        let owners = holders.compactMap { $0["owner"]?.string }.map(name)
        guard !owners.isEmpty else { return nil }
        let rest = owners.count - namedMax
        let named = owners.prefix(namedMax).joined(separator: ", ")
        return rest > 0 ? "\(named) and \(rest) more" : named
    }

    /// Who holds it, by the answer to a look at it.
    static func owners(in reply: Response) -> String { holders(in: reply) ?? "nobody" }

    /// How many wait before a lease, where the answer shows it.
    private func before(_ lease: [UInt8]?, in reply: Response) -> String {
        guard let lease, let waiters = reply.json?["waiters"]?.array,
            let place = waiters.firstIndex(where: { $0["lease"]?.string == lease })
        else { return "" }
        switch place {
        case 0: return ", next in turn"
        case 1: return ", 1 waits before"
        default: return ", \(place) wait before"
        }
    }

    /// An owner's name, which is whatever it says of itself.
    private static func name(_ owner: [UInt8]) -> String {
        owner.isEmpty ? "a holder without a name" : JSONValue.string(owner).plainText
    }

    static func quoted(_ name: [UInt8]) -> String {
        let text = JSONValue.string(name).plainText
        return text.hasPrefix("\"") ? text : "'\(text)'"
    }
}
