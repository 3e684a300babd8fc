package import Keyspace

/// A lease that the answering member keeps alive for a client, as long as the exchange names it.
package struct KeptLease: Hashable, Sendable {
    /// The lease.
    package let id: LeaseID
    /// How long it lives without a renewal.
    package let timeToLiveMilliseconds: UInt64

    /// That lease, to be renewed well within its time.
    package init(id: LeaseID, timeToLiveMilliseconds: UInt64) {
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }
}
