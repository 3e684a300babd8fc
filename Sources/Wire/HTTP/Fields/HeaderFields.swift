/// The header fields of one message in one array of wire bytes (`Name: value CRLF` each) with the
/// places of their parts beside it: two allocations a message, whatever the number of fields.
package struct HeaderFields: Hashable, Sendable {
    private struct Slot: Hashable, Sendable {
        let name: Range<UInt32>
        let value: Range<UInt32>

        func shifted(by shift: UInt32) -> Slot {
            Slot(
                name: name.lowerBound &+ shift..<name.upperBound &+ shift,
                value: value.lowerBound &+ shift..<value.upperBound &+ shift
            )
        }
    }

    /// What precedes the fields (a request's target, a start line), then the fields' lines.
    private(set) package var bytes: [UInt8]
    private var slots: [Slot] = []
    private let start: Int

    package init() { self.init(after: []) }

    /// No fields yet, after bytes of another purpose.
    init(after prefix: [UInt8]) {
        bytes = prefix
        start = prefix.count
    }

    /// The fields' lines, each with its CRLF, as they go over the wire.
    package var wireBytes: ArraySlice<UInt8> { bytes[start...] }

    /// How many fields there are.
    package var count: Int { slots.count }

    /// Makes room, so that appending allocates once.
    package mutating func reserveCapacity(fieldCount: Int, byteCount: Int) {
        slots.reserveCapacity(fieldCount)
        bytes.reserveCapacity(bytes.count + byteCount)
    }

    /// Appends a field; neither part may hold CR, LF or NUL.
    package mutating func append(_ name: StaticString, value: [UInt8]) {
        let nameStart = begin(name)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        close(nameStart: nameStart, nameCount: name.utf8CodeUnitCount, valueStart: valueStart)
    }

    /// Appends a field whose value is known when the program is built.
    package mutating func append(_ name: StaticString, value: StaticString) {
        let nameStart = begin(name)
        let valueStart = bytes.count
        bytes.append(value)
        close(nameStart: nameStart, nameCount: name.utf8CodeUnitCount, valueStart: valueStart)
    }

    /// Appends a field whose value is a number.
    package mutating func append(_ name: StaticString, number: UInt64) {
        let nameStart = begin(name)
        let valueStart = bytes.count
        bytes.append(decimal: number)
        close(nameStart: nameStart, nameCount: name.utf8CodeUnitCount, valueStart: valueStart)
    }

    /// Appends a field with a name computed at run time.
    package mutating func append(name: [UInt8], value: [UInt8]) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ":"), then: UInt8(ascii: " "))
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        close(nameStart: nameStart, nameCount: name.count, valueStart: valueStart)
    }

    /// Appends fields that were built before.
    package mutating func append(_ others: HeaderFields) {
        let shift = UInt32(bytes.count) &- UInt32(others.start)
        bytes.append(contentsOf: others.wireBytes)
        for slot in others.slots { slots.append(slot.shifted(by: shift)) }
    }

    /// Appends a name with its colon; where it begins.
    private mutating func begin(_ name: StaticString) -> Int {
        let start = bytes.count
        bytes.append(name)
        bytes.append(UInt8(ascii: ":"), then: UInt8(ascii: " "))
        return start
    }

    private mutating func close(nameStart: Int, nameCount: Int, valueStart: Int) {
        slots.append(
            Slot(
                name: UInt32(nameStart)..<UInt32(nameStart + nameCount),
                value: UInt32(valueStart)..<UInt32(bytes.count)
            )
        )
        bytes.append(UInt8(ascii: "\r"), then: UInt8(ascii: "\n"))
    }

    /// The first value of a field, nil when there is none.
    ///
    /// - Parameter name: in lower case.
    package subscript(_ name: StaticString) -> ArraySlice<UInt8>? {
        slots.first { matches($0, name: name) }.map(value)
    }

    /// How often a field is there.
    enum Occurrence {
        case never
        case once(ArraySlice<UInt8>)
        case repeatedly
    }

    /// - Parameter name: in lower case.
    func occurrence(of name: StaticString) -> Occurrence {
        guard let first = slots.firstIndex(where: { matches($0, name: name) }) else {
            return .never
        }
        for slot in slots[(first + 1)...] where matches(slot, name: name) { return .repeatedly }
        return .once(value(slots[first]))
    }

    /// Whether no field has another name than these.
    ///
    /// - Parameter names: each once, in lower case.
    package func hasOnly(_ names: [StaticString]) -> Bool {
        slots.allSatisfy { slot in names.contains { matches(slot, name: $0) } }
    }

    /// One field's line as places in `bytes`.
    struct Line {
        let name: Range<Int>
        /// Without blanks at its ends.
        let value: Range<Int>
        /// Where the line's CR is.
        let end: Int
    }

    /// The lines in order of arrival.
    var lines: [Line] {
        slots.enumerated().map { index, slot in
            let next = index + 1 < slots.count ? Int(slots[index + 1].name.lowerBound) : bytes.count
            return Line(
                name: Int(slot.name.lowerBound)..<Int(slot.name.upperBound),
                value: Int(slot.value.lowerBound)..<Int(slot.value.upperBound),
                end: next - 2
            )
        }
    }

    /// Whether the name at `place` is one of these.
    ///
    /// - Parameter names: in lower case.
    func name(at place: Range<Int>, isOneOf names: [StaticString]) -> Bool {
        names.contains { bytes[place].equalsIgnoringCase($0) }
    }

    /// Every value of a field, in order of arrival.
    ///
    /// - Parameter name: in lower case.
    package func values(of name: StaticString) -> [ArraySlice<UInt8>] {
        slots.filter { matches($0, name: name) }.map(value)
    }

    /// The field at `index`, in order of arrival.
    package func field(at index: Int) -> HeaderField {
        let name = slots[index].name
        return HeaderField(
            name: Array(bytes[Int(name.lowerBound)..<Int(name.upperBound)]),
            value: Array(value(slots[index]))
        )
    }

    private func value(_ slot: Slot) -> ArraySlice<UInt8> {
        bytes[Int(slot.value.lowerBound)..<Int(slot.value.upperBound)]
    }

    private func matches(_ slot: Slot, name: StaticString) -> Bool {
        guard slot.name.count == name.utf8CodeUnitCount else { return false }
        let wanted = unsafe name.bytes
        let first = Int(slot.name.lowerBound)
        for offset in 0..<slot.name.count
        where unsafe bytes[first + offset].asciiLowercased != wanted[offset] {
            return false
        }
        return true
    }
}

