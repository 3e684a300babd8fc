/// The shortest script that leads from some lines to others (Myers, "An O(ND) difference algorithm
/// and its variations", 1986), as far as that is found soon.
struct LineDifference {
    /// What becomes of a line.
    enum Edit: Hashable {
        case keep(ArraySlice<UInt8>)
        case remove(ArraySlice<UInt8>)
        case insert(ArraySlice<UInt8>)

        var isChange: Bool {
            if case .keep = self { false } else { true }
        }
    }

    /// With more edits than these the middle is told as wholly another: the search costs their
    /// square.
    private static let editCountMax = 1_000

    private(set) var edits: [Edit] = []

    /// - Complexity: O(lines · edits), bounded by `editCountMax`.
    init(from old: [ArraySlice<UInt8>], to new: [ArraySlice<UInt8>]) {
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var (oldEnd, newEnd) = (old.count, new.count)
        while oldEnd > start, newEnd > start, old[oldEnd - 1] == new[newEnd - 1] {
            oldEnd -= 1
            newEnd -= 1
        }
        edits += old[..<start].map { .keep($0) }
        let (oldMiddle, newMiddle) = (Array(old[start..<oldEnd]), Array(new[start..<newEnd]))
        edits +=
            Self.shortest(from: oldMiddle, to: newMiddle)
            ?? oldMiddle.map { .remove($0) } + newMiddle.map { .insert($0) }
        edits += old[oldEnd...].map { .keep($0) }
    }

    /// Nil where it takes more than `editCountMax` edits.
    private static func shortest(
        from old: [ArraySlice<UInt8>],
        to new: [ArraySlice<UInt8>]
    ) -> [Edit]? {
        let limit = min(old.count + new.count, editCountMax)
        // How far each diagonal reaches in `old`, before each number of edits.
        var reach = [Int](repeating: 0, count: 2 * limit + 3)
        var history: [[Int]] = []
        for count in 0...limit {
            history.append(Array(reach[(limit + 1 - count)...(limit + 1 + count)]))
            for diagonal in stride(from: -count, through: count, by: 2) {
                let place = limit + 1 + diagonal
                let isDown =
                    diagonal == -count || diagonal != count && reach[place - 1] < reach[place + 1]
                var x = isDown ? reach[place + 1] : reach[place - 1] + 1
                while x < old.count, x - diagonal < new.count, x - diagonal >= 0,
                    old[x] == new[x - diagonal]
                { x += 1 }
                reach[place] = x
                if x >= old.count, x - diagonal >= new.count {
                    return script(from: old, to: new, history: history)
                }
            }
        }
        return nil
    }

    /// Goes back along the way that was found.
    private static func script(
        from old: [ArraySlice<UInt8>],
        to new: [ArraySlice<UInt8>],
        history: [[Int]]
    ) -> [Edit] {
        var edits: [Edit] = []
        var (x, y) = (old.count, new.count)
        for count in stride(from: history.count - 1, to: 0, by: -1) {
            // The reach of diagonal d stands at count + d.
            let reach = history[count]
            let diagonal = x - y
            let isDown =
                diagonal == -count
                || diagonal != count && reach[count + diagonal - 1] < reach[count + diagonal + 1]
            let before = isDown ? diagonal + 1 : diagonal - 1
            let start = reach[count + before]
            while x > (isDown ? start : start + 1) {
                edits.append(.keep(old[x - 1]))
                x -= 1
                y -= 1
            }
            if isDown {
                edits.append(.insert(new[y - 1]))
                y -= 1
            } else {
                edits.append(.remove(old[x - 1]))
                x -= 1
            }
        }
        while x > 0 {
            edits.append(.keep(old[x - 1]))
            x -= 1
        }
        return edits.reversed()
    }
}
