internal import Backup
internal import Consensus
package import Keyspace
internal import Platform
internal import Replica
package import Storage

/// Makes the data directory of a member of a cluster that begins with a backup.
package struct Restoration: Sendable {
    /// What came of it.
    package struct Report: Sendable {
        package let cluster: UInt64
        package let name: String
        package let directory: String
        /// Where the others look for the member.
        package let peerAddress: String
    }

    private let name: [UInt8]
    private let directory: String
    private let founders: [RestoredCluster.Founder]

    /// - Throws: what `roost serve` would not take either, and a list that does not name the member.
    package init(_ configuration: Configuration) throws(ConfigurationError) {
        let settings = try Settings(configuration)
        name = settings.name
        directory = settings.dataDirectory
        guard !settings.founders.isEmpty else {
            let address = Array(settings.peerListen.description.utf8)
            founders = [RestoredCluster.Founder(name: settings.name, address: address)]
            return
        }
        founders = settings.founders.map {
            RestoredCluster.Founder(name: $0.name, address: $0.address.text)
        }
        guard settings.ownPeerAddress != nil else {
            throw ConfigurationError(
                "--cluster",
                reason: "the list does not name \(configuration.name), which --name says this is"
            )
        }
    }

    /// Writes the directory: complete and durable, or no member's.
    ///
    /// - Parameter state: what `Keyspace.restore` made of the backup's.
    /// - Parameter backup: the digest of all of the backup.
    package func carryOut(
        _ state: Keyspace,
        backup: [UInt8],
        raise: UInt64
    ) throws(DirectoryDraft.Refusal) -> Report {
        let cluster = RestoredCluster(backup: backup, raise: raise, founders: founders)
        let founding = Founding(
            cluster: ClusterID(rawValue: cluster.id),
            members: founders.map { founder in
                Founding.Member(
                    id: MemberID(rawValue: cluster.member(named: founder.name)),
                    name: founder.name,
                    address: PeerAddress(text: founder.address)
                )
            }
        )
        var member = RestoredMember(name: name, founding: founding, state: state)
        let draft = try DirectoryDraft(directory)
        while let operations = member.next() { try draft.perform(operations) }
        try draft.finish()
        let own = founders.first { $0.name == name }
        return Report(
            cluster: cluster.id,
            name: String(decoding: name, as: UTF8.self),
            directory: directory,
            peerAddress: String(decoding: own?.address ?? [], as: UTF8.self)
        )
    }
}
