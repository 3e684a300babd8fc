package import Consensus
internal import Journal
package import Keyspace

/// What somebody who watches a whole cluster has to see of one member; cheap enough for each turn.
package struct ConsensusView: Hashable, Sendable {
    package let role: Raft.Role
    package let candor: Candor
    package let term: Term
    /// Term and vote, as they are durable.
    package let hardState: HardState
    package let commitIndex: LogIndex
    package let appliedIndex: LogIndex
    /// Before the first entry that the log still holds.
    package let baseIndex: LogIndex
    package let lastIndex: LogIndex
    package let durableIndex: LogIndex
}

extension Replica {
    /// Nil before the cluster is formed.
    ///
    /// - Complexity: O(1)
    package var consensus: ConsensusView? {
        look {
            ConsensusView(
                role: $0.raft.role,
                candor: $0.raft.candor,
                term: $0.raft.term,
                hardState: $0.raft.durableHardState,
                commitIndex: $0.raft.commitIndex,
                appliedIndex: $0.machine.applied.index,
                baseIndex: $0.raft.baseIndex,
                lastIndex: $0.raft.last.index,
                durableIndex: $0.raft.durableIndex
            )
        }
    }

    /// Whether what the opening owed to the disk was carried out: from then on what was found is
    /// durable.
    package var isOpen: Bool { if case .open = stage { true } else { false } }

    /// The term of the entry at `index`; nil when the log does not hold it.
    package func entryTerm(at index: LogIndex) -> Term? {
        look({ $0.raft.term(at: index) }) ?? nil
    }

    /// Entries that memory still holds, from `index` on.
    package func cachedEntries(from index: LogIndex, byteCountMax: Int) -> CachedEntries {
        look({ $0.raft.entries(from: index, byteCountMax: byteCountMax) }) ?? .cached([])
    }

    /// The hash of all replicated state; nil before the cluster is formed.
    package var storeHash: StateHash? { look { $0.machine.keyspace.hash } }

    /// How often this directory was opened, this time included.
    package var bootCount: UInt64 { boot.counter }

    /// The highest boot of a peer that is durable here; nil when none is known.
    package func bootCount(of peer: MemberID) -> UInt64? {
        look({ $0.journal.identity.boot(of: peer)?.counter }) ?? nil
    }
}
