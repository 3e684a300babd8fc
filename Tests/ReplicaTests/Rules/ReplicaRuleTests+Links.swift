import Bytes
import Consensus
import Journal
import Keyspace

@testable import Replica

extension ReplicaRuleTests {
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
                Links.UnconfirmedPeer(link: link($0), identity: identity, speaks: .current)
            }
        },
        Break(.peersAreOthers) { $0.context.links.peers[0].id = $0.identity.member },
        Break(.peersAreMembers) { $0.context.links.peers.removeLast() },
        Break(.openIsCounted) { $0.context.links.peers[0].generation = 0 },
        Break(.pingsNeedLink) { $0.context.links.peers[0].outgoing = .dialling },
        Break(.pingsInOrder) {
            $0.context.links.peers[0].lastPingAt = $0.context.now
            $0.context.links.peers[0].pingedAt = later(than: $0.context.now)
        },
        Break(.openIsAccepted) { $0.context.links.peers[0].refusal = .notMember },
        Break(.openIsAccepted) { $0.context.links.peers[0].hasSpoken = false },
        Break(.refusalIsOne) {
            $0.context.links.peers[0].refusal = .notMember
            $0.context.links.peers[0].otherVersion = ProtocolVersion(rawValue: 1)
        },
        Break(.linkTimesArePast) {
            $0.context.links.peers[0].heardAt = later(than: $0.context.now)
        },
        Break(.linkTimesArePast) {
            let time = later(than: $0.context.now)
            $0.context.links.unidentified.append(
                Links.UnidentifiedLink(link: link(0), acceptedAt: time)
            )
        },
        Break(.linksAreTaken) { $0.context.links.frames = [Frame(link: link(0), bytes: [])] },
        Break(.closedOnce) { $0.context.effects.linksToClose = [link(0), link(0)] },
        Break(.closedIsGone) {
            $0.context.effects.linksToClose = $0.context.links.standing.suffix(1)
        },
    ]

    /// Rules of starts that contradict each other.
    static let ofTheStarts: [Break] = [
        Break(.rivalIsOther) {
            guard let start = $0.context.links.peers[0].start else { return }
            $0.context.links.peers[0].rival = (start, until: $0.context.now)
        },
        Break(.putOffInOrder) {
            let now = $0.context.now
            end(&$0.context.links.peers[0])
            $0.context.links.peers[0].putOff = PutOff(since: later(than: now), last: now)
        },
        Break(.putOffIsMute) {
            let now = $0.context.now
            end(&$0.context.links.peers[0])
            $0.context.links.peers[0].putOff = PutOff(since: now, last: now)
        },
    ]

    static func later(than time: MonotonicTime) -> MonotonicTime {
        time.advanced(byMilliseconds: 60_000)
    }

    /// Ends our link to the peer.
    private static func end(_ peer: inout Links.Peer) {
        peer.outgoing = .waiting(until: MonotonicTime(rawValue: 0))
        peer.pingedAt = nil
        peer.lastPingAt = nil
    }
}
