import Bytes
import Consensus

/// Literals that keep scenarios readable: member 2, term 3, index 7.
extension MemberID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension Term: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension LogIndex: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }

    /// The position `distance` further on.
    func advanced(by distance: Int) -> LogIndex {
        LogIndex(rawValue: rawValue + UInt64(distance))
    }
}

extension ReadRound: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension ReadID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

/// The entry of that term at that index.
func id(_ term: UInt64, index: UInt64) -> EntryID {
    EntryID(term: Term(rawValue: term), index: LogIndex(rawValue: index))
}

/// Commands of these terms, the first at `index`.
func entries(_ terms: [UInt64], from index: UInt64 = 1) -> [Entry] {
    terms.enumerated().map { offset, term in
        Entry(
            id: id(term, index: index + UInt64(offset)),
            time: .zero,
            kind: .command,
            payload: [UInt8(truncatingIfNeeded: term), UInt8(offset)]
        )
    }
}

func member(_ id: MemberID) -> Member {
    Member(
        id: id,
        name: Array("n\(id.rawValue)".utf8),
        peerAddress: Array("h\(id.rawValue):1".utf8)
    )
}

func founding(_ ids: [MemberID]) -> Membership { Membership(founding: ids.map(member)) }

/// A log that holds these entries and nothing was forgotten of.
func recovered(_ entries: [Entry]) -> RecoveredLog {
    var log = RecoveredLog.empty
    for entry in entries {
        if log.runs.last?.term != entry.id.term {
            log.runs.append(TermRun(first: entry.id.index, term: entry.id.term))
        }
        if entry.kind == .membership, let membership = try? Membership(decoding: entry.payload) {
            log.memberships.append(
                MembershipRecord(index: entry.id.index, membership: membership)
            )
        }
    }
    log.tail = entries
    log.last = entries.last?.id ?? .zero
    log.lastTime = entries.last?.time ?? .zero
    return log
}

func command(_ text: String) -> Proposal { Proposal(kind: .command, payload: Array(text.utf8)) }

extension MonotonicTime {
    static func milliseconds(_ count: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: 0).advanced(byMilliseconds: count)
    }
}
