/// Members by their positions in the membership in force, which has at most 64.
struct MemberSet: Hashable, Sendable {
    static let empty = MemberSet(bits: 0)

    /// One bit a position.
    private var bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    /// One member alone.
    init(position: Int) { bits = 1 << UInt64(position) }

    /// The members at the first `count` positions, 64 at most.
    init(first count: Int) { bits = count >= 64 ? .max : 1 << UInt64(count) - 1 }

    var isEmpty: Bool { bits == 0 }

    var count: Int { bits.nonzeroBitCount }

    func contains(_ position: Int) -> Bool { bits & (1 << UInt64(position)) != 0 }

    mutating func insert(_ position: Int) {
        assert((0..<64).contains(position), "a member at position \(position)")
        bits |= 1 << UInt64(position)
    }

    func union(_ other: MemberSet) -> MemberSet { MemberSet(bits: bits | other.bits) }

    func intersection(_ other: MemberSet) -> MemberSet { MemberSet(bits: bits & other.bits) }

    func subtracting(_ other: MemberSet) -> MemberSet { MemberSet(bits: bits & ~other.bits) }

    func isSubset(of other: MemberSet) -> Bool { bits & ~other.bits == 0 }
}

extension MemberSet: Sequence, IteratorProtocol {
    /// Takes the lowest position out of the set.
    mutating func next() -> Int? {
        guard bits != 0 else { return nil }
        defer { bits &= bits - 1 }
        return bits.trailingZeroBitCount
    }
}
