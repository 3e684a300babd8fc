package import Bytes
package import Platform
package import Replica
internal import TLS

/// Carries a replica's frames: accepts peers' connections, dials them when asked, and turns what
/// happens into inputs. Decides nothing: when to dial, and whom to believe, is the replica's matter.
///
/// Lives on the reactor's thread and registers with its poller under tokens of its own.
package struct PeerTransport: ~Copyable {
    /// Set in every token that belongs to a transport.
    package static let tokenBit: UInt64 = 1 << 63

    private static let listenerToken = tokenBit
    private static let resolverToken = tokenBit | 1
    private static let firstLink: UInt64 = 16
    /// Unanswered data or probes for this long end a link; pings of the replica notice earlier.
    private static let deadPeerMilliseconds: Int32 = 5000
    /// Where TLS cuts what waits, so many cuts are sent in a turn: a mebibyte.
    static let encryptedSendCountMax = 16
    /// A peer that connects has so long to agree on TLS.
    private static let handshakeMilliseconds: UInt64 = 10_000
    static let noticeCountMax = 16
    /// More connections than any cluster needs: further ones are closed at once.
    private static let acceptedCountMax = 256
    private static let receiveByteCountMax = 256 << 10

    private let listeners: [ListeningSocket]
    private let resolver: Resolver
    private var resolverThread: Thread?
    var links: [LinkID: Link] = [:]
    var acceptedCount = 0
    private var resolving: [Dial] = []
    var dirty: [LinkID] = []
    private var nextLink = firstLink
    var buffer = [UInt8](repeating: 0, count: receiveByteCountMax)

    /// What new links have to keep; nil while they are plain.
    package var security: PeerSecurity?
    /// Why links were not believed, since they were taken last; some of them when there are many.
    var notices: [LinkNotice] = []

    /// Figures for the metrics.
    package internal(set) var counts = Counts()

    /// Since the start; bytes include length prefixes.
    package struct Counts: Hashable, Sendable {
        package var receivedFrameCount: UInt64 = 0
        package var receivedByteCount: UInt64 = 0
        package var sentFrameCount: UInt64 = 0
        package var sentByteCount: UInt64 = 0
    }

    /// Takes peers' connections at these sockets, at least one.
    package init(
        listeningAt listeners: [ListeningSocket],
        poller: borrowing Poller
    ) throws(SystemError) {
        let resolver = try Resolver()
        for listener in listeners {
            try poller.add(listener, token: Self.listenerToken, interest: .readable)
        }
        try poller.add(resolver.answered, token: Self.resolverToken, interest: .readable)
        let thread = try resolver.start()
        self.listeners = listeners
        self.resolver = resolver
        resolverThread = consume thread
    }

    /// How many links exist, dialled and accepted.
    package var linkCount: Int { links.count }

    /// Whether the token is one of a transport's.
    package static func owns(_ token: UInt64) -> Bool { token & tokenBit != 0 }

    /// Handles one event of the poller; what it meant is appended to `inputs`.
    package mutating func handle(
        _ event: Poller.Event,
        poller: borrowing Poller,
        now: MonotonicTime,
        into inputs: inout [Input]
    ) {
        switch event.token {
        case Self.listenerToken:
            for listener in listeners { acceptAll(listener, with: poller, now: now, into: &inputs) }
        case Self.resolverToken: takeFindings(poller, now: now, into: &inputs)
        default:
            guard let link = links[LinkID(rawValue: event.token & ~Self.tokenBit)] else { return }
            switch link.stage {
            case .connecting(let dial):
                finishConnecting(link, dial: dial, with: poller, into: &inputs)
            case .securing: secure(link, with: poller, into: &inputs)
            case .open:
                if event.readiness.contains(.writable) { markDirty(link) }
                if !event.readiness.isDisjoint(with: [.readable, .broken]) {
                    read(from: link, into: &inputs)
                }
            }
        }
        verify()
    }

    /// Queues frames; `flush` sends them. Those of links that are gone are dropped.
    package mutating func send(_ frames: [Frame]) {
        for frame in frames {
            guard let link = links[frame.link], link.isOpen else { continue }
            counts.sentFrameCount += 1
            link.outgoing.append(frame.bytes)
            markDirty(link)
        }
    }

    /// Sends what waits, one system call a link; the rest follows when the socket takes more.
    package mutating func flush(poller: borrowing Poller, into inputs: inout [Input]) {
        guard !dirty.isEmpty else { return }
        var taken: [LinkID] = []
        swap(&taken, &dirty)
        for id in taken {
            guard let link = links[id] else { continue }
            if let end = flush(link, with: poller) { lose(link, end: end, into: &inputs) }
        }
        verify()
    }

    /// Closes links without an input; what they have queued is sent as far as the socket takes it.
    package mutating func close(_ ids: [LinkID], poller: borrowing Poller) {
        for id in ids {
            guard let link = links[id] else { continue }
            if link.isOpen { _ = flush(link, with: poller) }
            forget(link)
        }
        verify()
    }

    /// Starts to dial each address.
    package mutating func dial(
        _ addresses: [PeerAddress],
        poller: borrowing Poller,
        now: MonotonicTime,
        into inputs: inout [Input]
    ) {
        for address in addresses {
            var dial = Dial(
                address: address,
                places: [],
                deadline: now.advanced(byMilliseconds: Dial.millisecondsMax)
            )
            if let place = Self.numericPlace(of: address) {
                dial.places = [place]
                connect(dial, with: poller, into: &inputs)
            } else {
                resolving.append(dial)
                resolver.find(address)
            }
        }
    }

    /// Gives up the attempts whose time is over.
    package mutating func tick(now: MonotonicTime, into inputs: inout [Input]) {
        for dial in resolving where dial.deadline <= now {
            inputs.append(.dialFailed(dial.address, .timedOut))
        }
        resolving.removeAll { $0.deadline <= now }
        for link in links.values {
            switch link.stage {
            case .connecting(let dial) where dial.deadline <= now:
                forget(link)
                inputs.append(.dialFailed(dial.address, .timedOut))
            case .securing(let dial, let until) where until <= now:
                forget(link)
                if let dial { inputs.append(.dialFailed(dial.address, .timedOut)) }
            case .connecting, .securing, .open: break
            }
        }
        verify()
    }

    /// Ends the process when what is kept twice differs.
    ///
    /// - Complexity: O(1); O(*n*) in the links where assertions are checked.
    private func verify() {
        invariant(
            (0...min(links.count, Self.acceptedCountMax)).contains(acceptedCount),
            "\(acceptedCount) links accepted of \(links.count)"
        )
        assert(acceptedCount == links.values.count { $0.wasAccepted }, "accepted links miscounted")
        assert(links.allSatisfy { $0.key == $0.value.id }, "a link under another's id")
        let broken = links.values.lazy.compactMap(\.brokenRule).first
        assert(broken == nil, "link: \(broken?.rawValue ?? "")")
    }

    /// When `tick` is due.
    package var nextDeadline: MonotonicTime? {
        var deadline = resolving.map(\.deadline).min()
        for link in links.values {
            switch link.stage {
            case .connecting(let dial): deadline = min(deadline ?? dial.deadline, dial.deadline)
            case .securing(_, let until): deadline = min(deadline ?? until, until)
            case .open: break
            }
        }
        return deadline
    }

    /// Ends the resolver's thread, if it does not hang in the system's resolver; links close with
    /// the value.
    package mutating func stop() {
        resolver.end()
        resolverThread = nil
    }
}

