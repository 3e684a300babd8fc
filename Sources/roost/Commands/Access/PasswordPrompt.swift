internal import Platform
internal import RoostClient

/// Asks for passwords: at the terminal, unseen, or as the first line of standard input where that is
/// no terminal.
enum PasswordPrompt {
    private static let byteCountMax = 1025
    private static let byteCounts = 8...1024

    /// The password of somebody, as ROOST_PASSWORD has it, or else asked for.
    static func saidOrAsked(of user: String) throws(Failure) -> [UInt8] {
        if let said = Environment.value(of: Authorization.passwordVariable) {
            return Array(said.utf8)
        }
        return try ask("Password of \(user): ")
    }

    /// A password that is to be; asked for twice at a terminal.
    static func newPassword(of user: String) throws(Failure) -> [UInt8] {
        try checked(try ask("New password of \(user): "))
    }

    /// The password that there is, and the one that is to be: the first two lines of standard input
    /// where that is no terminal.
    static func change(of user: String) throws(Failure) -> (old: [UInt8]?, new: [UInt8]) {
        guard !StandardStream.input.isTerminal else {
            return (try ask("Password of \(user): "), try newPassword(of: user))
        }
        let lines = try input().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count > 1 else {
            throw .usage(
                "with a token it takes the old password too",
                hint: "write it as the first line of standard input, and the new one as the second"
            )
        }
        return (line(lines[0]), try checked(line(lines[1])))
    }

    private static func checked(_ password: [UInt8]) throws(Failure) -> [UInt8] {
        guard byteCounts.contains(password.count) else {
            throw .usage(
                "a password has 8 to 1024 bytes, not \(password.count)",
                hint: "choose another one"
            )
        }
        if StandardStream.input.isTerminal, try ask("Once more: ") != password {
            throw .usage("the two are not the same", hint: "nothing was changed; try again")
        }
        return password
    }

    private static func ask(_ question: String) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            if StandardStream.input.isTerminal, let terminal = Terminal.controlling() {
                return try terminal.secretLine(after: question, byteCountMax: byteCountMax)
            }
        } catch { throw .local("no password could be read: \(error)") }
        return line(try input()[...])
    }

    private static func input() throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            return try StandardStream.input.readAll(limit: 1 << 16) ?? []
        } catch { throw .local("no password could be read: \(error)") }
    }

    private static func line(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D })
    }
}
