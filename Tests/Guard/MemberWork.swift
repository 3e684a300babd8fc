internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica
internal import TestSupport

/// A write's whole way through one member, without sockets and disk: proposed, logged, sent,
/// committed, applied, answered; 64 come in each turn, and what the turn before owed is done.
enum MemberWork {
    private static let batchCount = 64

    static var all: [Work] {
        [
            Work(name: "turn-empty", count: 1000) { _ in
                let leader = Leader(MeasuredMember.cluster(3))
                return { leader.turn($0) }
            },
            Work(name: "write-alone", count: 64 * batchCount) { _ in
                let leader = Leader(MeasuredMember.cluster(1))
                return { leader.write($0) }
            },
            Work(name: "write-leader", count: 64 * batchCount) { _ in
                let leader = Leader(MeasuredMember.cluster(3))
                return { leader.write($0) }
            },
            Work(name: "write-follower", count: 64 * batchCount) { limit in
                let follower = Follower(MeasuredMember.cluster(3), entryCount: limit)
                return { follower.take($0) }
            },
        ]
    }

    /// A leader, and followers that have everything at once.
    private final class Leader {
        private let member: MeasuredMember
        private let now: MonotonicTime
        private let links: [(id: LinkID, peer: MemberID)]
        private let keys = (0..<Material.keyCount).map { Material.key($0) }
        private var lastIndex: UInt64

        init(_ harness: ReplicaHarness) {
            let leader = harness.leader ?? 0
            now = harness.now
            links = harness.members[leader].accepted.sorted { $0.key < $1.key }.compactMap {
                link in
                harness.members[link.key].status.map { (link.value, $0.id) }
            }
            member = MeasuredMember(leader, of: harness)
            lastIndex = member.replica.status.lastIndex.rawValue
            member.replica.step(.audience(.nobody), now: now)
            _ = write(Material.keyCount / batchCount * batchCount)
        }

        func write(_ count: Int) -> UInt64 {
            var answered = 0
            var proposed = 0
            var revision: UInt64 = 0
            while answered < count {
                member.takeIn(now)
                if proposed < count {
                    for number in proposed..<proposed + batchCount {
                        let ticket = Ticket(rawValue: UInt64(number))
                        let key = keys[number % keys.count].bytes
                        let value = Material.value
                        let write = EncodedWrite(puttingAt: key.span, value: value.span)
                        member.replica.step(.propose(ticket, write), now: now)
                    }
                    proposed += batchCount
                    lastIndex += UInt64(batchCount)
                }
                let effects = member.replica.takeEffects(now: now)
                for reply in effects.replies {
                    guard case .applied(_, let answer) = reply else {
                        Guard.fail("a write was not applied")
                    }
                    revision = answer.revision.rawValue
                }
                answered += effects.replies.count
                member.carryOut(effects.disk)
                if !effects.frames.isEmpty { acknowledge() }
            }
            return revision
        }

        /// Turns in which nothing is to be done.
        func turn(_ count: Int) -> UInt64 {
            var trace: UInt64 = 0
            for _ in 0..<count {
                member.replica.step(.tick, now: now)
                trace &+= UInt64(member.replica.takeEffects(now: now).replies.count)
                trace &+=
                    member.replica.term.rawValue &+ member.replica.keyspace.store.revision.rawValue
            }
            return trace
        }

        /// Every follower says that it holds all.
        private func acknowledge() {
            let last = LogIndex(rawValue: lastIndex)
            for link in links {
                let message = Message(
                    from: link.peer,
                    to: member.replica.id,
                    term: member.replica.term,
                    body: .appendEntriesResponse(.accepted(match: last, verified: last))
                )
                var frame: [UInt8] = []
                PeerMessage.raft(message).encode(into: &frame)
                member.inbox.append(.frame(link.id, frame))
            }
        }
    }

    /// A follower, and a leader whose frames are ready.
    private final class Follower {
        private let member: MeasuredMember
        private let now: MonotonicTime
        private let link: LinkID
        private var frames: [[UInt8]] = []
        private let first: UInt64

        init(_ harness: ReplicaHarness, entryCount: Int) {
            let leader = harness.leader ?? 0
            guard let status = harness.members[leader].status else {
                Guard.fail("the leader is gone")
            }
            let follower = leader == 0 ? 1 : 0
            link = harness.members[follower].accepted[leader] ?? LinkID(rawValue: 0)
            now = harness.now
            member = MeasuredMember(follower, of: harness)
            first = status.lastIndex.rawValue
            member.replica.step(.audience(.nobody), now: now)
            var previous = EntryID(term: status.term, index: status.lastIndex)
            var committed = status.commitIndex
            for _ in 0..<entryCount / batchCount {
                let entries = (1...UInt64(batchCount)).map {
                    Material.entry(previous.index.rawValue + $0, term: status.term.rawValue)
                }
                let last = entries[entries.count - 1].id
                let append = AppendEntries(
                    previous: previous,
                    entries: entries,
                    commitIndex: committed,
                    lastIndex: last.index
                )
                let message = Message(
                    from: status.id,
                    to: member.replica.id,
                    term: status.term,
                    body: .appendEntries(append)
                )
                var frame: [UInt8] = []
                PeerMessage.raft(message).encode(into: &frame)
                frames.append(frame)
                previous = last
                committed = last.index
            }
        }

        func take(_ count: Int) -> UInt64 {
            for frame in frames.prefix(count / batchCount) {
                member.inbox.append(.frame(link, frame))
                member.takeIn(now)
                let effects = member.replica.takeEffects(now: now)
                member.carryOut(effects.disk)
            }
            let applied = member.replica.status.appliedIndex.rawValue
            if applied < first + UInt64(count - batchCount) {
                Guard.fail("a follower applied \(applied - first) of \(count) entries")
            }
            return applied
        }
    }
}
