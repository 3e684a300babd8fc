/// Why bytes could not be decoded.
public enum DecodingError: Error, Hashable, Sendable {
    /// The value needs bytes that are not there.
    case truncated(needed: Int, available: Int)
    /// A variable-length integer ran past 64 bits, or was not in its shortest form.
    case invalidVarint(at: Int)
    /// A tag, kind or flag that this version does not know.
    case unknownTag(UInt64, at: Int)
    /// A count or length beyond what the field may hold.
    case limitExceeded(value: UInt64, limit: UInt64, at: Int)
    /// Bytes were left over after the value.
    case trailingBytes(count: Int)
    /// The bytes decode, but no honest writer produces them.
    case invalidValue(at: Int)
}
