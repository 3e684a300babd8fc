package import Consensus
package import Keyspace

/// One thing a member tells another, after the handshake. A frame holds one or more.
package enum PeerMessage: Sendable {
    case raft(Message)
    /// Writes of the sender's clients, for the leader to propose.
    case forward(Forward)
    case forwarded(Forwarded)
    /// The sender's store no longer agrees with the majority's: it asks for the leader's snapshot
    /// from that byte on; for the newest one when it names none.
    case storeWanted(SnapshotOffset)
    /// The answer to `storeWanted`.
    case storePart(SnapshotChunk)
    case stateHash(StateHashReport)
    /// The cluster was formed, with the receiver in it.
    case founded(Founding)
    /// A second start of a member was put off; told to everybody, that member included.
    case startPutOff(StartDispute)
    /// Somebody asked the sender for admission; told to the leader.
    case newcomer(Newcomer)
    /// An operator asked the sender that this voter, or any, lead; told to the leader.
    case leadershipWanted(MemberID?)
    /// Answered by the frame `pongFrame` on the same link.
    case ping
    case pong
    /// The answer to a ping with what the sender's wall clock shows, since 1970.
    case clock(milliseconds: UInt64)
}

/// Writes handed to the leader, at most once each.
package struct Forward: Hashable, Sendable {
    /// One client's write, as the leader needs it to propose it.
    package struct Item: Hashable, Sendable {
        /// Whether a full disk refuses it.
        package let growth: Growth
        /// An encoded `Request`.
        package let payload: [UInt8]
        /// The trace that it belongs to; empty for none.
        package var trace: [UInt8] = []
    }

    /// The number of the first item; the next ones follow without a gap.
    package let first: UInt64
    package internal(set) var items: [Item]

    var isTraced: Bool { items.contains { !$0.trace.isEmpty } }

    var withoutTraces: Forward {
        var plain = self
        for place in items.indices { plain.items[place].trace = [] }
        return plain
    }
}

/// What a command does to the amount of data.
package enum Growth: UInt8, Hashable, Sendable {
    /// Refused while the disk reserve is used up.
    case grows = 0
    /// A delete, a release, a keepalive, a compaction.
    case relieves = 1
}

/// What became of consecutive forwarded writes.
package struct Forwarded: Hashable, Sendable {
    /// One for all the writes it covers; being proposed is not yet being committed.
    package enum Verdict: Hashable, Sendable {
        /// In the leader's log from this entry on, one index each, all of its term.
        case proposed(EntryID)
        /// Not in any log.
        case refused(ProposalFailure.Cause)
    }

    package let first: UInt64
    package let count: UInt64
    package let verdict: Verdict
}

/// The store's hash right after one entry.
package struct StateHashReport: Hashable, Sendable {
    package let index: LogIndex
    package let hash: StateHash
}

/// Two starts of one incarnation, of which the sender hears the one and has put the other off.
package struct StartDispute: Hashable, Sendable {
    /// The longest silence that is told, in milliseconds; far beyond what any start is put off for.
    package static let silenceMillisecondsMax: UInt64 = 3_600_000

    package let member: MemberID
    /// The start that the sender hears.
    package let heard: BootStamp
    /// How long ago it was heard last, in milliseconds.
    package let silenceMilliseconds: UInt64
    /// The start that it has put off.
    package let other: BootStamp
}

/// The identity that every founding member writes down.
package struct Founding: Hashable, Sendable {
    package static let memberCountMax = 64

    /// One founding voter, under the incarnation that it drew before it said it was empty.
    package struct Member: Hashable, Sendable {
        package let id: MemberID
        package let name: [UInt8]
        package let address: PeerAddress

        package init(id: MemberID, name: [UInt8], address: PeerAddress) {
            self.id = id
            self.name = name
            self.address = address
        }
    }

    package let cluster: ClusterID
    package let members: [Member]

    package init(cluster: ClusterID, members: [Member]) {
        self.cluster = cluster
        self.members = members
    }
}
