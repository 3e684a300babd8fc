/// A 64-bit number with a meaning of its own, such as a term or a revision, ordered as the number
/// is. Numbers of different meanings do not mix.
public protocol OrderedInteger: RawRepresentable, Hashable, Comparable, Sendable
where RawValue == UInt64 {
    /// The one with this number.
    init(rawValue: UInt64)
}

extension OrderedInteger {
    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
