package import Consensus
internal import Journal
package import Keyspace

/// What somebody who watches a whole cluster has to see of one member; cheap enough for each turn.
package struct ConsensusView: Hashable, Sendable {
    package let role: Raft.Role
    package let logIntegrity: LogIntegrity
    package let term: Term
    /// Term and vote, as they are durable.
    package let hardState: HardState
    package let commitIndex: LogIndex
    package let appliedIndex: LogIndex
    /// The index right before the first entry that the log still holds.
    package let baseIndex: LogIndex
    package let lastIndex: LogIndex
    package let durableIndex: LogIndex
    /// The entry of the membership in force, or of the snapshot that names it.
    package let membershipIndex: LogIndex
}

extension Replica {
    /// Nil before the cluster is formed.
    ///
    /// - Complexity: O(1)
    package var consensus: ConsensusView? {
        formed.map {
            ConsensusView(
                role: $0.member.raft.role,
                logIntegrity: $0.member.raft.logIntegrity,
                term: $0.member.raft.term,
                hardState: $0.member.raft.durableHardState,
                commitIndex: $0.member.raft.commitIndex,
                appliedIndex: $0.member.machine.applied.index,
                baseIndex: $0.member.raft.baseIndex,
                lastIndex: $0.member.raft.last.index,
                durableIndex: $0.member.raft.durableIndex,
                membershipIndex: $0.member.raft.membershipIndex
            )
        }
    }

    /// The latest membership of the log, committed or not; nil before the cluster is formed.
    package var membership: Membership? { formed?.member.raft.membership }

    /// Whether the member belongs to a cluster.
    package var isFormed: Bool { formed != nil }

    /// Whether what the opening owed to the disk was carried out: from then on what was found is
    /// durable.
    package var isOpen: Bool { if case .done = opening { true } else { false } }

    /// The term of the entry at `index`; nil when the log does not hold it.
    package func entryTerm(at index: LogIndex) -> Term? {
        formed?.member.raft.term(at: index)
    }

    /// Entries that memory still holds, from `index` on.
    package func cachedEntries(from index: LogIndex, byteCountMax: Int) -> CachedEntries {
        formed?.member.raft.entries(from: index, byteCountMax: byteCountMax) ?? .cached([])
    }

    /// The hash of all replicated state; nil before the cluster is formed.
    package var storeHash: StateHash? { formed?.member.machine.keyspace.hash }

    /// What entries mean to the cluster, as far as it is known here.
    package var featureLevel: UInt64? { formed?.member.machine.keyspace.featureLevel.number }

    /// How often this directory was opened, this time included.
    package var bootCount: UInt64 { boot.counter }

    /// The highest boot of a peer that is durable here; nil when none is known.
    package func bootCount(of peer: MemberID) -> UInt64? {
        formed?.member.journal.identity.boot(of: peer)?.counter
    }

    /// Whether that member has accepted this one and has not ended the link since.
    package func isLinked(to peer: MemberID) -> Bool { context.links.isOpen(to: peer) }

    /// Who accepted this member on that link.
    package func peer(on link: LinkID) -> MemberID? {
        context.links.peers.first { $0.outgoing == .open(link) }?.id
    }

    /// How much of its log that member has acknowledged on its present link; nil where this one
    /// does not lead.
    package func acknowledged(by peer: MemberID) -> LogIndex? {
        formed?.member.raft.status.peers.first { $0.id == peer }?.match
    }
}
