/// What a put made of its key.
package struct PutResult: Hashable, Sendable {
    /// The revision of the put, now the key's mod revision.
    package let revision: Revision
    /// The revision at which the key came into being.
    package let createRevision: Revision
    /// 1 for a key that was created by this put.
    package let version: UInt64
    /// What the key is tied to now.
    package let lease: LeaseID?

    package init(revision: Revision, createRevision: Revision, version: UInt64, lease: LeaseID?) {
        self.revision = revision
        self.createRevision = createRevision
        self.version = version
        self.lease = lease
    }
}
