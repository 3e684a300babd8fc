package import Bytes

/// Which key comes next.
package struct KeyChooser: Sendable {
    /// How the choice spreads over the keys.
    package enum Distribution: String, CaseIterable, Hashable, Sendable {
        /// Each key as often as any other.
        case uniform
        /// The k-th most frequent is k times rarer than the first.
        case zipf
        /// One after another, then from the first again.
        case sequential
    }

    private enum Source: Sendable {
        case uniform
        case zipf(ZipfTable)
        case sequential(next: Int)
    }

    private let count: Int
    private var source: Source

    /// - Parameter count: of the keys, from 1 to 2^31.
    package init(_ distribution: Distribution, count: Int) {
        self.count = count
        source =
            switch distribution {
            case .uniform: .uniform
            case .zipf: .zipf(ZipfTable(count: count))
            case .sequential: .sequential(next: 0)
            }
    }

    /// The next key's number, from 0 below the count.
    package mutating func next(_ chance: inout SplitMix64) -> Int {
        switch source {
        case .uniform:
            return Self.place(of: UInt32(truncatingIfNeeded: chance.next() >> 32), in: count)
        case .zipf(let table): return table.draw(&chance)
        case .sequential(let key):
            source = .sequential(next: key + 1 == count ? 0 : key + 1)
            return key
        }
    }

    /// A number below `count` from one of 32 random bits; no place is favoured by more than
    /// `count` in 2^32.
    static func place(of word: UInt32, in count: Int) -> Int {
        Int((UInt64(word) * UInt64(count)) >> 32)
    }
}
