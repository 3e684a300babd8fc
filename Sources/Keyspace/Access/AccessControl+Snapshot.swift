internal import Bytes

// A snapshot has nothing of a cluster in which nobody ever changed any of it; else the whole first,
// then roles, users, and signing keys from the oldest on.

extension AccessControl {
    /// The item that the whole is in the state's hash, beside those of its parts; nil while nobody
    /// ever changed anything.
    var stateItem: StableHash? {
        guard revision != .initial else { return nil }
        var item = StableHash(seed: SessionStateHashSeed.access)
        item.combine(isEnabled ? 1 : 0)
        item.combine(revision.rawValue)
        return item
    }

    /// Walks all of it.
    struct Encoder: Sendable {
        private var whole: AccessControl?
        private var roles: SortedMap<AccessName, AccessRole>.Elements
        private var users: SortedMap<AccessName, AccessUser>.Elements
        private var keys: ArraySlice<SigningKey>

        init(_ access: AccessControl) {
            whole = access.revision == .initial ? nil : access
            roles = access.roles.elements
            users = access.users.elements
            keys = access.signingKeys[...]
        }

        /// Appends the next item, its tag first; false when there is none.
        mutating func encodeNext(into output: inout [UInt8]) -> Bool {
            if let access = whole {
                whole = nil
                output.append(SessionStateTag.access)
                output.append(access.isEnabled ? 1 : 0)
                output.append(varint: access.revision.rawValue)
            } else if let role = roles.next() {
                output.append(SessionStateTag.role)
                output.append(role.key)
                output.append(counted: role.value.rules) { rule, output in output.append(rule) }
            } else if let user = users.next() {
                output.append(SessionStateTag.user)
                output.append(user.key)
                user.value.encode(into: &output)
            } else if let key = keys.popFirst() {
                output.append(SessionStateTag.signingKey)
                output.append(varint: key.id)
                output.append(lengthPrefixed: key.secret)
                output.append(varint: key.since.rawValue)
            } else {
                return false
            }
            return true
        }
    }

    /// Takes one item out of a snapshot.
    mutating func insert(
        _ tag: SessionStateTag,
        decoding reader: inout ByteReader
    ) throws(DecodingError) {
        let start = reader.position
        // The whole comes first and once.
        guard (tag == .access) == (revision == .initial) else { throw .invalidValue(at: start) }
        switch tag {
        case .access:
            isEnabled = try reader.readFlag()
            revision = AuthRevision(rawValue: try reader.readNumber())
            guard revision != .initial else { throw .invalidValue(at: start) }
        case .role:
            let name = try reader.readAccessName()
            let rules = try reader.readCounted(countMax: AccessRole.ruleCountMax) {
                reader throws(DecodingError) in try reader.readAccessRule()
            }
            guard roles[name] == nil, Set(rules).count == rules.count else {
                throw .invalidValue(at: start)
            }
            set(AccessRole(rules: rules), for: name)
        case .user:
            let name = try reader.readAccessName()
            let user = try reader.readAccessUser()
            guard users[name] == nil, isSound(user) else { throw .invalidValue(at: start) }
            set(user, for: name)
        case .signingKey:
            let key = SigningKey(
                id: try reader.readNumber(),
                secret: try reader.readLengthPrefixed(limit: SigningKey.secretByteCount),
                since: ClusterTime(rawValue: try reader.readNumber())
            )
            guard key.secret.count == SigningKey.secretByteCount,
                signingKeys.count < SigningKey.countMax,
                signingKeys.last.map({ $0.id < key.id }) ?? true
            else { throw .invalidValue(at: start) }
            set(signingKeys: signingKeys + [key])
        case .position, .lease, .contender, .answer, .settings, .memberOrder, .quota, .shutContest,
            .writeGuard, .queueSettings, .queueItem, .barrier, .barrierParty,
            .endedBarrier:
            throw .invalidValue(at: start)
        }
        guard byteCount <= Self.byteCountMax else { throw .invalidValue(at: start) }
    }

    private func isSound(_ user: AccessUser) -> Bool {
        user.roles.rise && user.roles.allSatisfy { roles[$0] != nil }
            && user.provenAt <= user.changedAt && user.changedAt <= revision
    }

    /// The first rule that the state breaks, nil for a sound one.
    ///
    /// - Complexity: O(users · roles)
    func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        guard users.elements.allSatisfy({ isSound($0.value) }) else { return .usersAreSound }
        guard !isEnabled || hasAdministrator else { return .controlHasAdministrator }
        guard zip(signingKeys, signingKeys.dropFirst()).allSatisfy({ $0.id < $1.id }),
            signingKeys.last?.id ?? 0 <= appliedIndex, signingKeys.count <= SigningKey.countMax
        else { return .signingKeysRise }
        var anew = AccessControl()
        for role in roles.elements { anew.set(role.value, for: role.key) }
        for user in users.elements { anew.set(user.value, for: user.key) }
        anew.set(signingKeys: signingKeys)
        guard anew.byteCount == byteCount else { return .accessIsCounted }
        return anew.sum == sum ? nil : .accessHashIsSum
    }
}

extension AccessUser {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(lengthPrefixed: password)
        output.append(counted: roles) { role, output in output.append(role) }
        output.append(varint: changedAt.rawValue)
        output.append(varint: provenAt.rawValue)
    }
}

extension ByteReader {
    fileprivate mutating func readAccessUser() throws(DecodingError) -> AccessUser {
        AccessUser(
            password: try readLengthPrefixed(limit: AccessUser.passwordByteCountMax),
            roles: try readCounted(countMax: AccessUser.roleCountMax) {
                reader throws(DecodingError) in try reader.readAccessName()
            },
            changedAt: AuthRevision(rawValue: try readNumber()),
            provenAt: AuthRevision(rawValue: try readNumber())
        )
    }
}
