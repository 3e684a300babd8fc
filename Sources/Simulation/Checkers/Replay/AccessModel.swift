internal import Bytes
internal import Keyspace

/// Users, roles and leases of users, as the commands make them: in the plainest way.
struct AccessModel {
    /// What has to come of a request.
    enum Verdict {
        case allowed
        case refused
        /// It may ask, and this comes of the lease that it names.
        case lease(LeaseModel.Verdict)
    }

    private struct User {
        var roles: [AccessName] = []
        var changed: UInt64
        var proven: UInt64
    }

    private var isControlled = false
    private var revision: UInt64 = 0
    private var clock = ClusterTime.zero
    private var users: [AccessName: User] = [:]
    private var roles: [AccessName: [AccessRule]] = [:]
    private var leases = LeaseModel()

    /// Of a cluster that began with nothing.
    init() {}

    /// As it is in force; leases of before are not known.
    init(_ access: AccessControl) {
        isControlled = access.isEnabled
        revision = access.revision.rawValue
        for (name, role) in access.roles(after: nil, countMax: .max) { roles[name] = role.rules }
        for (name, user) in access.users(after: nil, countMax: .max) {
            users[name] = User(
                roles: user.roles,
                changed: user.changedAt.rawValue,
                proven: user.provenAt.rawValue
            )
        }
    }

    mutating func pass(to time: ClusterTime) { clock = max(clock, time) }

    mutating func grant(_ grant: AccessAct.Grant, to creator: AccessName) {
        leases.make(grant, by: creator, at: clock)
    }

    mutating func take(_ change: AccessChange) {
        switch change {
        case .putUser(let name, let password, let list):
            let next = Self.apply(list, to: users[name]?.roles ?? [])
            guard list.items.allSatisfy({ roles[$0] != nil || isRemoved($0, by: list) }) else {
                return
            }
            revision += 1
            var user = users[name] ?? User(changed: revision, proven: revision)
            user.roles = next
            user.changed = revision
            if password != .kept { user.proven = revision }
            users[name] = user
        case .removeUser(let name):
            guard users.removeValue(forKey: name) != nil else { return }
            revision += 1
            leases.disown(name)
        case .putRole(let name, let list):
            revision += 1
            roles[name] = Self.apply(list, to: roles[name] ?? [])
            for (user, value) in users where value.roles.contains(name) {
                users[user]?.changed = revision
            }
        case .enable:
            revision += 1
            isControlled = true
        case .disable:
            revision += 1
            isControlled = false
        case .removeRole, .addSigningKey, .retireSigningKey: break
        }
    }

    private func isRemoved(_ name: AccessName, by list: ListChange<AccessName>) -> Bool {
        if case .removing = list { true } else { false }
    }

    private static func apply<Item>(_ change: ListChange<Item>, to list: [Item]) -> [Item] {
        switch change {
        case .exactly(let items): items
        case .adding(let items): list + items
        case .removing(let items): list.filter { !items.contains($0) }
        }
    }

    // MARK: Decisions

    /// - Parameter answer: what whoever asks for a lock was told.
    mutating func judge(
        _ name: AccessName,
        proven: UInt64,
        wants: [AccessReplay.Want],
        answer: LeaseModel.LockAnswer
    ) -> Verdict {
        guard !isControlled || isCurrent(name, proven: proven), may(name, do: wants) else {
            return .refused
        }
        let keys = wants.compactMap { want in
            if case .write(let key) = want { key } else { nil }
        }
        for want in wants {
            switch want {
            case .lease(let id): return .lease(judge(id, for: .keeping, by: name))
            case .change(let id):
                let verdict = judge(id, for: .changing, by: name)
                switch verdict {
                case .granted where !keys.isEmpty: for key in keys { leases.tie(key, to: id) }
                case .granted where wants.count > 1: leases.takePlace(id, answer: answer)
                case .granted: leases.end(id)
                case .open: leases.doubt(id, tying: keys)
                case .withoutRight, .strangers, .over: break
                }
                return .lease(verdict)
            case .leaving(let id): leases.leavePlace(id)
            case .write, .read, .lock: break
            }
        }
        for key in keys { leases.tie(key, to: nil) }
        return .allowed
    }

