/// A key as reads see it at one revision.
package struct KeyRecord: Hashable, Sendable {
    /// The key.
    package let key: Key
    /// Any bytes, at most `ClusterSettings.valueByteCountMax`.
    package let value: [UInt8]
    /// The revision at which it came into being.
    package let createRevision: Revision
    /// The revision of its last put.
    package let modRevision: Revision
    /// How often it was put since it came into being, from 1.
    package let version: UInt64
    /// The lease that it ends with, if any.
    package let lease: LeaseID?
    /// When, by whom and why it was written.
    package let provenance: Provenance

    package init(
        key: Key,
        value: [UInt8],
        createRevision: Revision,
        modRevision: Revision,
        version: UInt64,
        lease: LeaseID?,
        provenance: Provenance = Provenance()
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
        self.provenance = provenance
    }
}

/// When, by whom and why a version was written: for people, and for dialects that show it.
package struct Provenance: Hashable, Sendable {
    /// When the key came into being.
    package let created: WallTime
    /// When this version was written.
    package let modified: WallTime
    /// nil where there is neither an author nor a note: one reference to count for both.
    private let signature: Signature?

    /// The principal that wrote it; empty for none.
    package var author: [UInt8] { signature?.author ?? [] }

    /// What its writer noted, at most `Request.noteByteCountMax` bytes of text.
    package var note: [UInt8] { signature?.note ?? [] }

    package init(
        created: WallTime = .unknown,
        modified: WallTime = .unknown,
        author: [UInt8] = [],
        note: [UInt8] = []
    ) {
        let signature =
            author.isEmpty && note.isEmpty ? nil : Signature(author: author, note: note)
        self.init(created: created, modified: modified, signature: signature)
    }

    init(created: WallTime, modified: WallTime, signature: Signature?) {
        self.created = created
        self.modified = modified
        self.signature = signature
    }

    package static func == (left: Provenance, right: Provenance) -> Bool {
        left.created == right.created && left.modified == right.modified
            && left.author == right.author && left.note == right.note
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(created)
        hasher.combine(modified)
        hasher.combine(author)
        hasher.combine(note)
    }
}

/// By whom and why a version was written, in words.
final class Signature: Sendable {
    let author: [UInt8]
    let note: [UInt8]

    init(author: [UInt8], note: [UInt8]) {
        self.author = author
        self.note = note
    }
}
