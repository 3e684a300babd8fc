package import Bytes

/// Draws numbers as Zipf's law has it: the k-th most frequent is k times rarer than the first.
///
/// An alias table (Walker, "An efficient method for generating discrete random variables with
/// general distributions"; Vose's construction): one look-up a draw, eight bytes a number.
package struct ZipfTable: Sendable {
    /// How many of 2^32 draws of a place are the place itself; the others are its alias.
    private var thresholds: [UInt32]
    private var aliases: [UInt32]

    /// - Parameter count: of the numbers, from 1 to 2^31; 0 is the most frequent.
    /// - Complexity: O(*n*).
    package init(count: Int) {
        thresholds = [UInt32](repeating: .max, count: count)
        aliases = (0..<count).map { UInt32(truncatingIfNeeded: $0) }
        let harmonic = (1...count).reversed().reduce(0.0) { $0 + 1 / Double($1) }
        // Scaled so that the mean is 1: what a place has too little, one with too much gives.
        var weights = (1...count).map { Double(count) / (Double($0) * harmonic) }
        var poor = weights.indices.filter { weights[$0] < 1 }
        var rich = weights.indices.filter { weights[$0] >= 1 }
        while let giver = rich.last, let taker = poor.popLast() {
            thresholds[taker] = UInt32(min(max(weights[taker], 0), 0.999_999_999) * 0x1p32)
            aliases[taker] = UInt32(truncatingIfNeeded: giver)
            weights[giver] -= 1 - weights[taker]
            if weights[giver] < 1 {
                rich.removeLast()
                poor.append(giver)
            }
        }
    }

    /// The next number, from 0 below the count.
    ///
    /// - Complexity: O(1).
    package func draw(_ chance: inout SplitMix64) -> Int {
        let word = chance.next()
        let place = KeyChooser.place(of: UInt32(truncatingIfNeeded: word >> 32), in: aliases.count)
        let isItself = UInt32(truncatingIfNeeded: word) <= thresholds[place]
        return isItself ? place : Int(aliases[place])
    }
}
