import Bytes
import Consensus
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("what becomes of what was under way when a link ends, or another takes its place")
struct LinkTests {
    private let now = MonotonicTime(rawValue: 1_000_000_000)

    private func link(_ number: UInt64) -> LinkID { LinkID(rawValue: number) }

    /// A settled follower of three, with the id of its leader.
    private func follower() throws -> (HarnessMember, leader: MemberID) {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        try #require(harness.settle())
        let leader = try #require(harness.leader)
        let id = harness.members[leader].replica?.id
        return (harness.members[(leader + 1) % 3], try #require(id))
    }

    @Test("a member that dials again before its start is durable here: the earlier link is closed")
    func dialledTwice() throws {
        let identity = PeerMessageTests.identity
        let sender = self.identity(identity.cluster, id: PeerMessageTests.peer)
        let view = HandshakeView(identity: identity, boots: [], members: [sender.id])
        let hello = Hello(sender: sender, expected: identity.id).encode()
        var links = Links()
        for number: UInt64 in [1, 2] {
            links.accepted(link(number), now: now)
            _ = links.greeting(hello, on: link(number), view: view, now: now)
        }
        #expect(links.unconfirmed.map(\.link) == [link(2)])
        #expect(links.toClose == [link(1)])
    }

    @Test("a newcomer that asks one member at two addresses knows it once")
    func twoAddresses() {
        let view = HandshakeView(
            identity: identity(.unformed, id: PeerMessageTests.me),
            boots: [],
            members: []
        )
        let responder = identity(ClusterID(rawValue: 5), id: PeerMessageTests.peer)
        let answer = HelloAnswer(responder: responder, verdict: .accepted).encode()
        var links = Links()
        links.follow((1...2).map { (nil, [], PeerAddress(text: [$0])) })
        for (peer, number) in [UInt64(1), 2].enumerated() {
            links.peers[peer].outgoing = .greeting(link(number), since: now)
            _ = links.greeting(answer, on: link(number), view: view, now: now)
        }
        #expect(links.peers.map(\.id) == [PeerMessageTests.peer, nil])
        #expect(links.toClose == [link(2)])
        #expect(links.brokenRule(at: now) == nil)
    }

    @Test("a member that is not where the membership says is looked for where it says itself")
    func elsewhere() {
        let (old, new) = (PeerAddress(text: [1]), PeerAddress(text: [2]))
        var links = Links()
        links.follow([(PeerMessageTests.peer, [], old)])
        links.peers[0].shownAddress = new
        #expect(dialled(by: &links) == [old])
        _ = links.dialFailed(old, end: .timedOut, now: now)
        #expect(dialled(by: &links) == [new])
        _ = links.dialFailed(new, end: .timedOut, now: now)
        #expect(dialled(by: &links) == [old])
        links.peers[0].shownAddress = PeerAddress(text: Array("0.0.0.0:2380".utf8))
        _ = links.dialFailed(old, end: .timedOut, now: now)
        #expect(dialled(by: &links) == [old])
    }

    @Test("a link stays when the membership names another address, and the next dial goes there")
    func moved() {
        let (old, new) = (PeerAddress(text: [1]), PeerAddress(text: [2]))
        var links = Links()
        links.follow([(PeerMessageTests.peer, [], old)])
        links.peers[0].outgoing = .open(link(1))
        links.peers[0].generation = 3
        links.follow([(PeerMessageTests.peer, [], new)])
        #expect(links.isOpen(to: PeerMessageTests.peer) && links.toClose.isEmpty)
        _ = links.closed(link(1), end: .refused, now: now)
        #expect(dialled(by: &links) == [new])
        #expect(links.generation(of: PeerMessageTests.peer) == 3)
    }

    /// What is dialled once every pause is over.
    private func dialled(by links: inout Links) -> [PeerAddress] {
        var effects = Effects()
        _ = links.tick(now.advanced(byMilliseconds: 10_000), into: &effects)
        return effects.dials
    }

    private func identity(
        _ cluster: ClusterID,
        id: MemberID
    ) -> PeerIdentity {
        PeerIdentity(
            cluster: cluster,
            id: id,
            name: Array("n\(id.rawValue)".utf8),
            boot: BootStamp(counter: 1, nonce: 1),
            earlierNonces: [],
            peerAddress: PeerAddress(text: Array("host:3".utf8)),
            clientAddress: [],
            membershipIndex: .zero,
            term: .zero,
            last: .zero,
            standing: .notLeading,
            version: [],
            token: PeerMessageTests.identity.token
        )
    }

    @Test("the links of the founding end with the pings that were not answered on them")
    func founded() {
        var links = Links()
        links.follow([(PeerMessageTests.peer, [], PeerAddress(text: [1]))])
        links.peers[0].outgoing = .open(link(1))
        links.peers[0].hasSpoken = true
        var effects = Effects()
        _ = links.tick(now, into: &effects)
        links.take(into: &effects)
        #expect(links.peers[0].pingedAt == now)
        links.closeAll()
        #expect(links.peers[0].pingedAt == nil && links.peers[0].lastPingAt == nil)
        #expect(links.brokenRule(at: now) == nil)
    }

    @Test("a raised level ends the links that speak less, and what waits on them is not sent")
    func older() {
        var links = Links()
        let other = MemberID(rawValue: 99)
        links.follow([
            (PeerMessageTests.peer, [], PeerAddress(text: [1])),
            (other, [], PeerAddress(text: [2])),
        ])
        for (place, version) in [(0, ProtocolVersion.fifth), (1, .sixth)] {
            links.peers[place].outgoing = .open(link(UInt64(place)))
            links.peers[place].incoming = link(UInt64(place) + 10)
            links.peers[place].speaks = version
            links.peers[place].isSpoken = version
            links.send(.leadershipWanted(nil), to: links.peers[place].id ?? other)
        }
        let events = links.close(speaking: .sixth, now: now)
        #expect(events.count == 2)
        var effects = Effects()
        links.take(into: &effects)
        #expect(Set(effects.linksToClose) == [link(0), link(10)])
        #expect(effects.frames.map(\.link) == [link(1)])
        #expect(!links.isOpen(to: PeerMessageTests.peer) && links.isOpen(to: other))
    }

    @Test("a peer that only says which version it speaks has not said what it makes of this start")
    func preamble() {
        let view = HandshakeView(
            identity: identity(ClusterID(rawValue: 5), id: PeerMessageTests.me),
            boots: [],
            members: []
        )
        var links = Links()
        links.follow([(PeerMessageTests.peer, [], PeerAddress(text: [1]))])
        for version in [ProtocolVersion.fifth, ProtocolVersion(rawValue: 4)] {
            links.peers[0].outgoing = .dialling
            links.opened(link(1), to: PeerAddress(text: [1]), view: view, now: now)
            let answer = HelloAnswer.otherVersionFrame(version)
            let event = links.greeting(answer, on: link(1), view: view, now: now)
            #expect(links.peers[0].hasSpoken == (version == ProtocolVersion(rawValue: 4)))
            #expect((event == nil) == (version == .fifth))
        }
    }

    @Test("a peer that has risen since it was greeted in its old version is greeted in the new one")
    func risen() {
        let view = HandshakeView(
            identity: identity(ClusterID(rawValue: 5), id: PeerMessageTests.me),
            boots: [],
            members: []
        )
        var links = Links()
        links.follow([(PeerMessageTests.peer, [], PeerAddress(text: [1]))])
        links.peers[0].outgoing = .dialling
        links.peers[0].speaks = .fifth
        links.opened(link(1), to: PeerAddress(text: [1]), view: view, now: now)
        let answer = HelloAnswer.otherVersionFrame(.sixth)
        #expect(links.greeting(answer, on: link(1), view: view, now: now) == nil)
        #expect(links.peers[0].speaks == .current && links.peers[0].otherVersion == nil)
    }

    @Test("a start that is put off keeps its clients' writes until it may speak")
    func mute() throws {
        let (member, _) = try follower()
        let time = member.replica?.context.now
        let now = try #require(time)
        member.replica?.context.links.isMute = true
        member.replica?.context.links.mutedUntil = now.advanced(byMilliseconds: 100)
        let ticket = Ticket(rawValue: 1_000_000)
        let write = ReplicaHarness.put("/a", value: "1")
        member.replica?.step(.propose(ticket, write), now: now)
        _ = member.replica?.takeEffects(now: now)
        let held = member.replica?.formed?.member.proposals
        let proposals = try #require(held)
        #expect(proposals.isWaiting && proposals.lanes.allSatisfy { $0.count == 0 })
        #expect(member.unreadiness == [.noLink])
        member.replica?.step(.forget(ticket), now: now)
        let reply = member.replica?.takeEffects(now: now).replies.first
        guard case .unproposed(ticket, .notApplied(.noLeader)) = reply else {
            Issue.record("\(String(describing: reply))")
            return
        }
    }

    @Test("a membership without the leader that holds a write: its answer is not waited for")
    func removedLeader() throws {
        let (member, leader) = try follower()
        let (home, turn) = (member.replica?.formed, member.replica?.context)
        let formed = try #require(home)
        var lane = Forwarding(to: leader)
        let ticket = Ticket(rawValue: 1_000_000)
        let write = ReplicaHarness.put("/a", value: "1")
        _ = lane.forward([WaitingProposal(ticket: ticket, write: write)], numberedFrom: 0)
        formed.member.proposals.lanes = [lane]
        let members = formed.member.raft.membership.members.filter { $0.id != leader }
        var context = try #require(turn)
        formed.member.follow(Membership(founding: members), in: &context)
        #expect(formed.member.proposals.tickets.isEmpty)
        guard case .unproposed(ticket, .unknown) = context.effects.replies.first else {
            Issue.record("\(context.effects.replies)")
            return
        }
    }
}
