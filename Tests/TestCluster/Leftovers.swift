import Foundation
package import Glibc

/// Members that a shared cluster keeps until the tests end: they end with them.
package final class Leftovers: @unchecked Sendable {
    private static let shared = Leftovers()

    private let lock = NSLock()
    private var started: [pid_t] = []

    /// The process ends when this one does.
    package static func note(_ process: pid_t) {
        shared.lock.withLock {
            if shared.started.isEmpty { atexit { Leftovers.shared.end() } }
            shared.started.append(process)
        }
    }

    /// Only children of ours that were not waited for yet: a number that the system has given to
    /// somebody else is left alone.
    private func end() {
        for process in started {
            var information = unsafe siginfo_t()
            let flags = WEXITED | WNOHANG | WNOWAIT
            if unsafe waitid(P_PID, id_t(process), &information, flags) == 0 {
                Glibc.kill(process, SIGKILL)
            }
        }
    }
}
