package import Foundation
import Glibc
import Testing

/// An interactive bash with job control on a pseudo-terminal of its own, as a person has it.
///
/// The terminal echoes nothing and changes no newline, so that what is read is what was printed.
package final class TerminalShell {
    /// What bash prints when it is ready for the next command.
    package static let prompt = "ready> "

    private var master: CInt
    private let process: pid_t
    /// What was printed and not asked for yet.
    private var pending: [UInt8] = []
    /// Everything that was printed and asked for.
    package private(set) var transcript = ""

    /// Starts bash in a directory and waits for its prompt.
    ///
    /// - Parameter environment: `NAME: value`, the whole of it but HOME, TERM and PS1.
    package init(directory: URL, environment: [String: String]) throws {
        master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        let path = try Self.path(of: master)
        try Self.setUp(master)
        var variables = environment
        variables["HOME"] = directory.path
        variables["TERM"] = environment["TERM"] ?? "dumb"
        variables["PS1"] = Self.prompt
        process = try Self.spawn(
            ["bash", "--norc", "--noprofile", "--noediting", "-i"],
            on: path,
            environment: variables.map { "\($0.key)=\($0.value)" }
        )
        try expect(Self.prompt)
        // Nothing is printed between two lines of a command.
        try run("cd '\(directory.path)'; PS2=; ulimit -c 0; set -b")
    }

    deinit {
        hangUp()
        Glibc.kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Types text; newlines and control characters are the person's to type too.
    package func type(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(unsafe write(master, bytes, bytes.count) == bytes.count)
    }

    /// Waits until text is printed, and answers what was printed up to its end.
    @discardableResult
    package func expect(_ text: String, withinSeconds seconds: Double = 20) throws -> String {
        let wanted = Array(text.utf8)
        let deadline = Date().addingTimeInterval(seconds)
        while true {
            if let end = end(of: wanted) {
                let seen = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end)
                transcript += seen
                return seen
            }
            let rest = deadline.timeIntervalSinceNow
            guard rest > 0, fill(withinMilliseconds: CInt(rest * 1000) + 1) else {
                let seen = String(decoding: pending, as: UTF8.self)
                throw TerminalError.missing(text, seen: transcript + seen)
            }
        }
    }

    /// Types a command line, and waits for the prompt that follows.
    @discardableResult
    package func run(_ line: String) throws -> String {
        try type(line + "\n")
        return try expect(Self.prompt)
    }

    /// Gives the terminal's window another size, in characters; whatever runs there is told.
    package func resize(columnCount: UInt16, rowCount: UInt16) throws {
        let setSize: UInt = 0x5414
        var size = winsize(ws_row: rowCount, ws_col: columnCount, ws_xpixel: 0, ws_ypixel: 0)
        try #require(unsafe ioctl(master, setSize, &size) == 0)
    }

    /// Takes the terminal away, as when its window is closed.
    package func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    private func end(of wanted: [UInt8]) -> Int? {
        guard pending.count >= wanted.count else { return nil }
        for start in 0...(pending.count - wanted.count)
        where pending[start..<(start + wanted.count)].elementsEqual(wanted) {
            return start + wanted.count
        }
        return nil
    }

    /// Reads what there is; false at the deadline and at the end.
    private func fill(withinMilliseconds milliseconds: CInt) -> Bool {
        var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&one, 1, milliseconds) == 1 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(master, &buffer, buffer.count)
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }

    /// The side of a pseudo-terminal that programs open, unlocked; as ioctl_tty(2) says.
    private static func path(of master: CInt) throws -> String {
        let getNumber: UInt = 0x8004_5430
        let setLock: UInt = 0x4004_5431
        var isLocked: CInt = 0
        var number: CUnsignedInt = 0
        let unlocked = unsafe ioctl(master, setLock, &isLocked)
        let named = unsafe ioctl(master, getNumber, &number)
        try #require(unlocked == 0 && named == 0, "no pseudo-terminal can be had")
        return "/dev/pts/\(number)"
    }

    private static func setUp(_ terminal: CInt) throws {
        var settings = termios()
        try #require(unsafe tcgetattr(terminal, &settings) == 0)
        settings.c_lflag &= ~tcflag_t(ECHO)
        settings.c_oflag &= ~tcflag_t(ONLCR)
        try #require(unsafe tcsetattr(terminal, TCSANOW, &settings) == 0)
    }

    /// Starts a program that leads a session, which the terminal controls.
    private static func spawn(
        _ arguments: [String],
        on terminal: String,
        environment: [String]
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that the leader of a session opens controls it.
        unsafe posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        let newSession: Int32 = 0x80
        let flags = newSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failure = unsafe posix_spawnp(
            &process,
            arguments[0],
            &actions,
            &attributes,
            &argv,
            &envp
        )
        try #require(failure == 0, "cannot start \(arguments[0]): \(failure)")
        return process
    }
}

/// What a session on a terminal did not do.
package enum TerminalError: Error, CustomStringConvertible {
    case missing(String, seen: String)

    package var description: String {
        switch self {
        case .missing(let text, let seen): "'\(text)' was not printed; printed was:\n\(seen)"
        }
    }
}
