internal import CPlatform

/// The service manager that started this process and wants to be told how it fares, as sd_notify(3)
/// describes.
package struct Supervisor: Hashable, Sendable {
    /// A path, or `@` and a name of the abstract namespace.
    private let address: String
    /// It ends the process after so long without a sign of life, if at all.
    package let patienceMicroseconds: UInt64?

    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; nil where nobody wants to be told.
    ///
    /// - Parameter variable: a variable's value, nil when it is not set.
    package init?(processID: Int32, variable: (String) -> String?) {
        guard let address = variable("NOTIFY_SOCKET"), let first = address.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        self.address = address
        let watched = variable("WATCHDOG_PID")
        let isWatched = watched == nil || watched == String(processID)
        let patience = variable("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        patienceMicroseconds = isWatched && patience > 0 ? patience : nil
    }

    /// That of this process.
    package static var ofThisProcess: Supervisor? {
        Supervisor(processID: CurrentProcess.id, variable: Environment.value)
    }

    /// What telling came to.
    package enum Reception: Hashable, Sendable {
        case taken
        /// It is behind: tell it again later.
        case busy
        /// It is not there any more.
        case failed(SystemError)
    }

    /// Tells it one or more assignments, a line each; never waits. About 5 us.
    package func tell(_ assignments: [String]) -> Reception {
        let text = Array(assignments.joined(separator: "\n").utf8)
        let result = unsafe text.withUnsafeBytes { bytes in
            unsafe roost_send_datagram(
                address,
                address.utf8.count,
                bytes.baseAddress,
                bytes.count
            )
        }
        guard result < 0 else { return .taken }
        let error = SystemError(call: "sendto", code: -result)
        return error.isTransient ? .busy : .failed(error)
    }
}
