package import Keyspace

/// A lease that the answering member keeps alive for a client, as long as the exchange names it.
package struct KeptLease: Hashable, Sendable {
    /// The lease.
    package let id: LeaseID
    /// How long it lives without a renewal.
    package let timeToLiveMilliseconds: UInt64
    /// Who asks for that: the lease ends in time once it may not any more.
    package let caller: Caller

    /// That lease, to be renewed well within its time.
    package init(id: LeaseID, timeToLiveMilliseconds: UInt64, caller: Caller) {
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.caller = caller
    }
}
