internal import Bytes
internal import Consensus

/// The connections between this member and its peers. Each member dials every peer and sends on
/// the link that it dialled; what it receives comes on links that were dialled to it. Only the
/// answers to the handshake and to pings travel against that direction.
struct Links: Sendable {
    /// The link that we dialled.
    enum Outgoing: Hashable, Sendable {
        case waiting(until: MonotonicTime)
        case dialling
        case greeting(LinkID, since: MonotonicTime)
        case open(LinkID)

        var link: LinkID? {
            switch self {
            case .waiting, .dialling: nil
            case .greeting(let link, _), .open(let link): link
            }
        }
    }

    struct Peer: Sendable {
        /// Where the membership, or the list, says that it is reached.
        var address: PeerAddress
        /// Where the dial under way goes, or the next one.
        var dialled: PeerAddress
        var name: [UInt8]
        /// Nil until it has answered once, while no cluster is formed.
        var id: MemberID?
        var clientAddress: [UInt8] = []
        /// The build that it runs.
        var version: [UInt8] = []
        /// Where it says that it is reached.
        var shownAddress: PeerAddress?
        /// The newest feature level that it knows; nil until it has said so.
        var featureLevel: UInt64?
        /// What the next hello to it speaks, or the link that is open.
        var speaks = ProtocolVersion.current
        /// What `incoming` speaks.
        var isSpoken = ProtocolVersion.current
        var outgoing: Outgoing
        /// The newest link that the peer dialled and that we accepted.
        var incoming: LinkID?
        /// The start of the peer to which all these links belong.
        var start: BootStamp?
        /// Another start of the peer that was put off because `start` was heard.
        var contender: BootStamp?
        /// A start that another peer has put off, and until when that peer vouches for `start`.
        var rival: (boot: BootStamp, until: MonotonicTime)?
        /// How often our log had been filled again when the peer was last greeted.
        var greetedRefillCount: UInt64 = 0
        /// Whether the peer has said what it makes of this start of ours, or nobody is there to say it.
        var hasSpoken = false
        /// Set while the peer puts off this start of ours.
        var putOff: PutOff?
        /// How many links of ours the peer has accepted.
        var generation: UInt64 = 0
        var redialMilliseconds = Links.redialMillisecondsMin
        /// How many of our accepted links have ended since one last carried a pong, that one
        /// included.
        var endCountSincePong = 0
        var heardAt: MonotonicTime?
        /// When the oldest ping without an answer was sent.
        var pingedAt: MonotonicTime?
        /// When the last ping was sent.
        var lastPingAt: MonotonicTime?
        /// Why the peer refused our last hello; nil when it did not.
        var refusal: HelloRefusal?
        /// Set while the peer answers in a version of the protocol that is not understood here.
        var otherVersion: ProtocolVersion?
        /// What goes out at the end of the turn; a frame holds many messages.
        var outbox: [UInt8] = []
        var fullFrames: [[UInt8]] = []

        init(address: PeerAddress, name: [UInt8], id: MemberID?, outgoing: Outgoing) {
            self.address = address
            dialled = address
            self.name = name
            self.id = id
            self.outgoing = outgoing
        }

        /// Whether this is who lives at the address: another incarnation may have moved in.
        func matches(_ id: MemberID?, address: PeerAddress) -> Bool {
            self.address == address && (self.id == nil || id == nil || self.id == id)
        }
    }

    /// A connection to us that has not said who it is.
    struct UnidentifiedLink: Hashable, Sendable {
        let link: LinkID
        let acceptedAt: MonotonicTime
    }

    /// A peer whose hello is right, but whose boot has to be durable here before it is accepted.
    struct UnconfirmedPeer: Sendable {
        let link: LinkID
        let identity: PeerIdentity
        let speaks: ProtocolVersion
    }

