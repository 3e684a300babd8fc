/// Which words somebody may have meant who wrote another.
package enum Spelling {
    /// The candidates that the fewest slips turn `word` into, none where it takes too many to be
    /// that word: one slip up to five letters, two beyond, none below three.
    package static func near(_ word: String, among candidates: [String]) -> [String] {
        let allowance = word.utf8.count < 3 ? 0 : (word.utf8.count < 6 ? 1 : 2)
        let ranked = candidates.map { (name: $0, slips: slips(from: word, to: $0)) }
        guard let fewest = ranked.map(\.slips).min(), fewest <= allowance else { return [] }
        var names: [String] = []
        for candidate in ranked where candidate.slips == fewest && !names.contains(candidate.name) {
            names.append(candidate.name)
        }
        return names
    }

    /// "did you mean 'a' or 'b'?", nil where nothing is near.
    package static func question(_ word: String, among candidates: [String]) -> String? {
        let names = near(word, among: candidates).map { "'\($0)'" }
        guard let last = names.last else { return nil }
        let others = names.dropLast().joined(separator: ", ")
        return "did you mean \(others.isEmpty ? last : "\(others) or \(last)")?"
    }

    /// How many letters were left out, added, mistaken, or swapped with their neighbour (Damerau's
    /// distance, every part edited once).
    ///
    /// - Complexity: O(*n* · *m*) of the first 64 bytes of each.
    private static func slips(from left: String, to right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for place in left.indices {
            var row = [place + 1]
            for column in right.indices {
                let mistaken = last[column] + (left[place] == right[column] ? 0 : 1)
                var least = min(mistaken, last[column + 1] + 1, row[column] + 1)
                if place > 0, column > 0, left[place] == right[column - 1],
                    left[place - 1] == right[column]
                {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
