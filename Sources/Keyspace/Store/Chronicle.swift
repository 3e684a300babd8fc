/// Something that began at a revision.
protocol Dated {
    /// The revision at which it began.
    var since: Revision { get }
}

/// What something was before, oldest first; several may share a revision.
///
/// Kept in pieces, so that a change after a freeze copies one piece and not all of a long past.
struct Chronicle<Entry: Dated & Sendable>: Sendable {
    /// The most entries of a piece.
    private static var pieceCapacity: Int { 64 }

    /// No piece is empty.
    private var pieces: [[Entry]] = []

    init() {}

    var isEmpty: Bool { pieces.isEmpty }

    /// - Complexity: O(pieces)
    var count: Int { pieces.reduce(0) { $0 + $1.count } }

    /// - Complexity: O(1) amortised
    mutating func append(_ entry: Entry) {
        if let last = pieces.last, last.count < Self.pieceCapacity {
            pieces[pieces.count - 1].append(entry)
        } else {
            pieces.append([entry])
        }
    }

    /// The last entry that began at `revision` or before.
    ///
    /// - Complexity: O(log *n*)
    func last(notAfter revision: Revision) -> Entry? {
        guard let position = position(before: partition { $0.since > revision }) else { return nil }
        return self[position]
    }

    /// Where an entry is.
    struct Position: Hashable {
        var piece: Int
        var offset: Int
    }

    var start: Position { Position(piece: 0, offset: 0) }

    var end: Position { Position(piece: pieces.count, offset: 0) }

    subscript(position: Position) -> Entry { pieces[position.piece][position.offset] }

    func position(after position: Position) -> Position {
        position.offset + 1 < pieces[position.piece].count
            ? Position(piece: position.piece, offset: position.offset + 1)
            : Position(piece: position.piece + 1, offset: 0)
    }

    /// nil at the start.
    func position(before position: Position) -> Position? {
        if position.offset > 0 {
            return Position(piece: position.piece, offset: position.offset - 1)
        }
        guard position.piece > 0 else { return nil }
        return Position(
            piece: position.piece - 1,
            offset: pieces[position.piece - 1].count - 1
        )
    }

    /// The first entry that began at `revision` or after; `end` when there is none.
    ///
    /// - Complexity: O(log *n*)
    func position(notBefore revision: Revision) -> Position { partition { $0.since >= revision } }

    /// The first entry from which on `isBehind` holds.
    private func partition(_ isBehind: (Entry) -> Bool) -> Position {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            let piece = pieces[middle]
            if isBehind(piece[piece.count - 1]) { high = middle } else { low = middle + 1 }
        }
        guard low < pieces.count else { return end }
        let piece = pieces[low]
        var first = 0
        var last = piece.count - 1
        while first < last {
            let middle = (first + last) / 2
            if isBehind(piece[middle]) { last = middle } else { first = middle + 1 }
        }
        return Position(piece: low, offset: first)
    }

    /// Removes the oldest entry.
    ///
    /// - Complexity: O(piece)
    mutating func removeFirst() -> Entry? {
        guard !pieces.isEmpty else { return nil }
        let first = pieces[0].removeFirst()
        if pieces[0].isEmpty { pieces.removeFirst() }
        return first
    }
}
