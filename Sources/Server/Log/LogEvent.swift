internal import Wire

/// How much an event matters.
package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
    case debug = 0
    /// Something happened, as it should.
    case info = 1
    /// An operator wants to know.
    case notice = 2
    /// Something is not as it should be, and the member goes on.
    case warning = 3
    case error = 4

    /// As it is written and given.
    var name: StaticString {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// The priority of syslog, which the journal knows (sd-daemon(3)).
    var priority: UInt8 {
        switch self {
        case .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One thing that happened, as an operator and as programs read it. It never holds a key's value, or
/// a secret.
struct LogEvent {
    enum Value: Hashable {
        case text(String)
        case number(UInt64)
        /// Nanoseconds, which are written as seconds to the millisecond.
        case duration(UInt64)

        /// As it stands in a line for people.
        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .duration(let nanoseconds): "\(nanoseconds / 1_000_000)ms"
            }
        }
    }

    let level: LogLevel
    /// Stable: programs compare it.
    let name: StaticString
    /// In this order; names are stable as well.
    let fields: [(name: StaticString, value: Value)]
    /// The whole line for people.
    let sentence: String
    /// What makes another event the same one again; the sentence, unless figures in it differ.
    let sameness: String

    /// An event whose line for people is its name and its fields.
    init(
        _ level: LogLevel,
        name: StaticString,
        fields: [(name: StaticString, value: Value)],
        sameness: String? = nil
    ) {
        let words = fields.map { "\($0.name)=\($0.value.text)" }
        self.init(
            level,
            name: name,
            fields: fields,
            sentence: "\(name) \(words.joined(separator: " "))",
            sameness: sameness
        )
    }

    init(
        _ level: LogLevel,
        name: StaticString,
        fields: [(name: StaticString, value: Value)] = [],
        sentence: String,
        sameness: String? = nil
    ) {
        self.level = level
        self.name = name
        self.fields = fields
        self.sentence = sentence
        self.sameness = sameness ?? sentence
    }
}
