internal import CPlatform

/// One end of a pipe; closed when the last reference goes.
package final class PipeEnd: Pollable, Sendable {
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    private init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Takes over a descriptor that a parent passed: meant for this process, for none of its
    /// children.
    package static func inherited(_ descriptor: Int32) throws(SystemError) -> PipeEnd {
        try checked("fcntl", result: roost_close_on_exec(descriptor))
        return PipeEnd(adopting: descriptor)
    }

    /// Both ends of a new pipe; blocking.
    package static func makePair() throws(SystemError) -> (reading: PipeEnd, writing: PipeEnd) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        try checked("pipe2", result: unsafe roost_pipe(&reading, &writing))
        return (PipeEnd(adopting: reading), PipeEnd(adopting: writing))
    }

    /// Reads what there is into `buffer`; blocks while there is nothing.
    package func read(into buffer: inout [UInt8]) -> Socket.Transfer {
        ByteStream(descriptor: descriptor).read(into: &buffer)
    }

    /// Writes all of `bytes`; blocks while the pipe is full.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try ByteStream(descriptor: descriptor).write(bytes)
    }

    /// From now on nothing blocks: `read` answers `.wouldBlock`.
    package func makeNonBlocking() throws(SystemError) {
        try checked("fcntl", result: roost_set_nonblocking(descriptor))
    }
}
