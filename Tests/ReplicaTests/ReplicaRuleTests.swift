import Bytes
import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("a member's own rules: each is broken by hand, and found")
struct ReplicaRuleTests {
    /// Breaks one rule of a member that had none broken.
    struct Break: Sendable, CustomTestStringConvertible {
        let rule: ReplicaRule
        let change: @Sendable (inout Replica) -> Void
        var testDescription: String { "\(rule)" }

        init(_ rule: ReplicaRule, change: @escaping @Sendable (inout Replica) -> Void) {
            self.rule = rule
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
                replica.formed?.member.reads.confirm(id, at: .zero)
            }
        },
        Break(.readsAreRefused) {
            $0.formed?.member.reads.wait(ticket)
            $0.formed?.member.storeIntegrity = .undecided
        },
        Break(.repairIsOne) {
            $0.formed?.member.storeIntegrity = .differs(StoreRepair(snapshot: entry(9)))
        },
        Break(.draftIsBegun) {
            $0.formed?.member.snapshots.writing = Snapshots.Writing(id: entry(9), time: .zero)
        },
    ]

    static let ofTheLinks: [Break] = [
        Break(.peersDiffer) { $0.context.links.peers[1].id = $0.context.links.peers[0].id },
        Break(.connectionsDiffer) {
            let now = $0.context.now
            guard let link = $0.context.links.peers[0].incoming else { return }
            $0.context.links.unidentified.append(
                Links.UnidentifiedLink(link: link, acceptedAt: now)
            )
        },
        Break(.outboxIsOpen) {
            $0.context.links.peers[0].outgoing = .dialling
            $0.context.links.peers[0].outbox = [1]
        },
        Break(.redialIsBounded) { $0.context.links.peers[0].redialMilliseconds = 0 },
        Break(.contenderIsOther) {
            $0.context.links.peers[0].contender = $0.context.links.peers[0].start
        },
        Break(.muteEnds) {
            $0.context.links.isMute = true
            $0.context.links.mutedUntil = nil
        },
        Break(.unidentifiedInOrder) { replica in
            replica.context.links.unidentified = [2, 1].map {
                Links.UnidentifiedLink(link: link($0), acceptedAt: MonotonicTime(rawValue: $0))
            }
        },
        Break(.unconfirmedDiffer) { replica in
            let identity = replica.handshakeView.identity
            replica.context.links.unconfirmed = [1, 2].map {
                Links.UnconfirmedPeer(link: link($0), identity: identity)
            }
        },
    ]

    static let ofTheRequests: [Break] = [
        Break(.pendingInOrder) { replica in
            for index: UInt64 in [2_000_000, 1_000_000] {
                replica.formed?.member.proposals.pending.queue.append(
                    PendingProposals.Pending(id: entry(index), ticket: ticket)
                )
            }
        },
        Break(.waitingIsCounted) { $0.formed?.member.proposals.waitingByteCount += 1 },
        Break(.lanesDiffer) {
            $0.formed?.member.proposals.lanes = [Forwarding(to: peer), Forwarding(to: peer)]
        },
        Break(.sentInOrder) {
            var lane = Forwarding(to: peer)
            _ = lane.forward([write], numberedFrom: .max - 1)
            $0.formed?.member.proposals.lanes = [lane]
        },
        Break(.repeatableIsNoted) {
            var lane = Forwarding(to: peer)
            _ = lane.forward([write], numberedFrom: 0)
            lane.hasRepeatable = false
            $0.formed?.member.proposals.lanes = [lane]
        },
        Break(.readsInOrder) { replica in
            for index: UInt64 in [2_000_000, 1_000_000] {
                replica.formed?.member.reads.confirmed.append(
                    Reads.Confirmed(index: LogIndex(rawValue: index), tickets: [])
                )
            }
        },
        Break(.roundsDiffer) {
            let round = Reads.Round(id: ReadID(rawValue: 1), tickets: [])
            $0.formed?.member.reads.rounds = [round, round]
        },
    ]

    static let ofTheStores: [Break] = [
        Break(.samplesInOrder) {
            $0.formed?.member.hashes.samples = [sample(of: 2048), sample(of: 1024)]
        },
        Break(.samplesAreOnTime) { $0.formed?.member.hashes.samples = [sample(of: 5)] },
        Break(.reportersDiffer) {
            var sample = sample(of: 1024)
            sample.hashes += sample.hashes
            $0.formed?.member.hashes.samples = [sample]
        },
    ]

    static var write: WaitingProposal {
        let write = EncodedWrite(payload: [1], growth: .grows, repeatability: .repeatable)
        return WaitingProposal(ticket: ticket, write: write)
    }

    static func sample(of index: UInt64) -> StateHashes.Sample {
        StateHashes.Sample(index: LogIndex(rawValue: index), hashes: [(peer, StateHash())])
    }

    @Test(
        "a broken rule of a formed member is found",
        arguments: ofTheWhole + ofTheLinks + ofTheRequests + ofTheStores
    )
    func found(_ example: Break) throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        try #require(harness.run(5_000, until: { harness.leader != nil && harness.isLinked }))
        let member = harness.members[0]
        #expect(member.replica?.brokenRule == nil)
        if member.replica != nil { example.change(&member.replica!) }
        #expect(member.replica?.brokenRule == example.rule)
    }

    @Test("more requests than a member without a cluster keeps are found")
    func foundWhileForming() throws {
        let harness = ReplicaHarness(3)
        try harness.start(0)
        let member = harness.members[0]
        #expect(member.replica?.brokenRule == nil)
        member.replica?.forming?.early = Array(
            repeating: .read(Self.ticket),
            count: FormingMember.earlyCountMax + 1
        )
        #expect(member.replica?.brokenRule == .earlyIsBounded)
    }
}

extension ReplicaHarness {
    /// Whether the first member has a link from and to each of the others.
    fileprivate var isLinked: Bool {
        members[0].replica?.context.links.peers.allSatisfy {
            if case .open = $0.outgoing { $0.incoming != nil && $0.start != nil } else { false }
        } ?? false
    }
}
