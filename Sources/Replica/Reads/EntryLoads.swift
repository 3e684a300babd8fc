internal import Bytes
internal import Consensus
internal import Journal

/// Reads of the log that are under way, and for whom.
struct EntryLoads: Sendable {
    enum Purpose: Hashable, Sendable {
        /// This member's own store needs entries that are no longer in memory.
        case apply
        /// A peer needs such entries.
        case peer(MemberID)
        /// A part of a snapshot for a peer, as consensus wants it.
        case snapshot(MemberID)
        /// A part of a snapshot for a peer that repairs its store.
        case repair(MemberID)
    }

    private(set) var underWay: [(id: LoadID, purpose: Purpose)] = []

    /// Whether the next entries to apply are being read.
    var isApplyWaiting: Bool { underWay.contains { $0.purpose == .apply } }

    func isUnderWay(_ purpose: Purpose) -> Bool { underWay.contains { $0.purpose == purpose } }

    /// Whether no two have one number, and one at the most is for the store.
    var areDistinct: Bool {
        Set(underWay.map(\.id)).count == underWay.count
            && underWay.count { $0.purpose == .apply } <= 1
    }

    mutating func begin(_ id: LoadID, for purpose: Purpose) { underWay.append((id, purpose)) }

    mutating func end(_ id: LoadID) -> Purpose? {
        guard let place = underWay.firstIndex(where: { $0.id == id }) else { return nil }
        return underWay.remove(at: place).purpose
    }
}
