import Bytes
import Platform
import Replica
import Testing
import Transport

/// A transport with a poller of its own, driven until something is seen.
final class Station {
    var poller: Poller
    var transport: PeerTransport
    var inputs: [Input] = []
    private var events: [Poller.Event] = []
    let place: SocketAddress

    init(security: PeerSecurity? = nil) throws {
        let sockets = try ListeningSocket.open(at: Endpoint(parsing: "127.0.0.1:0"))
        let poller = try Poller()
        transport = try PeerTransport(listeningAt: sockets, poller: poller)
        place = try #require(sockets.first?.address)
        self.poller = poller
        transport.security = security
    }

    deinit { transport.stop() }

    func address(host: String = "127.0.0.1") -> PeerAddress {
        PeerAddress(text: Array("\(host):\(place.port ?? 0)".utf8))
    }

    func dial(_ address: PeerAddress) {
        transport.dial([address], poller: poller, now: Clock.monotonicNow(), into: &inputs)
    }

    func send(_ bytes: [UInt8], on link: LinkID) {
        transport.send([Frame(link: link, bytes: bytes)])
        transport.flush(poller: poller, into: &inputs)
    }

    func turn() throws {
        try poller.wait(until: Clock.monotonicNow().advanced(byMilliseconds: 2), into: &events)
        for event in events {
            transport.handle(event, poller: poller, now: Clock.monotonicNow(), into: &inputs)
        }
        transport.flush(poller: poller, into: &inputs)
    }
}

/// Turns all stations until one input of the first answers the question; ten seconds at most.
func first<Answer>(
    of station: Station,
    turning others: [Station] = [],
    _ question: (Input) -> Answer?
) throws -> Answer {
    let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
    while Clock.monotonicNow() < deadline {
        if let answer = station.inputs.lazy.compactMap(question).first { return answer }
        try station.turn()
        for other in others { try other.turn() }
    }
    return try #require(nil, "nothing of that kind in time: \(station.inputs)")
}

func opened(_ input: Input) -> LinkID? {
    if case .linkOpened(let link, _) = input { link } else { nil }
}

func accepted(_ input: Input) -> LinkID? {
    if case .linkAccepted(let link) = input { link } else { nil }
}

func closed(_ input: Input) -> LinkEnd? {
    if case .linkClosed(_, let end) = input { end } else { nil }
}

func failed(_ input: Input) -> LinkEnd? {
    if case .dialFailed(_, let end) = input { end } else { nil }
}

func frame(_ input: Input) -> [UInt8]? {
    if case .frame(_, let bytes) = input { bytes } else { nil }
}