// MARK: - Opening

extension PeerTransport {
    private mutating func acceptAll(
        _ listener: ListeningSocket,
        with poller: borrowing Poller,
        now: MonotonicTime,
        into inputs: inout [Input]
    ) {
        while true {
            switch listener.accept() {
            case .none: return
            case .exhausted: return
            case .accepted(let socket):
                guard acceptedCount < Self.acceptedCountMax else { continue }
                let place = Self.place(of: socket)
                let until = now.advanced(byMilliseconds: Self.handshakeMilliseconds)
                let link = Link(
                    id: makeLinkID(),
                    socket: socket,
                    stage: security == nil ? .open : .securing(nil, until: until),
                    place: place
                )
                if let security {
                    do throws(TLSFault) {
                        link.session = try TLSSession(accepting: security.context)
                    } catch { continue }
                }
                guard register(link, with: poller) else { continue }
                acceptedCount += 1
                if security == nil { inputs.append(.linkAccepted(link.id)) }
            }
        }
    }

    private mutating func takeFindings(
        _ poller: borrowing Poller,
        now: MonotonicTime,
        into inputs: inout [Input]
    ) {
        resolver.answered.drain()
        for finding in resolver.takeFindings() {
            guard let index = resolving.firstIndex(where: { $0.address == finding.address }) else {
                continue
            }
            var dial = resolving.remove(at: index)
            dial.places = finding.places[...]
            connect(dial, with: poller, into: &inputs)
        }
    }

