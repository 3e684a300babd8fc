package import Bytes

/// One entry of the replicated log.
package struct Entry: Hashable, Sendable {
    /// What an entry is for; its raw value is the one on disk and on the wire.
    package enum Kind: UInt8, Hashable, Sendable {
        /// A new leader's first entry, or a tick of the cluster clock: no payload.
        case empty = 0
        /// A command for the keyspace, opaque to consensus.
        case command = 1
        /// An encoded `Membership`, in force from the moment it is appended.
        case membership = 2
    }

    /// The longest payload that a log record or a peer frame carries, in bytes: more than a request
    /// with the longest value, or with a body as long as such a value's in base64.
    package static let payloadByteCountMax = 25 << 20

    package let id: EntryID
    /// Stamped by the leader that appended it; never less than that of the entry before.
    package let time: ClusterTime
    package let kind: Kind
    package let payload: [UInt8]

    package init(id: EntryID, time: ClusterTime, kind: Kind, payload: [UInt8]) {
        self.id = id
        self.time = time
        self.kind = kind
        self.payload = payload
    }
}
