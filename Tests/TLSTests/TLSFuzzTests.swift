import Fuzzing
import TLS
import TestSupport
import Testing

@Suite("TLS: any bytes", .serialized)
struct TLSFuzzTests {
    private static func outcome(_ side: Side) -> String {
        "\(side.session.stage) \(String(describing: side.fault)) \(side.received.count > 0)"
    }

    @Test("a server meets any first bytes, or any after a good hello")
    func firstBytes() throws {
        let authority = try Authority()
        let server = try TLSContext(.listener(.required), material: try authority.member())
        let client = try TLSContext(.caller(.full), material: try authority.client())
        var good = try Sides(client: client, server: server)
        let hello = good.client.output()
        good.server.take(hello)
        good.client.take(good.server.output())
        let finish = good.client.output()
        let corpus = [
            hello, hello + finish, Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 0, 1, 1],
        ]
        var fuzzer = Fuzzer("TLS server", corpus: corpus, pace: .cryptographic)
        let count = fuzzer.run { bytes in
            var side = Side(try TLSSession(accepting: server))
            side.take(bytes, pieceByteCount: 1 + bytes.count / 2)
            return Self.outcome(side)
        }
        #expect(count > 0)
    }

    @Test("a client meets any answer")
    func answers() throws {
        let authority = try Authority()
        let server = try TLSContext(.listener(.optional), material: try authority.member())
        let client = try TLSContext(.caller(.full), material: authority.trust)
        var good = try Sides(client: client, server: server)
        good.server.take(good.client.output())
        var fuzzer = Fuzzer("TLS client", corpus: [good.server.output()], pace: .cryptographic)
        let count = fuzzer.run { bytes in
            var side = Side(try TLSSession(connecting: client, host: "n1.test"))
            side.take(bytes)
            return Self.outcome(side)
        }
        #expect(count > 0)
    }

    @Test("an open connection meets any records: none of them is believed")
    func records() throws {
        let authority = try Authority()
        let server = try TLSContext(.listener(.optional), material: try authority.member())
        let client = try TLSContext(.caller(.full), material: authority.trust)
        var sample = try Sides(client: client, server: server)
        sample.settle()
        sample.client.send(noise(40))
        let record = sample.client.output()
        var sides = try Sides(client: client, server: server)
        sides.settle()
        var fuzzer = Fuzzer("TLS records", corpus: [record], pace: .cryptographic)
        let count = fuzzer.run { bytes in
            if sides.server.fault != nil {
                sides = try Sides(client: client, server: server)
                sides.settle()
            }
            sides.server.take(bytes)
            #expect(sides.server.received.isEmpty)
            return Self.outcome(sides.server)
        }
        #expect(count > 0)
    }
}
