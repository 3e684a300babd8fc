import Bytes
import TLS

/// One side of a connection in memory: its session, and the plain bytes that it received.
struct Side {
    let session: TLSSession
    var received: [UInt8] = []
    var fault: TLSFault?
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(_ session: TLSSession) { self.session = session }

    /// Everything that this side has to say, at once.
    mutating func output() -> [UInt8] {
        var bytes: [UInt8] = []
        session.sendOutput { output in
            bytes = (0..<output.count).map { output[$0] }
            return (output.count, ())
        }
        return bytes
    }

    /// Receives encrypted bytes, in pieces of at most `pieceByteCount`.
    mutating func take(_ bytes: [UInt8], pieceByteCount: Int = 46 << 10) {
        var place = 0
        while place < bytes.count, fault == nil {
            let count = min(pieceByteCount, bytes.count - place)
            let start = TLSSession.receptionOffset
            buffer.replaceSubrange(start..<start + count, with: bytes[place..<place + count])
            do throws(TLSFault) {
                let reception = try session.receive(in: &buffer, count: count)
                received += buffer[..<reception.byteCount]
            } catch { fault = error }
            place += count
        }
    }

    /// Sends bytes, as far as there is room in the output.
    mutating func send(_ bytes: [UInt8], from offset: Int = 0) {
        do throws(TLSFault) { try session.encrypt(bytes, from: offset) } catch { fault = error }
    }

    /// What of it has left.
    mutating func takeSentByteCount() -> Int { session.takeSentByteCount() }
}

/// Two sides and what travels between them.
struct Sides {
    var client: Side
    var server: Side

    init(client: TLSContext, server: TLSContext, host: String? = "n1.test") throws {
        self.client = Side(try TLSSession(connecting: client, host: host))
        self.server = Side(try TLSSession(accepting: server))
    }

    /// Carries bytes both ways until neither side has more to say.
    mutating func settle(pieceByteCount: Int = 46 << 10) {
        while true {
            let toServer = client.output()
            server.take(toServer, pieceByteCount: pieceByteCount)
            let toClient = server.output()
            client.take(toClient, pieceByteCount: pieceByteCount)
            if toServer.isEmpty, toClient.isEmpty { return }
        }
    }
}

/// Bytes that look like chance, always the same.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}
