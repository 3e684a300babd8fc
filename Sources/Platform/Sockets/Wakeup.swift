internal import CPlatform
internal import Glibc

/// Wakes a thread from another one, through an eventfd. Signals gather: many are one wake-up.
package final class Wakeup: Pollable, Sendable {
    /// How the woken side waits.
    package enum Use: Hashable, Sendable {
        /// Beside other descriptors, in a `Poller`; then `drain`.
        case polled
        /// In `wait`, by a thread that has nothing else to do.
        case blocking
    }

    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    package init(_ use: Use) throws(SystemError) {
        let number = use == .polled ? roost_eventfd_polled() : roost_eventfd_blocking()
        owned = OwnedDescriptor(adopting: try checked("eventfd", result: number))
    }

    /// Wakes the other side; from any thread. About 0.5 us.
    package func signal() {
        var one: UInt64 = 1
        // Fails only with EAGAIN when 2^64 - 2 signals wait: the other side wakes anyway.
        _ = unsafe roost_write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Blocks until a signal came since the last call, and takes all there are.
    package func wait() { drain() }

    /// Takes the signals that came, so that the poller does not report them again.
    package func drain() {
        var count: UInt64 = 0
        _ = unsafe roost_read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
