import Bytes
import Consensus
@testable import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("a member's own rules: each is broken by hand, and found")
struct ReplicaRuleTests {
    /// Breaks one rule of a member that had none broken.
    struct Break: Sendable, CustomTestStringConvertible {
        let rule: ReplicaRule
        let role: Raft.Role
        let change: @Sendable (inout Replica) -> Void
        var testDescription: String { "\(rule)" }

        init(
            _ rule: ReplicaRule,
            of role: Raft.Role = .follower,
            change: @escaping @Sendable (inout Replica) -> Void
        ) {
            self.rule = rule
            self.role = role
            self.change = change
        }
    }

    static func link(_ number: UInt64) -> LinkID { LinkID(rawValue: 1_000_000 + number) }

    static func entry(_ index: UInt64) -> EntryID {
        EntryID(term: Term(rawValue: 1), index: LogIndex(rawValue: index))
    }

    static let ticket = Ticket(rawValue: 1_000_000)
    static let peer = MemberID(rawValue: 7)

    static let ofTheWhole: [Break] = [
        Break(.oneIncarnation) { $0.identity = Identity(member: peer, name: []) },
        Break(.clusterIsJoined) { $0.identity.cluster = ClusterID(rawValue: 7) },
        Break(.nothingSaidEarly) {
            $0.opening = .underWay
            $0.context.effects.frames = [Frame(link: link(0), bytes: [])]
        },
        Break(.oneCompletion) {
            $0.context.effects.replies = [.readable(ticket), .unreadable(ticket)]
        },
        Break(.appliedIsCommitted) { replica in
            guard let machine = replica.formed?.member.machine else { return }
            replica.formed?.member.machine = StateMachine(
                keyspace: machine.keyspace,
                applied: entry(1_000_000),
                time: machine.time,
                membership: machine.membership
            )
        },
        Break(.pendingIsUndecided) {
            $0.formed?.member.proposals.pending.expect(entry(0), for: ticket)
        },
        Break(.readsAreTold) { replica in
            replica.formed?.member.reads.wait(ticket)
            if let id = replica.formed?.member.reads.beginRound(replica.context.now) {
                replica.formed?.member.reads.confirm(id, at: .zero, now: replica.context.now)
            }
        },
        Break(.readsAreRefused) {
            $0.formed?.member.reads.wait(ticket)
            $0.formed?.member.storeIntegrity = .undecided
        },
        Break(.repairIsOne) {
            $0.formed?.member.storeIntegrity = .differs(StoreRepair(snapshot: entry(9)))
        },
        Break(.startIsOnRecord) { replica in
            replica.identity = identity(of: replica, name: replica.identity.name, nonce: 0)
        },
        Break(.nameIsConfigured) { replica in
            replica.identity = identity(of: replica, name: [], nonce: replica.boot.nonce)
        },
        Break(.clusterIsNamed) {
            $0.identity.cluster = .unformed
            $0.formed?.member.journal.identity.cluster = .unformed
        },
        Break(.draftIsBegun) {
            $0.formed?.member.snapshots.writing = Snapshots.Writing(
                id: entry(9),
                time: .zero,
                begunAt: $0.context.now
            )
        },
    ]

    static var write: WaitingProposal {
        let write = EncodedWrite(payload: [1], growth: .grows, repeatability: .repeatable)
        return WaitingProposal(ticket: ticket, write: write)
    }

    /// Like the member's own, with another name and start.
    static func identity(of replica: borrowing Replica, name: [UInt8], nonce: UInt64) -> Identity {
        var identity = Identity(
            member: replica.identity.member,
            name: name,
            bootCounter: replica.boot.counter,
            bootNonces: [nonce],
            reception: .accepted
        )
        identity.cluster = replica.identity.cluster
        return identity
    }

    static func sample(of index: UInt64) -> StateHashes.Sample {
        StateHashes.Sample(index: LogIndex(rawValue: index), hashes: [(peer, StateHash())])
    }

    @Test(
        "a broken rule of a formed member is found",
        arguments: ofTheWhole + ofTheFormed + ofTheEffects + ofTheLinks + ofTheStarts
            + ofTheRequests + ofTheStores + ofTheDisk
    )
    func found(_ example: Break) throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        try #require(harness.run(5_000, until: { harness.isLinked }))
        try #require(harness.settle())
        let isMeant = { (member: HarnessMember) in
            (member.status?.role == .leader) == (example.role == .leader)
        }
        let member = try #require(harness.members.first(where: isMeant))
        #expect(member.replica?.brokenRule == nil)
        if member.replica != nil { example.change(&member.replica!) }
        #expect(member.replica?.brokenRule == example.rule)
    }

    static let ofTheForming: [Break] = [
        Break(.earlyIsBounded) {
            $0.forming?.early = Array(
                repeating: .read(ticket),
                count: FormingMember.earlyCountMax + 1
            )
        },
        Break(.earlyDiffer) { $0.forming?.early = [.read(ticket), .read(ticket)] },
        Break(.founderIsSelf) { $0.forming?.formation.incarnations = [peer, nil, nil] },
        Break(.foundersArePeers) { $0.context.links.peers.removeLast() },
        Break(.foundersHaveCluster) {
            $0.identity.founders = [Member(id: peer, name: [1], peerAddress: [1])]
        },
    ]

    @Test("a broken rule of a member without a cluster is found", arguments: ofTheForming)
    func foundWhileForming(_ example: Break) throws {
        let harness = ReplicaHarness(3)
        try harness.start(0)
        let member = harness.members[0]
        #expect(member.replica?.brokenRule == nil)
        if member.replica != nil { example.change(&member.replica!) }
        #expect(member.replica?.brokenRule == example.rule)
    }
}

extension ReplicaHarness {
    /// Whether each member has a link from and to each of the others.
    fileprivate var isLinked: Bool {
        members.allSatisfy { member in
            member.replica?.isFormed ?? false
                && member.replica?.context.links.peers.allSatisfy {
                    if case .open = $0.outgoing {
                        $0.incoming != nil && $0.start != nil
                    } else {
                        false
                    }
                } ?? false
        }
    }
}
