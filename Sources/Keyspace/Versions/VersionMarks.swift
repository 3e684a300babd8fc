/// By whom and why a version was written, as the store keeps it. Most versions have no marks.
final class VersionMarks: Sendable {
    let author: AuthorID
    let note: [UInt8]

    private init(author: AuthorID, note: [UInt8]) {
        self.author = author
        self.note = note
    }

    /// Marks of an author without a note, who is somebody.
    init(author: AuthorID) {
        self.author = author
        note = []
    }

    /// nil where there is nothing to say.
    static func make(author: AuthorID, note: [UInt8]) -> VersionMarks? {
        guard author != .nobody || !note.isEmpty else { return nil }
        return VersionMarks(author: author, note: note)
    }
}
