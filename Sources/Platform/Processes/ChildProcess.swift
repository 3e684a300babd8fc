internal import CPlatform
internal import Glibc

/// A child: it can be polled (readable once it has ended), signalled, and waited for.
///
/// Every signal is unblocked in it and at its default, whatever this process does, but those that
/// were ignored when this process started: they stay so. No descriptor that this process opened
/// reaches it but those that are passed; what a parent left open does.
package final class ChildProcess: Pollable, Sendable {
    /// What to start, and how.
    package struct Launch: Sendable {
        /// Which process group the child is in.
        package enum Group: Hashable, Sendable {
            /// This process's.
            case parents
            /// A new one, of which it is the first.
            case own
            /// One that exists.
            case joining(Int32)
        }

        /// A path, or a name that is looked for in PATH.
        package var executable: String
        /// All arguments, the program's own name first.
        package var arguments: [String]
        /// `NAME=VALUE` each; nil is this process's.
        package var environment: [String]?
        package var group = Group.parents
        /// Descriptors for the child; targets are 0 to 31.
        package var descriptors: [PassedDescriptor] = []
        /// A terminal, by this process's descriptor, of which the child's group becomes the
        /// foreground before it runs.
        package var foregroundOf: Int32?

        package init(executable: String, arguments: [String]) {
            self.executable = executable
            self.arguments = arguments
        }
    }

    /// A descriptor of this process and the number it gets in the child.
    package struct PassedDescriptor: Hashable, Sendable {
        package let source: Int32
        package let target: Int32

        package init(_ source: Int32, as target: Int32) {
            self.source = source
            self.target = target
        }
    }

    /// How a child ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(Signal)
    }

    /// Its process id, which is also its group's when that is its own.
    package let id: Int32
    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    /// Starts a child. ENOENT: no such program; EACCES: not runnable.
    package init(_ launch: Launch) throws(SystemError) {
        let pairs = launch.descriptors.flatMap { [$0.source, $0.target] }
        let environment = launch.environment ?? Environment.all
        let child = unsafe withCStrings(launch.arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe launch.executable.withCString { executable in
                    unsafe pairs.withUnsafeBufferPointer { pairs in
                        var spawn = unsafe roost_spawn_request()
                        unsafe spawn.executable = executable
                        unsafe spawn.arguments = arguments
                        unsafe spawn.environment = environment
                        unsafe spawn.descriptors = pairs.baseAddress
                        unsafe spawn.descriptor_pairs = Int32(pairs.count / 2)
                        unsafe spawn.group = launch.group.number
                        unsafe spawn.foreground_of = launch.foregroundOf ?? -1
                        unsafe spawn.left_ignored = roost_signals_ignored_at_start()
                        return unsafe roost_spawn(&spawn)
                    }
                }
            }
        }
        id = try checked("posix_spawn", result: child)
        owned = OwnedDescriptor(
            adopting: try checked("pidfd_open", result: roost_process_descriptor(id))
        )
    }

    /// How it ended, nil while it runs. The first answer that is not nil also frees its id: do not
    /// ask, and do not signal it, after that.
    package func ending() throws(SystemError) -> Ending? {
        var code: Int32 = 0
        let result = unsafe roost_wait(id, &code, 0)
        switch try checked("waitpid", result: result) {
        case 0: return nil
        case 1: return .exited(code)
        default: return .killed(Signal(rawValue: code))
        }
    }

    /// The signal that has it stopped; nil while it runs, and once a stop was told.
    package func stop() throws(SystemError) -> Signal? {
        let number = try checked("waitid", result: roost_child_stop(id))
        return number > 0 ? Signal(rawValue: number) : nil
    }

    /// Blocks until it has ended.
    package func wait() throws(SystemError) -> Ending {
        while true {
            _ = try Poller.wait(for: self, interest: .readable, until: nil)
            if let ending = try ending() { return ending }
        }
    }
}

extension ChildProcess.Launch.Group {
    var number: Int32 {
        switch self {
        case .parents: -1
        case .own: 0
        case .joining(let group): group
        }
    }
}

/// Calls `body` with a NULL-terminated list of C strings that lives as long as the call.
private func withCStrings<Result>(
    _ texts: [String],
    in body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
