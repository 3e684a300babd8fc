package import Foundation
import Glibc

/// Members and directories that a shared cluster keeps until the tests end: they end with them.
package final class Leftovers: @unchecked Sendable {
    private static let shared = Leftovers()

    private let lock = NSLock()
    private var started: [pid_t] = []
    private var directories: [URL] = []

    /// The process ends when this one does.
    package static func note(_ process: Int32) {
        shared.begin { $0.started.append(process) }
    }

    /// The directory is removed, with what is in it, when this process ends.
    package static func note(_ directory: URL) {
        shared.begin { $0.directories.append(directory) }
    }

    private func begin(_ note: (Leftovers) -> Void) {
        lock.withLock {
            if started.isEmpty, directories.isEmpty { atexit { Leftovers.shared.end() } }
            note(self)
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
                unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT)
            }
        }
        for directory in directories { try? FileManager.default.removeItem(at: directory) }
    }
}