    static let redialMillisecondsMin: UInt64 = 20
    static let redialMillisecondsMax: UInt64 = 500
    /// Once so many links have ended without a pong in between, no pause is cut short.
    static let endCountMax = 2
    static let greetingMillisecondsMax: UInt64 = 2000
    static let unidentifiedCountMax = 64
    static let unidentifiedMillisecondsMax: UInt64 = 5000
    /// How often a ping is sent on an open link.
    static let pingMilliseconds: UInt64 = 500
    /// A link on which no ping was answered for so long is closed and dialled again: the transport
    /// below may be backing off.
    static let silenceMillisecondsMax: UInt64 = 2000
    /// A frame that has grown to this is not filled further.
    static let frameByteCountTarget = 1 << 20

    var peers: [Peer] = []
    var unidentified: [UnidentifiedLink] = []
    var unconfirmed: [UnconfirmedPeer] = []
    var toClose: [LinkID] = []
    var frames: [Frame] = []
    /// What an operator has to know.
    var notices: [Notice] = []
    /// What was seen of the links.
    var observations: [Observation] = []
    /// A start of this member that a peer has put off says nothing to anybody until then, because
    /// another one may speak for the member.
    var mutedUntil: MonotonicTime?
    /// Whether `mutedUntil` lay ahead at the last tick, or was set since.
    var isMute = false

    /// Follows the membership: new addresses are dialled, links to members that are gone closed.
    mutating func follow(_ members: [(id: MemberID?, name: [UInt8], address: PeerAddress)]) {
        for peer in peers
        where !members.contains(where: {
            peer.matches($0.id, address: $0.address) || $0.id != nil && $0.id == peer.id
        }) {
            if let link = peer.outgoing.link { toClose.append(link) }
            if let link = peer.incoming { toClose.append(link) }
        }
        peers = members.map { member in
            var peer =
                peers.first { $0.matches(member.id, address: member.address) }
                ?? peers.first { member.id != nil && $0.id == member.id }
                ?? Peer(
                    address: member.address,
                    name: member.name,
                    id: member.id,
                    outgoing: .waiting(until: MonotonicTime(rawValue: 0))
                )
            if peer.address != member.address { peer.move(to: member.address) }
            peer.name = member.name
            if let id = member.id { peer.id = id }
            return peer
        }
    }

    func index(of id: MemberID) -> Int? { peers.firstIndex { $0.id == id } }

    /// Which of our links to the member is, or was, the last.
    func generation(of id: MemberID) -> UInt64? { index(of: id).map { peers[$0].generation } }

    /// Ends every connection: what the handshake said of this member is no longer so.
    mutating func closeAll() {
        for peer in peers.indices {
            if let link = peers[peer].outgoing.link { toClose.append(link) }
            if let link = peers[peer].incoming { toClose.append(link) }
            peers[peer].incoming = nil
            peers[peer].outbox = []
            peers[peer].fullFrames = []
            peers[peer].pingedAt = nil
            peers[peer].lastPingAt = nil
            peers[peer].outgoing = .waiting(until: MonotonicTime(rawValue: 0))
        }
    }

    /// Ends every link that speaks less than that version; what waits on it is never sent.
    mutating func close(speaking oldest: ProtocolVersion, now: MonotonicTime) -> [LinkEvent] {
        var events: [LinkEvent] = []
        for peer in peers.indices {
            if let link = peers[peer].outgoing.link, peers[peer].speaks < oldest {
                toClose.append(link)
                if let event = lost(peer, end: .timedOut, now: now) { events.append(event) }
            }
            guard let link = peers[peer].incoming, peers[peer].isSpoken < oldest else { continue }
            toClose.append(link)
            peers[peer].incoming = nil
            if let id = peers[peer].id { events.append(.incomingReplaced(id)) }
        }
        for candidate in unconfirmed where candidate.speaks < oldest {
            toClose.append(candidate.link)
        }
        unconfirmed.removeAll { $0.speaks < oldest }
        return events
    }

    /// Whether the member has accepted this one and has not ended the link since.
    func isOpen(to id: MemberID) -> Bool {
        guard let peer = index(of: id), case .open = peers[peer].outgoing else { return false }
        return true
    }

