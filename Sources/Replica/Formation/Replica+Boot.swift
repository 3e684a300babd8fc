package import Bytes
internal import Consensus
package import Journal
internal import Keyspace

extension Replica {
    /// Opens a data directory and gives the member that lives in it. What the opening owes to the
    /// disk is the first effect, and nothing else happens before it is carried out.
    ///
    /// - Parameter bootNonce: random; tells this start from one of a copy of the directory.
    /// - Parameter seed: random; decides everything that is left to chance.
    /// - Throws: why this directory can't start: damaged, unreadable, or not in the list.
    package static func boot(
        _ reader: some DiskReader,
        configuration: Configuration,
        bootNonce: UInt64,
        seed: UInt64,
        segmentByteCount: Int = Journal.segmentByteCountDefault,
        now: MonotonicTime
    ) throws(StopReason) -> Replica {
        var chance = SplitMix64(seed: seed)
        let drawn =
            planted(.nameIsIdentity)
            ? configuration.name.reduce(0) { $0 &* 512 &+ 2 * UInt64($1) } : chance.next()
        var options = Journal.Opening(
            name: configuration.name,
            freshMember: MemberID(rawValue: drawn | 1),
            bootNonce: bootNonce
        )
        options.segmentByteCount = segmentByteCount
        options.tailByteCountMax = min(options.tailByteCountMax, configuration.windowByteCountMax)
        let opened: (journal: Journal, recovery: Recovery)
        do { opened = try Journal.open(reader, opening: options) } catch { throw StopReason(error) }
        let (journal, recovery) = opened
        guard recovery.identity.name == configuration.name else {
            throw .mayNotJoin(.otherName(recovery.identity.name))
        }
        let level = recovery.identity.featureLevel
        guard level <= configuration.featureLevelMax else {
            let known = configuration.featureLevelMax
            throw .mayNotJoin(.featureLevel(level, known: known))
        }
        // A term is durable before anything of it is written: this one went back.
        guard recovery.log.last.term <= recovery.hardState.term else {
            let damage = Damage(file: .hardState, offset: 0, reason: .outOfOrder)
            throw StopReason(JournalError.voteLost(damage))
        }
        let opening = recovery.operations.isEmpty ? Opening.done : .owing(recovery.operations)
        let life: Life
        if recovery.identity.cluster == .unformed {
            let formation = try Formation(of: recovery.identity, configuration: configuration)
            life = .forming(FormingMember(journal: journal, formation: formation))
        } else {
            let machine = try StateMachine.recovered(reader, recovery: recovery)
            let member = FormedMember(
                configuration: configuration,
                journal: journal,
                recovery: recovery,
                machine: machine,
                chance: &chance,
                now: now
            )
            life = .formed(FormedMember.Home(member))
        }
        var replica = Replica(
            configuration: configuration,
            boot: BootStamp(counter: recovery.identity.bootCounter, nonce: bootNonce),
            chance: chance,
            identity: recovery.identity,
            opening: opening,
            life: life
        )
        replica.context.effects.notices = recovery.repairs.map { .repaired($0) }
        replica.followPeers()
        replica.foundIfComplete()
        return replica
    }

    private init(
        configuration: Configuration,
        boot: BootStamp,
        chance: SplitMix64,
        identity: Identity,
        opening: Opening,
        life: Life
    ) {
        self.configuration = configuration
        self.boot = boot
        self.chance = chance
        self.identity = identity
        self.opening = opening
        self.life = life
    }

    private mutating func followPeers() {
        switch life {
        case .forming(let forming): context.links.follow(forming.formation.peers)
        case .formed(let formed):
            context.links.follow(formed.member.raft.membership.members, except: identity.member)
        }
    }

    /// What was given to be stored is durable. Once a cluster is, the member belongs to it.
    mutating func identityPersisted() {
        if case .forming(let forming) = life, forming.journal.identity.cluster != .unformed {
            join(from: forming)
        }
        acceptConfirmed()
    }

    /// The member belongs to a cluster from here on, and takes up what waited for one.
    private mutating func join(from forming: FormingMember) {
        context.links.closeAll()
        let member = FormedMember(
            configuration: configuration,
            journal: forming.journal,
            recovery: nil,
            machine: StateMachine(foundedBy: identity),
            chance: &chance,
            now: context.now
        )
        let formed = FormedMember.Home(member)
        life = .formed(formed)
        followPeers()
        for request in forming.early {
            switch request {
            case .write(let ticket, let write):
                formed.member.propose(ticket, write: write, in: &context)
            case .read(let ticket): formed.member.read(ticket, into: &context.effects)
            }
        }
    }
}

