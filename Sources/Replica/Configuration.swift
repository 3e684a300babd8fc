internal import Consensus
package import Keyspace

extension Replica {
    /// What one member is told at each start; validated by the shell.
    package struct Configuration: Sendable {
        /// The free space that is kept where nothing else is asked for, in bytes.
        package static let diskReserveByteCountDefault: UInt64 = 256 << 20

        /// This member's name, unique in the cluster, 1 to 255 bytes.
        package var name: [UInt8]
        /// Where peers reach this member. Without `founders` it becomes the only member's address.
        package var peerAddress: PeerAddress
        /// What `/v1/cluster` shows as `client`; told to the peers with each hello.
        package var clientAddress: [UInt8]
        /// The members that form the cluster, this one among them; empty for a member alone. Of a
        /// newcomer some members to ask, whose names it need not know. Used on the first start only,
        /// later read from the data.
        package var founders: [Founder]
        package var arrival = Arrival.founding
        /// A digest of the token that all members of a cluster are given, so that two clusters never
        /// meet by accident; 0 where there is none. It is no secret.
        package var clusterToken: UInt64 = 0
        /// The newest feature level that this member takes part in: that of this version, or an
        /// earlier one to act as a member of the release before, 1 to `FeatureLevel.newest`.
        package var featureLevelMax = FeatureLevel.newest
        package var heartbeatMilliseconds = Timing.heartbeatMillisecondsDefault
        /// The lower bound of the random election timeout; the upper is twice that.
        package var electionTimeoutMilliseconds = Timing.electionTimeoutMillisecondsDefault
        /// Writes that grow the data are refused while less than this is free on the disk.
        package var diskReserveByteCount = diskReserveByteCountDefault
        /// A snapshot is due once the log since the last holds this, or twice the snapshot.
        package var snapshotLogByteCountMin = 256 << 20
        /// What the cluster's settings are to be unless they were ever set, in the order of
        /// names; with none, the first leader leaves them to be set later.
        package var firstSettings: [SettingsChange.Item] = []
        /// Entries of this many bytes stay in memory for followers that lag a little.
        package var windowByteCountMax = 16 << 20

        package init(
            name: [UInt8],
            peerAddress: PeerAddress,
            clientAddress: [UInt8],
            founders: [Founder]
        ) {
            self.name = name
            self.peerAddress = peerAddress
            self.clientAddress = clientAddress
            self.founders = founders
        }
    }

    /// What an empty directory is to become.
    package enum Arrival: UInt8, Hashable, Sendable {
        /// One of those that form the cluster.
        case founding = 0
        /// A newcomer to a cluster that exists: it asks the others of the list until an operator
        /// has added it.
        case joining = 1
    }

    /// One entry of the list that a cluster forms from.
    package struct Founder: Hashable, Sendable {
        package let name: [UInt8]
        package let address: PeerAddress

        package init(name: [UInt8], address: PeerAddress) {
            self.name = name
            self.address = address
        }
    }
}
