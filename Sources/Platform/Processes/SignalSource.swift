internal import CPlatform

/// Signals as something to poll and read, instead of handlers.
///
/// Made before any thread starts: the signals are blocked in the making thread, and threads inherit
/// that.
package final class SignalSource: Pollable, Sendable {
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    package init(_ signals: [Signal]) throws(SystemError) {
        let bits = signals.reduce(UInt64(0)) { $0 | roost_signal_bit($1.rawValue) }
        try checked("pthread_sigmask", result: roost_block_signals(bits))
        owned = OwnedDescriptor(
            adopting: try checked("signalfd", result: roost_signal_descriptor(bits))
        )
    }

    /// The next signal that came, nil when there is none.
    package func next() -> Signal? {
        let number = roost_next_signal(descriptor)
        return number > 0 ? Signal(rawValue: number) : nil
    }
}
