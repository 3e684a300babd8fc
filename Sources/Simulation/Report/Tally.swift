/// How often each of a closed set of things happened. A long run in which one never did tested
/// less than it says.
package struct Tally<Kind>: Hashable, Sendable
where Kind: CaseIterable & RawRepresentable<Int> & Hashable & Sendable {
    /// By raw value; those are 0, 1, 2 and so on without a gap.
    private var counts: [Int]

    /// Nothing happened yet.
    package init() { counts = Array(repeating: 0, count: Kind.allCases.count) }

    /// How often it happened.
    package subscript(kind: Kind) -> Int { counts[kind.rawValue] }

    /// It happened, or so many times.
    package mutating func count(_ kind: Kind, times: Int = 1) { counts[kind.rawValue] += times }

    /// Adds up what several runs did.
    package mutating func add(_ other: Tally) {
        for kind in counts.indices { counts[kind] += other.counts[kind] }
    }

    /// The sum over all kinds.
    package var total: Int { counts.reduce(0, +) }

    /// What never happened, in the order of the raw values.
    package var absent: [Kind] { Kind.allCases.filter { self[$0] == 0 } }
}
