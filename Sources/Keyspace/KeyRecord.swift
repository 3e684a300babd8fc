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
    /// The principal that wrote it; empty for none.
    package let author: [UInt8]
    /// What its writer noted, at most `Request.noteByteCountMax` bytes of text.
    package let note: [UInt8]

    package init(
        created: WallTime = .unknown,
        modified: WallTime = .unknown,
        author: [UInt8] = [],
        note: [UInt8] = []
    ) {
        self.created = created
        self.modified = modified
        self.author = author
        self.note = note
    }
}
