internal import CPlatform

/// One end of a pipe; closed when the last reference goes.
package final class PipeEnd: Pollable, Sendable {
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    /// Takes over a descriptor, for example one that a parent passed.
    package init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Both ends of a new pipe; blocking.
    package static func makePair() throws(SystemError) -> (reading: PipeEnd, writing: PipeEnd) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        try checked("pipe2", unsafe roost_pipe(&reading, &writing))
        return (PipeEnd(adopting: reading), PipeEnd(adopting: writing))
    }

    /// Reads what there is into `buffer`; blocks while there is nothing.
    package func read(into buffer: inout [UInt8]) -> Socket.Transfer {
        readStream(descriptor, into: &buffer)
    }

    /// Writes all of `bytes`; blocks while the pipe is full.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try writeStream(descriptor, bytes)
    }

    /// From now on nothing blocks: `read` answers `.wouldBlock`.
    package func makeNonBlocking() throws(SystemError) {
        try checked("fcntl", roost_set_nonblocking(descriptor))
    }
}

func readStream(_ descriptor: Int32, into buffer: inout [UInt8]) -> Socket.Transfer {
    guard !buffer.isEmpty else { return .wouldBlock }
    let result = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe roost_read(descriptor, bytes.baseAddress, bytes.count)
    }
    return result == 0 ? .ended : Socket.Transfer("read", result)
}

func writeStream(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe roost_write(
                descriptor,
                bytes.baseAddress?.advanced(by: written),
                bytes.count - written
            )
        }
        written += Int(try checked("write", count))
    }
}
