internal import Bytes

extension Keyspace {
    /// Which use of a lease is asked for.
    package enum LeaseUse: Hashable, Sendable {
        /// To see it. Which keys are tied to it is told by the right to read each.
        case seeing
        /// To keep it alive, and what it holds with it.
        case keeping
        /// To end it, with what it holds, or to tie something more to it.
        case changing
    }

    /// The most keys and places of leases that one command, or one read, looks at to find that a
    /// stranger may use them; whoever would need more may not.
    package static let leaseLookCountMax = 4_096

    /// Why the caller may not have the request carried out as things are; nil if it may.
    ///
    /// - Complexity: O(parts of the request · rules of the caller's roles)
    package func denial(of request: Request) -> Refusal? {
        for requirement in request.requirements(under: access) {
            if let refusal = denial(of: requirement, by: request.caller) { return refusal }
        }
        return nil
    }

    /// The same for one part of it.
    func denial(of requirement: AccessRequirement, by caller: Caller) -> Refusal? {
        switch access.decide(caller, on: requirement) {
        case .allowed: nil
        case .unauthenticated: .unauthenticated
        case .denied: .denied(requirement.verb ?? .admin)
        }
    }

    /// Whether the caller may use the lease: its creator, who keeps it alive only while it may have
    /// what it holds, whoever may do with every key and lock that it holds what it is asked for, or
    /// an administrator. One that is not there may be used: that tells nothing.
    package func mayUse(_ id: LeaseID, as caller: Caller, for use: LeaseUse) -> Bool {
        var looks = Self.leaseLookCountMax
        return mayUse(id, as: caller, for: use, looks: &looks)
    }

    /// - Parameter looks: how many keys and places of others' leases may still be looked at.
    func mayUse(_ id: LeaseID, as caller: Caller, for use: LeaseUse, looks: inout Int) -> Bool {
        guard access.isEnabled, caller != .member, let lease = leases[id] else { return true }
        guard access.decide(caller, on: .identity).isAllowed else { return false }
        if planted(.strangerKeepsLease) { return true }
        if lease.creator != .nobody, lease.creator == creator(caller),
            use != .keeping || mayKeep(itsOwn: id, as: caller)
        {
            return true
        }
        if access.decide(caller, on: .admin).isAllowed { return true }
        return mayUse(everythingOf: id, as: caller, for: use, looks: &looks)
    }

    /// Whether somebody may still have what its lease holds: every lock, election and barrier, and the first
    /// `leaseLookCountMax` keys.
    private func mayKeep(itsOwn id: LeaseID, as caller: Caller) -> Bool {
        if planted(.leaseKeptWithoutRight) { return true }
        let keys = leases.keys(of: id, after: nil, countMax: Self.leaseLookCountMax)
        return contests.contests(of: id, countMax: .max).allSatisfy {
            access.decide(caller, on: .lock(name: $0.name)).isAllowed
        }
            && barriers(of: id, countMax: .max).allSatisfy {
                access.decide(caller, on: .lock(name: $0.bytes)).isAllowed
            } && keys.allSatisfy { access.decide(caller, on: .write(.key($0))).isAllowed }
    }

    private func mayUse(
        everythingOf id: LeaseID,
        as caller: Caller,
        for use: LeaseUse,
        looks: inout Int
    ) -> Bool {
        let keys = leases.keys(of: id, after: nil, countMax: looks + 1)
        let contests = contests.contests(of: id, countMax: looks + 1)
        let barriers = barriers(of: id, countMax: looks + 1)
        let count = keys.count + contests.count + barriers.count
        guard count > 0, count <= looks else { return false }
        looks -= count
        let mayUseKeys = keys.allSatisfy { key in
            let range = KeyRange.key(key)
            let requirement: AccessRequirement =
                use == .seeing ? .read(range) : .write(range)
            return access.decide(caller, on: requirement).isAllowed
        }
        return mayUseKeys
            && contests.allSatisfy { access.decide(caller, on: .lock(name: $0.name)).isAllowed }
            && barriers.allSatisfy { access.decide(caller, on: .lock(name: $0.bytes)).isAllowed }
    }

    /// Refuses to tie something to a lease that is over, or that the caller may not change: it would
    /// get a say in what the lease holds.
    func checkTie(to id: LeaseID, in context: inout ApplyContext) throws(Refusal) {
        guard leases.live(id, at: context.time) != nil else { throw .notFound(.lease) }
        guard access.isEnabled, context.tied != id, !planted(.strangerTiesToLease) else { return }
        guard mayUse(id, as: context.caller, for: .changing, looks: &context.leaseLooks) else {
            throw .notFound(.lease)
        }
        context.tied = id
    }

    /// Whose a lease would be, as the state names the caller; nobody's until somebody of that name
    /// wrote or made something.
    private func creator(_ caller: Caller) -> LeaseCreator {
        LeaseCreator(caller, author: store.authors.known(caller.author) ?? .nobody)
    }
}

extension AccessControl {
    /// Whether a place that the caller took in a queue still counts. Its right is that of now; who it
    /// is was proven when it came, and counts unless its password has changed since.
    func admits(waiter caller: Caller, in contest: Contest) -> Bool {
        guard isEnabled, !planted(.grantWithoutRight) else { return true }
        let requirement = AccessRequirement.lock(name: contest.name)
        switch caller {
        case .user(let name, let proven):
            guard let user = users[name], user.provenAt <= proven else { return false }
            return decide(user.roles, on: requirement).isAllowed
        case .nobody, .outside, .member: return decide(caller, on: requirement).isAllowed
        }
    }
}

/// Whose a lease is.
enum LeaseCreator: Hashable, Sendable {
    /// Nobody's: made while access was not controlled, or by the cluster.
    case nobody
    case user(AuthorID)
    /// Somebody's of another issuer, who is no user of the same name.
    case outside(AuthorID)

    /// - Parameter author: the caller's number among those who are named.
    init(_ caller: Caller, author: AuthorID) {
        guard author != .nobody else {
            self = .nobody
            return
        }
        switch caller {
        case .nobody, .member: self = .nobody
        case .user: self = .user(author)
        case .outside: self = .outside(author)
        }
    }

    /// The creator's number; that of nobody for nobody.
    var author: AuthorID {
        switch self {
        case .nobody: .nobody
        case .user(let author), .outside(let author): author
        }
    }

    /// What it is in the hash of its lease; zero for nobody.
    var word: UInt64 {
        switch self {
        case .nobody: 0
        case .user(let author): 1 << 32 | UInt64(author.rawValue)
        case .outside(let author): 2 << 32 | UInt64(author.rawValue)
        }
    }
}
