package import Bytes
package import Platform

/// Passes messages to one thread, which may wait for them beside other things.
package final class Mailbox<Message: Sendable>: Pollable, Sendable {
    private let queue = LockedQueue<Message>()
    private let wakeup: Wakeup

    package init() throws(SystemError) { wakeup = try Wakeup(.polled) }

    /// From any thread.
    package func send(_ message: Message) {
        queue.append(message)
        wakeup.signal()
    }

    /// Everything sent since the last call, in order; never waits.
    package func takeAll() -> [Message] {
        wakeup.drain()
        return queue.takeAll()
    }

    /// Returns when something was sent, or at the deadline.
    package func wait(until deadline: MonotonicTime?) throws(SystemError) {
        _ = try Poller.wait(for: wakeup, interest: .readable, until: deadline)
    }

    package var descriptor: Int32 { wakeup.descriptor }
}