    /// Where the member says that it is reached, if it has said so.
    func shownAddress(of id: MemberID) -> PeerAddress? {
        index(of: id).flatMap { peers[$0].shownAddress }
    }

    /// The newest feature level that the member knows, if it is reached now.
    func featureLevel(of id: MemberID) -> UInt64? {
        guard let peer = index(of: id), case .open = peers[peer].outgoing else { return nil }
        return peers[peer].featureLevel
    }

    /// Whether messages to the member leave this turn: its link is open, and this start may speak.
    func canSend(to id: MemberID) -> Bool { isOpen(to: id) && !isMute }

    /// Whether the member was heard within `milliseconds`.
    func wasHeard(_ id: MemberID, withinMilliseconds milliseconds: UInt64, of now: MonotonicTime)
        -> Bool
    {
        guard let peer = index(of: id), let heardAt = peers[peer].heardAt else { return false }
        return now.nanoseconds(since: heardAt) <= milliseconds * 1_000_000
    }

    /// Queues a message for the end of the turn; dropped when no link is open.
    ///
    /// - Returns: whether it is on its way.
    @discardableResult
    mutating func send(_ message: borrowing PeerMessage, to id: MemberID) -> Delivery {
        guard let peer = index(of: id), case .open = peers[peer].outgoing, !isMute else {
            return .dropped
        }
        message.encode(into: &peers[peer].outbox, speaking: peers[peer].speaks)
        if peers[peer].outbox.count >= Self.frameByteCountTarget {
            peers[peer].fullFrames.append(peers[peer].outbox)
            peers[peer].outbox = []
        }
        return .queued
    }

    enum Delivery: Hashable, Sendable { case queued, dropped }

    /// Hands over the turn's frames and closed links.
    mutating func take(into effects: inout Effects) {
        for peer in peers.indices {
            guard case .open(let link) = peers[peer].outgoing else { continue }
            for bytes in peers[peer].fullFrames { frames.append(Frame(link: link, bytes: bytes)) }
            peers[peer].fullFrames.removeAll()
            if !peers[peer].outbox.isEmpty {
                frames.append(Frame(link: link, bytes: peers[peer].outbox))
                peers[peer].outbox = []
            }
        }
        if effects.frames.isEmpty {
            swap(&effects.frames, &frames)
        } else {
            effects.frames += frames
        }
        frames.removeAll()
        effects.linksToClose += toClose
        toClose.removeAll()
        if !notices.isEmpty {
            effects.notices += notices
            notices.removeAll()
        }
        if !observations.isEmpty {
            effects.observations += observations
            observations.removeAll()
        }
    }

    /// Dials what is due, and closes what has been silent for too long.
    mutating func tick(_ now: MonotonicTime, into effects: inout Effects) -> [LinkEvent] {
        var events: [LinkEvent] = []
        if isMute { isMute = mutedUntil.map { now < $0 } ?? false }
        while let oldest = unidentified.first,
            now >= oldest.acceptedAt.advanced(byMilliseconds: Self.unidentifiedMillisecondsMax)
        {
            toClose.append(oldest.link)
            unidentified.removeFirst()
        }
        for peer in peers.indices {
            switch peers[peer].outgoing {
            case .waiting(let until) where until <= now:
                peers[peer].outgoing = .dialling
                effects.dials.append(peers[peer].dialled)
            case .greeting(let link, let since)
            where now >= since.advanced(byMilliseconds: Self.greetingMillisecondsMax):
                toClose.append(link)
                redial(peer, now: now)
            case .open(let link):
                if let event = keepWarm(peer, link: link, now: now) { events.append(event) }
            case .waiting, .dialling, .greeting: break
            }
        }
        return events
    }

    private mutating func keepWarm(_ peer: Int, link: LinkID, now: MonotonicTime)
        -> LinkEvent?
    {
        if let pingedAt = peers[peer].pingedAt,
            now >= pingedAt.advanced(byMilliseconds: Self.silenceMillisecondsMax)
        {
            toClose.append(link)
            return lost(peer, end: .timedOut, now: now)
        }
        let due = peers[peer].lastPingAt?.advanced(byMilliseconds: Self.pingMilliseconds)
        if due.map({ $0 <= now }) ?? true {
            peers[peer].lastPingAt = now
            if peers[peer].pingedAt == nil { peers[peer].pingedAt = now }
            PeerMessage.ping.encode(into: &peers[peer].outbox)
        }
        return nil
    }

