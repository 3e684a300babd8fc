internal import CPlatform
internal import Glibc

/// The three streams that every process is given.
package enum StandardStream: Int32, Hashable, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Whether a person sits at the other end.
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Writes all of `bytes`, unbuffered.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try writeStream(rawValue, bytes)
    }

    /// Writes text; a failure is nobody's concern, as with a diagnostic line.
    package func print(_ text: String) {
        do throws(SystemError) { try write(Array(text.utf8)) } catch { return }
    }

    /// Reads what there is into `buffer`; blocks while there is nothing.
    package func read(into buffer: inout [UInt8]) -> Socket.Transfer {
        readStream(rawValue, into: &buffer)
    }

    /// Reads to the end of the stream; nil when there are more than `limit` bytes.
    package func readAll(limit: Int) throws(SystemError) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            switch read(into: &buffer) {
            case .bytes(let count):
                guard all.count + count <= limit else { return nil }
                all.append(contentsOf: buffer[..<count])
            case .ended: return all
            case .wouldBlock:
                _ = try Poller.wait(for: self, interest: .readable, until: nil)
            case .failed(let error): throw error
            }
        }
    }
}

extension StandardStream: Pollable {
    package var descriptor: Int32 { rawValue }
}
