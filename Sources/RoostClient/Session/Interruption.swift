internal import Bytes
package import Platform

/// Ends what a thread blocks in, from another thread and for good.
package final class Interruption: Sendable {
    private let state = Locked(false)
    /// Readable once it was called for.
    let wakeup: Wakeup

    package init() throws(SystemError) { wakeup = try Wakeup(.polled) }

    /// From any thread; whatever was given this ends as a call that was broken off.
    package func interrupt() {
        state.withLock { $0 = true }
        wakeup.signal()
    }

    /// Whether it was called for.
    package var isCalled: Bool { state.withLock { $0 } }

    /// Rests until `deadline`, or until it is called for.
    func rest(until deadline: MonotonicTime) {
        do throws(SystemError) {
            while !isCalled, Clock.monotonicNow() < deadline {
                _ = try Poller.wait(for: wakeup, interest: .readable, until: deadline)
            }
        } catch { return }
    }
}
