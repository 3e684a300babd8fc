/// Something that began at a revision.
protocol Revisioned {
    /// The revision at which it began.
    var revision: Revision { get }
}

/// What something was before, oldest first; several may share a revision.
///
/// Kept in pieces, so that a change after a freeze copies one piece and not all of a long past.
struct RevisionHistory<Entry: Revisioned & Sendable>: Sendable {
    /// The most entries of a piece.
    private static var pieceCapacity: Int { 64 }

    private enum Storage: Sendable {
        /// One piece, or nothing yet: one allocation for a short past.
        case short([Entry])
        /// No piece is empty.
        case long([[Entry]])
    }

    private var storage = Storage.short([])

    init() {}

    var isEmpty: Bool { pieceCount == 0 }

    /// - Complexity: O(*n* / 64)
    var count: Int {
        switch storage {
        case .short(let piece): piece.count
        case .long(let pieces): pieces.reduce(0) { $0 + $1.count }
        }
    }

    private var pieceCount: Int {
        switch storage {
        case .short(let piece): piece.isEmpty ? 0 : 1
        case .long(let pieces): pieces.count
        }
    }

    private func piece(_ index: Int) -> [Entry] {
        switch storage {
        case .short(let piece): piece
        case .long(let pieces): pieces[index]
        }
    }

    /// - Complexity: O(1) amortised
    mutating func append(_ entry: Entry) {
        assert(isAfterLast(entry), "what was before comes out of order")
        // What changes is taken out of the storage first, so that it is changed in place.
        switch storage {
        case .short(var piece) where piece.count < Self.pieceCapacity:
            storage = .short([])
            piece.append(entry)
            storage = .short(piece)
        case .short(let piece): storage = .long([piece, [entry]])
        case .long(var pieces):
            storage = .short([])
            let last = pieces.count - 1
            if pieces[last].count < Self.pieceCapacity {
                pieces[last].append(entry)
            } else {
                pieces.append([entry])
            }
            storage = .long(pieces)
        }
    }

    private func isAfterLast(_ entry: Entry) -> Bool {
        position(before: end).map { self[$0].revision <= entry.revision } ?? true
    }

    /// Removes the oldest entry.
    ///
    /// - Complexity: O(piece)
    mutating func removeFirst() -> Entry? {
        switch storage {
        case .short(var piece):
            guard !piece.isEmpty else { return nil }
            storage = .short([])
            let first = piece.removeFirst()
            storage = .short(piece)
            return first
        case .long(var pieces):
            storage = .short([])
            let first = pieces[0].removeFirst()
            if pieces[0].isEmpty { pieces.removeFirst() }
            storage = pieces.isEmpty ? .short([]) : .long(pieces)
            return first
        }
    }

    /// The last entry that began at `revision` or before.
    ///
    /// - Complexity: O(log *n*)
    func last(notAfter revision: Revision) -> Entry? {
        guard let position = position(before: partition { $0.revision > revision }) else {
            return nil
        }
        return self[position]
    }

    /// Where an entry is.
    struct Position: Hashable {
        var piece: Int
        var offset: Int
    }

    var start: Position { Position(piece: 0, offset: 0) }

    var end: Position { Position(piece: pieceCount, offset: 0) }

    subscript(position: Position) -> Entry { piece(position.piece)[position.offset] }

    func position(after position: Position) -> Position {
        position.offset + 1 < piece(position.piece).count
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
            offset: piece(position.piece - 1).count - 1
        )
    }

    /// The first entry that began at `revision` or after; `end` when there is none.
    ///
    /// - Complexity: O(log *n*)
    func position(notBefore revision: Revision) -> Position {
        partition { $0.revision >= revision }
    }

    /// The first entry from which on `isReached` holds.
    private func partition(_ isReached: (Entry) -> Bool) -> Position {
        var low = 0
        var high = pieceCount
        while low < high {
            let middle = (low + high) / 2
            let entries = piece(middle)
            if isReached(entries[entries.count - 1]) { high = middle } else { low = middle + 1 }
        }
        guard low < pieceCount else { return end }
        let entries = piece(low)
        var first = 0
        var last = entries.count - 1
        while first < last {
            let middle = (first + last) / 2
            if isReached(entries[middle]) { last = middle } else { first = middle + 1 }
        }
        return Position(piece: low, offset: first)
    }
}