    private mutating func judge(
        _ id: LeaseID,
        for use: LeaseModel.Use,
        by name: AccessName
    ) -> LeaseModel.Verdict {
        let asker = isControlled ? name : nil
        let verdict = leases.judge(id, for: use, by: asker, at: clock) { may(name, do: [$0]) }
        switch (use, verdict) {
        case (.keeping, .granted): leases.keep(id, at: clock)
        case (.keeping, .open): leases.doubt(id, tying: [])
        default: break
        }
        return verdict
    }

    /// Whether somebody may look at what it wants to, or go on with it.
    func mayLook(_ look: AccessReplay.Look) -> Bool {
        guard isControlled else { return true }
        return isCurrent(look.user, proven: look.proven) && may(look.user, do: [look.want])
    }

    /// Whether a place that was taken so still counts.
    func admits(_ caller: AccessAct.Caller, wants: [AccessReplay.Want]) -> Bool {
        guard isControlled else { return true }
        switch caller {
        case .user(let name, let proven):
            guard let user = users[name], user.proven <= proven else { return false }
            return may(name, do: wants)
        case .crowd: return true
        case .nobody: return false
        }
    }

    private func isCurrent(_ name: AccessName, proven: UInt64) -> Bool {
        guard let user = users[name] else { return false }
        return user.changed <= proven && proven <= revision
    }

    private func may(_ name: AccessName, do wants: [AccessReplay.Want]) -> Bool {
        guard isControlled else { return true }
        let rules = (users[name]?.roles ?? []).flatMap { roles[$0] ?? [] }
        return wants.filter(\.isRight).allSatisfy { want in
            let parts = Self.parts(of: want)
            let isDenied = rules.contains { rule in
                rule.effect == .deny && parts.contains { Self.speaks(rule, of: $0) }
            }
            // As a whole, or not at all.
            return !isDenied
                && rules.contains { rule in
                    rule.effect == .allow && parts.allSatisfy { Self.speaks(rule, of: $0) }
                }
        }
    }

    /// What stands for all of it: of the users' keys and the one above them, those that it has. Every
    /// rule that has that one has all of them, so that no rules together have more than each of them.
    private static func parts(of want: AccessReplay.Want) -> [AccessReplay.Want] {
        guard case .read(.subtree(let root)) = want else { return [want] }
        return ([Principals.root] + Principals.keys).filter { isAtOrBelow($0, root: root) }
            .map { .read(.key($0)) }
    }

    private static func speaks(_ rule: AccessRule, of want: AccessReplay.Want) -> Bool {
        switch (want, rule.scope) {
        case (.write(let key), .keys(let range)):
            return rule.verbs.contains(.write) && has(key, range: range)
        case (.read(.key(let key)), .keys(let range)):
            return rule.verbs.contains(.read) && has(key, range: range)
        case (.lock(let name), .names(let pattern)):
            guard pattern.text.last == UInt8(ascii: "*") else { return name == pattern.text }
            return name.starts(with: pattern.text.dropLast())
        default: return false
        }
    }

    private static func has(_ key: Key, range: KeyRange) -> Bool {
        switch range {
        case .key(let one): return key == one
        case .subtree(let root): return isAtOrBelow(key, root: root)
        case .interval(let from, let to):
            guard !key.bytes.lexicographicallyPrecedes(from) else { return false }
            return to.map { key.bytes.lexicographicallyPrecedes($0) } ?? true
        }
    }

    private static func isAtOrBelow(_ key: Key, root: Key) -> Bool {
        key == root || key.bytes.starts(with: root.bytes + [UInt8(ascii: "/")])
    }
}