extension Formation {
    /// - Throws: when the list of founders does not name this member.
    fileprivate init(
        of identity: Identity,
        configuration: Replica.Configuration
    ) throws(StopReason) {
        var founders = configuration.founders
        if founders.isEmpty, configuration.arrival == .founding {
            founders = [
                Replica.Founder(name: identity.name, address: configuration.peerAddress)
            ]
        }
        let isListed = founders.contains { $0.name == identity.name }
        guard isListed || configuration.arrival == .joining else { throw .mayNotJoin(.notInList) }
        self.init(
            name: identity.name,
            id: identity.member,
            founders: founders,
            arrival: configuration.arrival
        )
    }
}

extension FormedMember {
    /// Consensus begins where the log was found to end.
    ///
    /// - Parameter recovery: what the directory held; nil when the cluster has just been founded.
    fileprivate init(
        configuration: Replica.Configuration,
        journal: Journal,
        recovery: Recovery?,
        machine: StateMachine,
        chance: inout SplitMix64,
        now: MonotonicTime
    ) {
        var limits = Limits()
        limits.windowByteCountMax = configuration.windowByteCountMax
        let start = Raft.Start(
            id: journal.identity.member,
            timing: Timing(
                heartbeatMilliseconds: configuration.heartbeatMilliseconds,
                electionTimeoutMilliseconds: configuration.electionTimeoutMilliseconds
            ),
            limits: limits,
            seed: chance.next(),
            hardState: recovery?.hardState ?? .initial,
            log: recovery?.log ?? .empty,
            membership: machine.membership,
            logIntegrity: recovery?.logIntegrity ?? .intact,
            caution: recovery == nil ? .none : .hearPeersFirst
        )
        self.init(
            configuration: configuration,
            journal: journal,
            raft: Raft(start, now: now),
            machine: machine,
            seed: chance.next()
        )
    }
}

extension StateMachine {
    /// The state of the newest snapshot; without one, of the founding.
    static func recovered(
        _ reader: some DiskReader,
        recovery: Recovery
    ) throws(StopReason) -> StateMachine {
        guard let snapshot = recovery.snapshot, let header = recovery.snapshotHeader else {
            return StateMachine(foundedBy: recovery.identity)
        }
        var decoder = SnapshotDecoder()
        do throws(JournalError) {
            var unsound: SnapshotError?
            let cluster = recovery.identity.cluster
            try SnapshotReader.read(snapshot.id, of: cluster, from: reader) { piece in
                guard case .payload(let payload) = piece, unsound == nil else { return }
                do throws(SnapshotError) { try decoder.feed(payload) } catch { unsound = error }
            }
            if let unsound { throw .damaged(snapshot.damage(unsound)) }
        } catch { throw StopReason(error) }
        do throws(SnapshotError) {
            return StateMachine(
                keyspace: try decoder.finish(),
                applied: snapshot.id,
                time: snapshot.time,
                membership: header.membership
            )
        } catch { throw StopReason(JournalError.damaged(snapshot.damage(error))) }
    }

    /// The empty state at log index 0.
    init(foundedBy identity: Identity) {
        self.init(
            keyspace: Keyspace(),
            applied: .zero,
            time: .zero,
            membership: Membership(founding: identity.founders)
        )
    }
}

extension SnapshotDescriptor {
    /// Sound bytes that are no state, or none that this version reads.
    fileprivate func damage(_ error: SnapshotError) -> Damage {
        switch error {
        case .unknownFormat: Damage(file: .snapshot(id), offset: 0, reason: .unknownFormat)
        default: Damage(file: .snapshot(id), offset: 0, reason: .malformed)
        }
    }
}

extension StopReason {
    /// What a journal that can't be opened means for the process.
    init(_ error: JournalError) {
        switch error {
        case .unreadable(let error):
            let name = error.file?.name ?? "the data directory"
            self = .diskFailed(evidence: "\(name) can't be read: error \(error.code)")
        case .damaged(let damage): self = .damaged(evidence: damage.description)
        case .voteLost(let damage):
            self = .damaged(
                evidence: "\(damage.description); the member may have forgotten a vote"
            )
        }
    }
}