    /// When `tick` is due.
    var nextDeadline: MonotonicTime? {
        var deadline: MonotonicTime?
        func consider(_ time: MonotonicTime) { deadline = min(deadline ?? time, time) }
        if let oldest = unidentified.first {
            consider(oldest.acceptedAt.advanced(byMilliseconds: Self.unidentifiedMillisecondsMax))
        }
        // In place: a copy of each peer for every turn is dear.
        for place in peers.indices {
            switch peers[place].outgoing {
            case .waiting(let until): consider(until)
            case .dialling: break
            case .greeting(_, let since):
                consider(since.advanced(byMilliseconds: Self.greetingMillisecondsMax))
            case .open:
                let last = peers[place].lastPingAt ?? MonotonicTime(rawValue: 0)
                consider(last.advanced(byMilliseconds: Self.pingMilliseconds))
            }
        }
        return deadline
    }

    /// Our link to the peer is no more: forgets it and dials again after a growing pause.
    mutating func lost(_ peer: Int, end: LinkEnd, now: MonotonicTime) -> LinkEvent? {
        let wasOpen = if case .open = peers[peer].outgoing { true } else { false }
        peers[peer].outbox = []
        peers[peer].fullFrames = []
        peers[peer].pingedAt = nil
        peers[peer].lastPingAt = nil
        redial(peer, now: now)
        if wasOpen { peers[peer].endCountSincePong += 1 }
        guard wasOpen, let id = peers[peer].id else { return nil }
        return .down(id, end)
    }

    mutating func redial(_ peer: Int, now: MonotonicTime) {
        // Another build may answer there the next time.
        peers[peer].speaks = .current
        if case .open = peers[peer].outgoing {} else { peers[peer].lookElsewhere() }
        let pause = peers[peer].redialMilliseconds
        peers[peer].outgoing = .waiting(until: now.advanced(byMilliseconds: pause))
        peers[peer].redialMilliseconds = min(pause * 2, Self.redialMillisecondsMax)
    }

    /// The member is to be dialled without a pause, unless its links keep ending before they have
    /// carried anything.
    mutating func redialAtOnce(_ id: MemberID) {
        if let peer = index(of: id) { endPause(peer) }
    }

    mutating func endPause(_ peer: Int) {
        guard case .waiting = peers[peer].outgoing,
            peers[peer].endCountSincePong < Self.endCountMax
        else { return }
        peers[peer].outgoing = .waiting(until: MonotonicTime(rawValue: 0))
    }
}

/// What the links have to tell the member.
enum LinkEvent: Sendable {
    /// The member accepted our link; everything that was sent before is lost. Generations rise.
    /// `shown` is the term that this member has shown there, when the peer remembers that it held
    /// more than it does now.
    case up(MemberID, PeerIdentity, generation: UInt64, shown: Term?)
    /// A second start of a member was put off, because the first one is heard.
    case startPutOff(StartDispute)
    case down(MemberID, LinkEnd)
    /// The link that the member sends on is another one now, or none.
    case incomingReplaced(MemberID)
    /// Dialling the member failed, or it refused us.
    case unreachable(PeerAddress, MemberID?, LinkEnd)
    /// The member's hello is right, and waits until its boot is durable here.
    case unconfirmed(MemberID, BootStamp)
    /// A member without a cluster asks for admission and is not known.
    case newcomer(Newcomer)
    /// The peer has no cluster either.
    case unformed(name: [UInt8], MemberID)
    case refused(HelloRefusal, by: PeerIdentity, PeerAddress)
    /// The peer speaks no version of the protocol that is understood here.
    case otherVersion(ProtocolVersion, PeerAddress, MemberID?)
    case messages(MemberID, [PeerMessage])
}
