internal import CPlatform
internal import Glibc

/// A descriptor of somebody else's that bytes are moved through in order, whatever it leads to: a
/// file, a pipe, a terminal, a socket. Where it is non-blocking, it is waited for.
struct ByteStream: Pollable {
    let descriptor: Int32

    /// Reads what there is into `buffer`; blocks while there is nothing, unless the descriptor does
    /// not.
    func read(into buffer: inout [UInt8]) -> Socket.Transfer {
        guard !buffer.isEmpty else { return .wouldBlock }
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe roost_read(descriptor, bytes.baseAddress, bytes.count)
        }
        return result == 0 ? .ended : Socket.Transfer("read", result: result)
    }

    /// The next bytes, at least one but at the end; waits for them.
    func readPart(byteCountMax: Int) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: byteCountMax)
        while true {
            switch read(into: &buffer) {
            case .bytes(let count): return Array(buffer[..<count])
            case .ended: return []
            case .wouldBlock: _ = try Poller.wait(for: self, interest: .readable, until: nil)
            case .failed(let error): throw error
            }
        }
    }

    /// Reads to the end, which only reading finds: a size says nothing of a pipe, a file of `/proc`
    /// or a file that grows. Nil when there are more than `limit` bytes.
    func readAll(limit: Int) throws(SystemError) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            switch read(into: &buffer) {
            case .bytes(let count):
                guard count <= limit - all.count else { return nil }
                all.append(contentsOf: buffer[..<count])
            case .ended: return all
            case .wouldBlock: _ = try Poller.wait(for: self, interest: .readable, until: nil)
            case .failed(let error): throw error
            }
        }
    }

    /// Writes all of `bytes`; waits while nothing more is taken.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe roost_write(
                    descriptor,
                    bytes.baseAddress?.advanced(by: written),
                    bytes.count - written
                )
            }
            if count == -Int64(EAGAIN) {
                _ = try Poller.wait(for: self, interest: .writable, until: nil)
            } else {
                written += Int(try checked("write", result: count))
            }
        }
    }
}
