internal import Bytes

/// Writes JSON at the end of bytes that it holds, compact, in the order of the calls. Nothing is
/// built first and nothing is checked: names and values come from code that knows the shape.
package struct JSONWriter: Sendable {
    /// What was written; take it when the value is complete, or put back what was lent.
    package var output: [UInt8]
    private var separator = Separator.none

    /// What has to precede the next name or element.
    private enum Separator: UInt8, Sendable {
        case none = 0
        case comma = 1
    }

    /// Goes on after `output`, which it takes over.
    package init(appendingTo output: consuming [UInt8] = []) { self.output = output }

    mutating func separate() {
        if separator == .comma { output.append(UInt8(ascii: ",")) }
        separator = .comma
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        output.append(byte)
        separator = .none
    }

    private mutating func close(_ byte: UInt8) {
        output.append(byte)
        separator = .comma
    }

    /// Opens an object.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Closes the object opened last.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Opens an array.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Closes the array opened last.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A member's name that needs no escape; its value follows.
    package mutating func name(_ name: StaticString) {
        output.append(addingCapacity: name.utf8CodeUnitCount + 4) { output in
            if separator == .comma { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(name)
            output.append(UInt8(ascii: "\""))
            output.append(UInt8(ascii: ":"))
        }
        separator = .none
    }

    /// A member's name of any characters; its value follows.
    package mutating func name(bytes name: [UInt8]) {
        string(name)
        output.append(UInt8(ascii: ":"))
        separator = .none
    }

    /// - Parameter bytes: valid UTF-8.
    package mutating func string(_ bytes: [UInt8]) {
        separate()
        output.append(UInt8(ascii: "\""))
        output.append(escaping: bytes)
        output.append(UInt8(ascii: "\""))
    }

    /// Text that needs no escape.
    package mutating func string(_ text: StaticString) {
        separate()
        output.append(UInt8(ascii: "\""))
        output.append(text)
        output.append(UInt8(ascii: "\""))
    }

    /// Bytes of any kind as a string in base64 (RFC 4648, section 4).
    package mutating func base64(_ bytes: [UInt8]) {
        separate()
        output.append(UInt8(ascii: "\""))
        Base64.append(bytes, to: &output)
        output.append(UInt8(ascii: "\""))
    }

    /// - Parameter value: below 2^53.
    package mutating func number(_ value: UInt64) {
        separate()
        output.append(decimal: value)
    }

    /// - Parameter value: of a magnitude below 2^53.
    package mutating func integer(_ value: Int64) {
        separate()
        if value < 0 { output.append(UInt8(ascii: "-")) }
        output.append(decimal: value.magnitude)
    }

    /// Seconds, with decimals where they are needed.
    package mutating func seconds(milliseconds: UInt64) {
        separate()
        TimeSpan(milliseconds: milliseconds).appendSeconds(to: &output)
    }

    /// `true` or `false`.
    package mutating func bool(_ value: Bool) {
        separate()
        output.append(value ? "true" : "false")
    }

    /// `null`.
    package mutating func null() {
        separate()
        output.append("null")
    }

    /// A value that is JSON already, compact and complete.
    package mutating func json(_ text: [UInt8]) {
        separate()
        output.append(contentsOf: text)
    }

    // MARK: - Members

    /// A member whose value is valid UTF-8.
    package mutating func member(_ name: StaticString, string value: [UInt8]) {
        self.name(name)
        string(value)
    }

    /// A member whose value needs no escape.
    package mutating func member(_ name: StaticString, string value: StaticString) {
        self.name(name)
        string(value)
    }

    /// A member whose value is a number below 2^53.
    package mutating func member(_ name: StaticString, number value: UInt64) {
        self.name(name)
        number(value)
    }

    /// A member whose value is a whole number with a magnitude below 2^53.
    package mutating func member(_ name: StaticString, integer value: Int64) {
        self.name(name)
        integer(value)
    }

    /// A member whose value is a truth value.
    package mutating func member(_ name: StaticString, bool value: Bool) {
        self.name(name)
        bool(value)
    }

    /// A member whose value is a span of time, in seconds.
    package mutating func member(_ name: StaticString, milliseconds value: UInt64) {
        self.name(name)
        seconds(milliseconds: value)
    }
}

extension [UInt8] {
    /// Appends the inside of a JSON string: runs without an escape are copied whole.
    ///
    /// - Complexity: O(*n*), eight bytes at a time between escapes.
    fileprivate mutating func append(escaping bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = bytes.span.plainEnd(from: start)
            if start == 0, end == bytes.count { return append(contentsOf: bytes) }
            append(contentsOf: bytes[start..<end])
            guard end < bytes.count else { return }
            append(escape: bytes[end])
            start = end + 1
        }
    }

    private mutating func append(escape byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append("u00")
            append(UInt8(ascii: "0") + byte >> 4)
            append(contentsOf: Hexadecimal.encode([byte]).suffix(1))
        }
    }
}