// MARK: - Parsing

/// Why a header section is refused (RFC 9112, 5).
package enum FieldError: Error, Hashable, Sendable {
    /// A line without a colon, with an empty name, or with a blank before the colon (5.1).
    case malformedName(at: Int)
    /// A line that begins with a blank: obsolete folding (5.2).
    case folded(at: Int)
    /// A control character within a value (RFC 9110, 5.5).
    case malformedValue(at: Int)
    /// A line that does not end in CR LF.
    case malformedLineEnd(at: Int)
    case tooMany(limit: Int)
}

extension HeaderFields {
    /// Takes apart a whole head, copied from the connection's buffer.
    ///
    /// - Parameters:
    ///   - head: start line and fields, without the empty line at the end.
    ///   - start: where the first field's line begins.
    ///   - countMax: the most fields accepted.
    init(parsing head: consuming [UInt8], from start: Int, countMax: Int) throws(FieldError) {
        bytes = head
        self.start = start
        slots.reserveCapacity(8)
        var offset = start
        while offset < bytes.count {
            guard slots.count < countMax else { throw .tooMany(limit: countMax) }
            offset = try takeLine(at: offset)
        }
    }

    /// Records the line at `offset`; the offset of the next.
    private mutating func takeLine(at offset: Int) throws(FieldError) -> Int {
        if bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: "\t") {
            throw .folded(at: offset)
        }
        var colon = offset
        while colon < bytes.count, bytes[colon].isToken {
            let byte = bytes[colon]
            // A store looks whether the array is shared: most names come in lower case.
            if byte != byte.asciiLowercased { bytes[colon] = byte.asciiLowercased }
            colon += 1
        }
        guard colon > offset, colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else {
            throw .malformedName(at: colon)
        }
        var end = colon + 1
        while end < bytes.count, bytes[end].isFieldContent { end += 1 }
        guard end + 1 < bytes.count else { throw .malformedLineEnd(at: end) }
        guard bytes[end] == UInt8(ascii: "\r") else {
            throw bytes[end] == UInt8(ascii: "\n")
                ? .malformedLineEnd(at: end) : .malformedValue(at: end)
        }
        guard bytes[end + 1] == UInt8(ascii: "\n") else { throw .malformedLineEnd(at: end) }
        var (first, last) = (colon + 1, end)
        while first < last, bytes[first].isBlank { first += 1 }
        while last > first, bytes[last - 1].isBlank { last -= 1 }
        slots.append(
            Slot(
                name: UInt32(offset)..<UInt32(colon),
                value: UInt32(first)..<UInt32(last)
            )
        )
        return end + 2
    }
}

/// A header field as two byte strings, for those who build messages by hand.
package struct HeaderField: Hashable, Sendable {
    package let name: [UInt8]
    package let value: [UInt8]

    package init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, value: String) {
        self.init(name: Array(name.utf8), value: Array(value.utf8))
    }
}
