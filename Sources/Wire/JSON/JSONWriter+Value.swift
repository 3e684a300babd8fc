extension JSONWriter {
    /// Writes a whole tree, its members in their order.
    ///
    /// Recurses as deep as the tree is: at most `JSONLimits.depthMax` for one from the parser.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let number): self.number(number)
        case .string(let bytes): string(bytes)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(bytes: member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes a number with all the digits that are known of it.
    package mutating func number(_ number: DecimalNumber) {
        separate()
        if number.sign == .negative { output.append(UInt8(ascii: "-")) }
        let digits = Array(String(number.significand).utf8)
        let pointPlace = digits.count + number.exponent
        switch number.exponent {
        case ..<0 where pointPlace > 0:
            output += digits[..<pointPlace]
            output.append(UInt8(ascii: "."))
            output += digits[pointPlace...]
        case ..<0 where pointPlace > -6:
            output += Array("0.".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: -pointPlace)
            output += digits
        case 0: output += digits
        default:
            output += digits
            output.append(UInt8(ascii: "e"))
            output += Array(String(number.exponent).utf8)
        }
    }
}
