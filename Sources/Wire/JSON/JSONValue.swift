/// A JSON text as a tree (RFC 8259). Strings are byte strings of valid UTF-8, never normalised.
///
/// A tree from the parser is at most `JSONLimits.depthMax` deep, so releasing it, which recurses,
/// needs a bounded stack.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(DecimalNumber)
    case string([UInt8])
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The members; nil when it is not an object.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The elements; nil when it is not an array.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text; nil when it is not a string.
    package var string: [UInt8]? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// The number when it is whole, not negative and below 2^53.
    package var whole: UInt64? {
        if case .number(let number) = self { number.whole } else { nil }
    }

    /// The value of a whole number, which may be negative; nil for anything else.
    package var integer: Int64? {
        if case .number(let number) = self { number.integer } else { nil }
    }

    /// The truth value, nil when it is none.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// A member's value, nil when this is not an object or has no member of that name.
    package subscript(_ name: StaticString) -> JSONValue? { object?[name] }
}
