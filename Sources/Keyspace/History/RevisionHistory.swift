internal import Bytes

/// A number that something has had since a revision.
protocol PastNumber: Sendable {
    /// The revision at which it began.
    var revision: Revision { get }

    var number: UInt64 { get }

    init(revision: Revision, number: UInt64)

    /// Whether a long past is written close together, a few bytes an entry: a search then reads
    /// through a piece.
    static var isPacked: Bool { get }
}

/// What something was before, oldest first; several may share a revision.
///
/// Kept in pieces, so that a change after a freeze copies one piece and not all of a long past.
struct RevisionHistory<Entry: PastNumber>: Sendable {
    /// The most entries of a piece.
    private static var pieceCapacity: Int { 64 }

    fileprivate struct Piece: Sendable {
        /// Empty where they are packed.
        private(set) var open: [Entry]
        private var packed: PackedPast<Entry>?

        init(_ entry: Entry) { open = [entry] }

        init(_ entries: [Entry]) { open = entries }

        var isEmpty: Bool { open.isEmpty && packed == nil }

        /// The oldest; a piece that is used is not empty.
        var first: Entry { packed?.first ?? open[0] }

        var entries: [Entry] { packed?.entries ?? open }

        mutating func append(_ entry: Entry) { open.append(entry) }

        mutating func removeFirst() -> Entry {
            if let packed { open = packed.entries }
            packed = nil
            return open.removeFirst()
        }

        /// Nothing will be added.
        mutating func close() {
            guard Entry.isPacked else { return }
            packed = PackedPast(open)
            open = []
        }
    }

    /// Nothing in it is empty.
    fileprivate enum Storage: Sendable {
        /// Nothing yet: no reference to be counted.
        case none
        /// One piece: one allocation for a short past.
        case short([Entry])
        /// The last piece is not closed.
        case long([Piece])
    }

    private var storage = Storage.none

    init() {}

    var isEmpty: Bool {
        if case .none = storage { true } else { false }
    }

    /// The newest entry; nil when there is none.
    var last: Entry? {
        switch storage {
        case .none: nil
        case .short(let entries): entries.last
        case .long(let pieces): pieces[pieces.count - 1].entries.last
        }
    }

    /// - Complexity: O(1) amortised
    mutating func append(_ entry: Entry) {
        assert(last.map { $0.revision <= entry.revision } ?? true, "a past comes out of order")
        // What changes is taken out of the storage first, so that it is changed in place.
        switch storage {
        case .none: storage = .short([entry])
        case .short(var entries) where entries.count < Self.pieceCapacity:
            storage = .none
            entries.append(entry)
            storage = .short(entries)
        case .short(let entries):
            var first = Piece(entries)
            first.close()
            storage = .long([first, Piece(entry)])
        case .long(var pieces):
            storage = .none
            let last = pieces.count - 1
            if pieces[last].open.count < Self.pieceCapacity {
                pieces[last].append(entry)
            } else {
                pieces[last].close()
                pieces.append(Piece(entry))
            }
            storage = .long(pieces)
        }
    }

    /// Removes the oldest entry.
    ///
    /// - Complexity: O(piece)
    mutating func removeFirst() -> Entry? {
        switch storage {
        case .none: return nil
        case .short(var entries):
            storage = .none
            let first = entries.removeFirst()
            if !entries.isEmpty { storage = .short(entries) }
            return first
        case .long(var pieces):
            storage = .none
            let first = pieces[0].removeFirst()
            if pieces[0].isEmpty { pieces.removeFirst() }
            if !pieces.isEmpty { storage = .long(pieces) }
            return first
        }
    }

    /// The last entry that began at `revision` or before.
    ///
    /// - Complexity: O(log *n*), and O(piece) in a packed one.
    func last(notAfter revision: Revision) -> Entry? {
        neighbours(of: revision.next).before
    }

    /// The first entry that began at `revision` or after.
    ///
    /// - Complexity: O(log *n*), and O(piece) in a packed one.
    func first(notBefore revision: Revision) -> Entry? { neighbours(of: revision).after }

    /// The last entry that began before `revision`, and the first that did not.
    private func neighbours(of revision: Revision) -> (before: Entry?, after: Entry?) {
        switch storage {
        case .none: return (nil, nil)
        case .short(let entries):
            let place = entries.place(of: revision) { $0 }
            return (
                place > 0 ? entries[place - 1] : nil,
                place < entries.count ? entries[place] : nil
            )
        case .long(let pieces):
            let next = pieces.place(of: revision, \.first)
            let following = next < pieces.count ? pieces[next].first : nil
            guard next > 0 else { return (nil, following) }
            let entries = pieces[next - 1].entries
            let place = entries.place(of: revision) { $0 }
            return (entries[place - 1], place < entries.count ? entries[place] : following)
        }
    }
}

extension RevisionHistory: Sequence {
    /// Goes through the history as it was when the walk began, oldest first.
    struct Walk: IteratorProtocol, Sendable {
        private let pieces: [Piece]
        /// How many pieces were begun.
        private var begun = 0
        /// The piece that was begun last.
        private var entries: [Entry] = []
        private var place = 0

        fileprivate init(_ storage: Storage) {
            switch storage {
            case .none: pieces = []
            case .short(let entries):
                self.entries = entries
                pieces = []
            case .long(let pieces): self.pieces = pieces
            }
        }

        mutating func next() -> Entry? {
            if place == entries.count {
                guard begun < pieces.count else { return nil }
                entries = pieces[begun].entries
                begun += 1
                place = 0
            }
            defer { place += 1 }
            return entries[place]
        }
    }

    func makeIterator() -> Walk { Walk(storage) }
}

extension Array {
    /// The place of the first element whose entry did not begin before `revision`.
    ///
    /// - Complexity: O(log *n*)
    fileprivate func place(of revision: Revision, _ entry: (Element) -> some PastNumber) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if entry(self[middle]).revision < revision { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
