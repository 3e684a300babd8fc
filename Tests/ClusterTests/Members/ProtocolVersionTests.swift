import Bytes
import Platform
import Replica
import TestCluster
import Testing

/// A peer of another version: it answers each hello with the preamble of its own and hangs up
/// (Docs/Formats/peer.md).
private final class OtherVersionPeer: Sendable {
    private static let magic = Array("RSTHELLO".utf8)

    /// The first 12 bytes of every hello that came.
    let preambles = LockedQueue<[UInt8]>()
    private let answer: [UInt8]

    init(port: UInt16, version: UInt32) throws {
        var answer: [UInt8] = []
        answer.append(littleEndian: UInt32(12))
        answer += Self.magic
        answer.append(littleEndian: version)
        self.answer = answer
        let listener = try Socket(
            listeningOn: Endpoint(parsing: "127.0.0.1:\(port)").resolve()[0]
        )
        _ = try Thread(named: "peer", owning: listener) { [weak self] listener in
            while true {
                _ = try? Poller.wait(for: listener, interest: .readable, until: nil)
                guard let self else { return }
                if case .accepted(let socket) = listener.accept() { self.serve(socket) }
            }
        }
    }

    /// Until the other side closes: hanging up first could take the answer along.
    private func serve(_ socket: consuming Socket) {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            switch socket.receive(into: &buffer) {
            case .bytes(let count): input += buffer[..<count]
            case .wouldBlock: _ = try? Poller.wait(for: socket, interest: .readable, until: nil)
            case .ended, .failed: return
            }
            guard input.count >= 4,
                input.count >= 4 + Int(input.span.littleEndian(UInt32.self, at: 0))
            else {
                continue
            }
            preambles.append(Array(input[4...].prefix(12)))
            input = []
            _ = socket.send(answer)
        }
    }

    static func preamble(of version: ProtocolVersion) -> [UInt8] {
        var bytes = magic
        bytes.append(littleEndian: version.rawValue)
        return bytes
    }
}

@Suite("Members of two builds (Docs/Formats/peer.md), with a real process", .serialized)
struct ProtocolVersionTests {
    @Test("a member says once which peer speaks another version, and why it is not ready")
    func otherVersion() throws {
        let ports = try PortReservation.ports(count: 3)
        let version = ProtocolVersion.current.rawValue + 7
        let peer = try OtherVersionPeer(port: ports[2], version: version)
        let cluster = try Cluster(sites: [
            Cluster.Site(host: "127.0.0.1", clientPort: ports[0], peerPort: ports[1]),
            Cluster.Site(host: "127.0.0.1", clientPort: 0, peerPort: ports[2]),
        ])
        let member = cluster.members[0]
        try member.start()
        var preambles: [[UInt8]] = []
        let isDialledOn = eventually(withinSeconds: 20) {
            preambles += peer.preambles.takeAll()
            return preambles.count >= 3
        }
        #expect(isDialledOn, "it goes on trying")
        let own = OtherVersionPeer.preamble(of: .current)
        #expect(preambles.allSatisfy { $0 == own })
        let notice = """
            roost: the member at 127.0.0.1:\(ports[2]) speaks version \(version) of the peer \
            protocol and this one versions 5 to \(ProtocolVersion.current.rawValue): they exchange \
            nothing. This member's release is too old
            """
        let lines = member.standardError.split(separator: "\n").filter { $0.hasPrefix(notice) }
        #expect(lines.count == 1, "\(member.standardError)")
        let answer = try #require(member.ask("GET", target: "/readyz"))
        let reasons = try #require(answer.json["reasons"] as? [String])
        #expect(answer.status == 503)
        #expect(reasons.contains("a member speaks another version of the peer protocol"))
        #expect(member.terminate() == 0)
    }
}
