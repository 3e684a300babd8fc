package import Backup
internal import Bytes
package import Keyspace

extension BackupHeader {
    /// Of a state as it is now.
    ///
    /// - Parameter cluster: the id of its cluster.
    package init(of keyspace: Keyspace, cluster: UInt64) {
        self.init(
            cluster: cluster,
            index: keyspace.appliedIndex,
            clusterTimeMilliseconds: keyspace.clock.rawValue,
            wallTimeMilliseconds: keyspace.wallTime(at: keyspace.clock).rawValue,
            revision: keyspace.store.revision.rawValue,
            compactRevision: keyspace.store.compactRevision.rawValue,
            keyCount: UInt64(keyspace.store.keyCount),
            leaseCount: UInt64(keyspace.leaseCount)
        )
    }
}
