/// By whom and why a version was written, what it ends with, and what of it does not fit elsewhere,
/// as the store keeps it. Most versions have no marks.
final class VersionMarks: Sendable {
    let author: AuthorID
    let note: [UInt8]
    /// Zero is none.
    let lease: UInt64
    private let wholeLife: WholeLife

    /// A word, whether there is one or not.
    private enum WholeLife: Sendable {
        case none
        indirect case some(KeyLife)
    }

    /// A life that does not fit where those of most versions do; nil for any other.
    var life: KeyLife? {
        guard case .some(let life) = wholeLife else { return nil }
        return life
    }

    private init(author: AuthorID, note: [UInt8], lease: UInt64) {
        self.author = author
        self.note = note
        self.lease = lease
        wholeLife = .none
    }

    /// The same marks, if there are any, with a life.
    init(_ marks: VersionMarks?, life: KeyLife) {
        author = marks?.author ?? .nobody
        note = marks?.note ?? []
        lease = marks?.lease ?? 0
        wholeLife = .some(life)
    }

    /// Marks of an author without a note, who is somebody.
    init(author: AuthorID) {
        self.author = author
        note = []
        lease = 0
        wholeLife = .none
    }

    /// nil where there is nothing to say.
    static func make(author: AuthorID, note: [UInt8], lease: UInt64) -> VersionMarks? {
        guard author != .nobody || !note.isEmpty || lease != 0 else { return nil }
        return VersionMarks(author: author, note: note, lease: lease)
    }

    /// The same for what is tied to a lease, if it is.
    @inline(__always)
    static func make(_ signed: VersionMarks?, tying lease: LeaseID?) -> VersionMarks? {
        guard let lease else { return signed }
        return make(
            author: signed?.author ?? .nobody,
            note: signed?.note ?? [],
            lease: lease.rawValue
        )
    }
}
