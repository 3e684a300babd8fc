internal import CPlatform
internal import Glibc

/// The program that this process runs: what it was started with, and what may take its place.
///
/// Arguments and variables are bytes; they need not be UTF-8.
package enum ProcessImage {
    /// All arguments, the program's own name first.
    package static var arguments: [[UInt8]] {
        var arguments: [[UInt8]] = []
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { break }
            arguments.append(unsafe bytes(of: argument))
        }
        return arguments
    }

    /// Every environment variable as `NAME=VALUE`.
    package static var environment: [[UInt8]] {
        var environment: [[UInt8]] = []
        guard let list = unsafe roost_environment() else { return environment }
        var index = 0
        while let entry = unsafe list[index] {
            environment.append(unsafe bytes(of: entry))
            index += 1
        }
        return environment
    }

    /// Runs another program in this process; returns only when that fails.
    ///
    /// - Parameters:
    ///   - arguments: at least the program itself, a path or a name that is looked for in PATH.
    ///   - environment: `NAME=VALUE` each.
    /// - Returns: ENOENT: no such program; EACCES and others: not runnable.
    package static func become(arguments: [[UInt8]], environment: [[UInt8]]) -> SystemError {
        unsafe withPointers(arguments) { arguments in
            unsafe withPointers(environment) { environment in
                guard let program = unsafe arguments[0] else {
                    return SystemError(call: "execvpe", code: ENOENT)
                }
                let result = unsafe roost_become(program, arguments, environment)
                return SystemError(call: "execvpe", code: -result)
            }
        }
    }

    /// Whether an error of `become` or of starting a child says that there is no such program.
    package static func isMissing(_ error: SystemError) -> Bool { error.code == ENOENT }

    private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        let count = unsafe strlen(text)
        return unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    }

    /// Calls `body` with a NULL-terminated list of C strings that lives as long as the call; bytes
    /// after a NUL are cut off, as the system would.
    private static func withPointers(
        _ texts: [[UInt8]],
        in body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> SystemError
    ) -> SystemError {
        let texts = texts.map { text in text.map { CChar(bitPattern: $0) } + [0] }
        var pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return SystemError(call: "execvpe", code: ENOMEM)
            }
            return unsafe body(base)
        }
    }
}
