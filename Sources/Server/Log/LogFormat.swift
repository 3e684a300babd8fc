internal import Wire

/// How events are written, one a line.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Sentences for people, without the time.
    case text
    /// `ts=… level=… event=… name=value`
    case logfmt
    /// One object a line.
    case json

    /// What is written where no level is named: sentences tell what an operator wants to know.
    var usualLevel: LogLevel { self == .text ? .notice : .info }

    /// The event as a line, with its end.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: when it happened.
    ///   - repetitions: how often it happened again since it was written last; 0 for one that is new.
    func line(_ event: LogEvent, unixMilliseconds: UInt64, repetitions: UInt64) -> [UInt8] {
        switch self {
        case .text:
            let again = repetitions > 0 ? " (repeated=\(repetitions))" : ""
            return Array("\(event.sentence)\(again)\n".utf8)
        case .logfmt: return logfmt(event, at: unixMilliseconds, repetitions: repetitions)
        case .json: return json(event, at: unixMilliseconds, repetitions: repetitions)
        }
    }

    private func logfmt(_ event: LogEvent, at time: UInt64, repetitions: UInt64) -> [UInt8] {
        var line = Array("ts=".utf8)
        line.append(unixMilliseconds: time)
        line.append(" level=")
        line.append(event.level.name)
        line.append(" event=")
        line.append(event.name)
        for field in event.fields {
            line.append(" ")
            line.append(field.name)
            line.append("=")
            line.append(logfmt: field.value)
        }
        if event.fields.isEmpty {
            line.append(" msg=")
            line.append(logfmt: .text(event.sentence))
        }
        if repetitions > 0 {
            line.append(" repeated=")
            line.append(decimal: repetitions)
        }
        line.append("\n")
        return line
    }

    private func json(_ event: LogEvent, at time: UInt64, repetitions: UInt64) -> [UInt8] {
        var json = JSONWriter()
        var timestamp: [UInt8] = []
        timestamp.append(unixMilliseconds: time)
        json.beginObject()
        json.member("ts", string: timestamp)
        json.member("level", string: event.level.name)
        json.member("event", string: event.name)
        for field in event.fields {
            switch field.value {
            case .text(let text): json.member(field.name, string: Array(text.utf8))
            case .number(let number): json.member(field.name, number: number)
            case .duration(let nanoseconds):
                json.member(field.name, milliseconds: nanoseconds / 1_000_000)
            }
        }
        if event.fields.isEmpty { json.member("msg", string: Array(event.sentence.utf8)) }
        if repetitions > 0 { json.member("repeated", number: repetitions) }
        json.endObject()
        return json.output + [UInt8(ascii: "\n")]
    }
}

extension [UInt8] {
    fileprivate mutating func append(logfmt value: LogEvent.Value) {
        switch value {
        case .number(let number): append(decimal: number)
        case .duration(let nanoseconds):
            append(decimal: nanoseconds / 1_000_000_000)
            append(UInt8(ascii: "."))
            for unit in [100_000_000, 10_000_000, 1_000_000] as [UInt64] {
                append(UInt8(ascii: "0") + UInt8(nanoseconds / unit % 10))
            }
        case .text(let text): append(logfmt: Array(text.utf8))
        }
    }

    /// Bare where nothing in it has a meaning, else between quotation marks.
    private mutating func append(logfmt text: [UInt8]) {
        let isBare =
            !text.isEmpty
            && text.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        guard !isBare else { return self += text }
        append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case 0..<0x20, 0x7F: append(" ")
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
