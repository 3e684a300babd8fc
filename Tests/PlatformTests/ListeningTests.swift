import Bytes
import Platform
import Testing

@Suite("Where a listener is found")
struct ListeningTests {
    @Test(
        "every address of the machine is reached by all of its families",
        arguments: ["*:0", "[::]:0", ":0"]
    )
    func everyAddress(_ text: String) throws {
        let sockets = try ListeningSocket.open(at: Endpoint(parsingListening: text))
        let port = try #require(sockets.first?.address.port)
        #expect(sockets.count == 1)
        #expect(try isReached("127.0.0.1", port: port, sockets: sockets))
        if try hasIPv6() { #expect(try isReached("::1", port: port, sockets: sockets)) }
    }

    @Test("0.0.0.0 is IPv4 alone, and has room for [::] beside it")
    func bothWritten() throws {
        let plain = try ListeningSocket.open(at: Endpoint(parsing: "0.0.0.0:0"))
        let port = try #require(plain.first?.address.port)
        #expect(try isReached("127.0.0.1", port: port, sockets: plain))
        guard try hasIPv6() else { return }
        #expect(try !isReached("::1", port: port, sockets: plain))
        let everywhere = Endpoint.internet(host: "::", port: port)
        #expect(throws: ListeningError.self) { try ListeningSocket.open(at: everywhere) }
        let wide = try ListeningSocket.open(at: everywhere, besides: plain)
        #expect(try isReached("::1", port: port, sockets: wide))
        #expect(try isReached("127.0.0.1", port: port, sockets: plain))
    }

    @Test("a name is listened at wherever it leads, on one port")
    func name() throws {
        let endpoint = try Endpoint(parsing: "localhost:0")
        let sockets = try ListeningSocket.open(at: endpoint)
        let port = try #require(sockets.first?.address.port)
        #expect(Set(sockets.compactMap(\.address.port)) == [port])
        for address in try endpoint.listeningAddresses() {
            guard case .internet(let host, _) = address.endpoint else { continue }
            if host.contains(":"), try !hasIPv6() { continue }
            #expect(try isReached(host, port: port, sockets: sockets))
        }
    }

    @Test("an address of another machine is refused")
    func elsewhere() throws {
        let endpoint = try Endpoint(parsing: "192.0.2.1:0")
        #expect(throws: ListeningError.failed(SystemError(call: "bind", code: 99))) {
            try ListeningSocket.open(at: endpoint)
        }
    }

    private func hasIPv6() throws -> Bool {
        do throws(ListeningError) {
            _ = try ListeningSocket.open(at: .internet(host: "::1", port: 0))
            return true
        } catch { return false }
    }

    /// Whether one of the sockets takes a connection to that address.
    private func isReached(
        _ host: String,
        port: UInt16,
        sockets: [ListeningSocket]
    ) throws -> Bool {
        let place = try #require(Endpoint.internet(host: host, port: port).numericAddress)
        let socket: Socket
        do throws(SystemError) { socket = try Socket(connectingTo: place) } catch { return false }
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 5000)
        _ = try Poller.wait(for: socket, interest: .writable, until: deadline)
        guard socket.connectionFailure() == nil else { return false }
        let local = try socket.localAddress().endpoint
        for listener in sockets {
            while case .accepted(let accepted) = listener.accept() {
                if try accepted.peerAddress().port == number(of: local) { return true }
            }
        }
        return false
    }

    private func number(of endpoint: Endpoint) -> UInt16? {
        guard case .internet(_, let port) = endpoint else { return nil }
        return port
    }
}
