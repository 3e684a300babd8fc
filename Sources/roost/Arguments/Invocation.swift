internal import Wire

/// A command line as it was understood: a verb, its flags and operands, a command to run.
///
/// Values are bytes: an argument is whatever the shell passed, valid UTF-8 or not.
package struct Invocation: Sendable {
    package let verb: Verb
    package let operands: [[UInt8]]
    /// What follows `--` for a verb that runs a command.
    package let tail: [[UInt8]]
    /// The flags in the order in which they were written; one without a value has nil.
    private let settings: [(name: String, value: [UInt8]?)]

    package init(
        verb: Verb,
        operands: [[UInt8]],
        tail: [[UInt8]],
        settings: [(name: String, value: [UInt8]?)]
    ) {
        self.verb = verb
        self.operands = operands
        self.tail = tail
        self.settings = settings
    }

    /// Whether the flag was given, with or without a value.
    package func has(_ name: String) -> Bool { settings.contains { $0.name == name } }

    /// The flag's value, nil when it was not given or has none.
    package func bytes(_ name: String) -> [UInt8]? {
        settings.last { $0.name == name }?.value
    }

    /// The flag's value as text.
    package func text(_ name: String) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The values of a flag that may be repeated, in order.
    package func texts(_ name: String) -> [String] {
        settings.filter { $0.name == name }.compactMap { setting in
            setting.value.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Every flag that has a value, as text, in order.
    package var valuedFlags: [(name: String, value: String)] {
        settings.compactMap { setting in
            setting.value.map { (setting.name, String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// The operand at a place as text, nil when fewer were given.
    package func operand(_ place: Int) -> String? {
        place < operands.count ? String(decoding: operands[place], as: UTF8.self) : nil
    }

    /// The flag's value as a duration in milliseconds.
    package func duration(_ name: String) throws(Failure) -> UInt64? {
        guard let value = bytes(name) else { return nil }
        guard let milliseconds = TimeSpan(parsing: value)?.milliseconds else {
            throw .usage(
                "--\(name) '\(String(decoding: value, as: UTF8.self))' is not a duration",
                hint: "write a number with a unit, for example 500ms, 30s, 5m, 1h or 2d"
            )
        }
        return milliseconds
    }

    /// The flag's value as a number of zero or more.
    package func number(_ name: String) throws(Failure) -> UInt64? {
        guard let text = text(name) else { return nil }
        return try Self.number(text, named: "--\(name) '\(text)'")
    }

    /// The operand at a place as a number of zero or more, nil when fewer were given.
    package func number(operand place: Int) throws(Failure) -> UInt64? {
        guard let text = operand(place) else { return nil }
        return try Self.number(text, named: "'\(text)'")
    }

    private static func number(_ text: String, named name: String) throws(Failure) -> UInt64 {
        guard let number = UInt64(text), number < 1 << 53 else {
            throw .usage(
                "\(name) is not a number",
                hint: "write a whole number below 9007199254740992"
            )
        }
        return number
    }
}
