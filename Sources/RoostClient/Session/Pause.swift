package import Bytes
internal import Platform

/// A rest of the calling thread.
package enum Pause {
    /// Returns at `deadline` by the monotonic clock.
    package static func until(_ deadline: MonotonicTime) {
        do throws(SystemError) {
            // Nobody signals it: only the time can end the wait.
            let silence = try Wakeup(.polled)
            while Clock.monotonicNow() < deadline {
                _ = try Poller.wait(for: silence, interest: .readable, until: deadline)
            }
        } catch { return }
    }
}
