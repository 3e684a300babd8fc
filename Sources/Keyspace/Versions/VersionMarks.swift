/// By whom and why a version was written, and what it ends with, as the store keeps it. Most
/// versions have no marks.
final class VersionMarks: Sendable {
    let author: AuthorID
    let note: [UInt8]
    /// Zero is none.
    let lease: UInt64

    private init(author: AuthorID, note: [UInt8], lease: UInt64) {
        self.author = author
        self.note = note
        self.lease = lease
    }

    /// Marks of an author without a note, who is somebody.
    init(author: AuthorID) {
        self.author = author
        note = []
        lease = 0
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