    /// Tries the next place of a dial.
    private mutating func connect(
        _ dial: Dial,
        with poller: borrowing Poller,
        into inputs: inout [Input]
    ) {
        var dial = dial
        var end = LinkEnd.timedOut
        while let place = dial.places.popFirst() {
            do throws(SystemError) {
                let socket = try Socket(connectingTo: place)
                let link = Link(
                    id: makeLinkID(),
                    socket: socket,
                    stage: .connecting(dial),
                    place: "\(place.endpoint)"
                )
                if register(link, with: poller) { return }
            } catch { end = LinkEnd(error) }
        }
        inputs.append(.dialFailed(dial.address, end))
    }

    private mutating func finishConnecting(
        _ link: Link,
        dial: Dial,
        with poller: borrowing Poller,
        into inputs: inout [Input]
    ) {
        if let failure = link.socket.connectionFailure() {
            forget(link)
            if dial.places.isEmpty {
                inputs.append(.dialFailed(dial.address, LinkEnd(failure)))
            } else {
                connect(dial, with: poller, into: &inputs)
            }
            return
        }
        setInterest(.readable, of: link, with: poller)
        guard let security else {
            link.stage = .open
            inputs.append(.linkOpened(link.id, to: dial.address))
            return
        }
        link.stage = .securing(dial, until: dial.deadline)
        do throws(TLSFault) {
            link.session = try TLSSession(connecting: security.context, host: nil)
            link.sendOutput()
            setInterest(link.wantedInterest, of: link, with: poller)
        } catch { refuse(link, because: .tls(error), into: &inputs) }
    }

    private mutating func register(_ link: Link, with poller: borrowing Poller) -> Bool {
        do throws(SystemError) {
            if case .internet? = try? link.socket.localAddress().endpoint {
                try link.socket.setDeadPeerTimeout(milliseconds: Self.deadPeerMilliseconds)
            }
            try poller.add(link.socket, token: Self.token(of: link), interest: link.interest)
        } catch { return false }
        links[link.id] = link
        return true
    }

    private mutating func makeLinkID() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(rawValue: nextLink)
    }

    private static func place(of socket: borrowing Socket) -> String {
        do throws(SystemError) { return "\(try socket.peerAddress().endpoint)" } catch {
            return "an address that is gone"
        }
    }

    static func token(of link: Link) -> UInt64 { tokenBit | link.id.rawValue }

    private static func numericPlace(of address: PeerAddress) -> SocketAddress? {
        do {
            return try Endpoint(parsing: String(decoding: address.text, as: UTF8.self))
                .numericAddress
        } catch { return nil }
    }
}

extension LinkEnd {
    /// What an error says of the other side: only a refusal or a reset comes from its system.
    init(_ error: SystemError) {
        self = error.isRefusal ? .refused : .timedOut
    }
}
