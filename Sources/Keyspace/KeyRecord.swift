/// A key as reads see it at one revision.
package struct KeyRecord: Hashable, Sendable {
    /// The key.
    package let key: Path
    /// Any bytes, at most `Command.valueByteCountMax`.
    package let value: [UInt8]
    /// The revision at which it came into being.
    package let createRevision: Revision
    /// The revision of its last put.
    package let modRevision: Revision
    /// How often it was put since it came into being, from 1.
    package let version: UInt64
    /// The lease that it ends with, if any.
    package let lease: LeaseID?

    package init(
        key: Path,
        value: [UInt8],
        createRevision: Revision,
        modRevision: Revision,
        version: UInt64,
        lease: LeaseID?
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }
}
