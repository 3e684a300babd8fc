internal import Bytes
internal import Consensus
internal import Replica

/// Whether one member leads one term for as long as several writes of a slow disk take, and commits
/// something in each such span: that one leads at one moment says nothing, for the next write may
/// be its last.
struct SteadyLeadership {
    /// So many spans have to pass, one right after another, under one leader.
    static let spanCount = 5
    /// Something has to be committed within so many of the longest writes: one is under way when it
    /// comes, the next one has it, and requests take their time to come.
    private static let writeCountMax: UInt64 = 4

    private struct Reign {
        let leader: Int
        let term: Term
        /// As of the last span's end.
        var committed: LogIndex
        var spanBegan: MonotonicTime
        var spansPassed = 0
    }

    /// What the slowest write takes, in milliseconds: a span lasts at least as long.
    let writeMilliseconds: UInt64
    private var reign: Reign?
    private(set) var isShown = false

    init(writeMilliseconds: UInt64) { self.writeMilliseconds = writeMilliseconds }

    /// Somebody leads, or nobody, as it is now.
    mutating func look(at members: [SimulatedMember], now: MonotonicTime) {
        guard !isShown else { return }
        guard let seen = Self.reign(among: members, now: now) else { return reign = nil }
        guard var reign, reign.leader == seen.leader, reign.term == seen.term,
            now < reign.spanBegan.advanced(byMilliseconds: Self.writeCountMax * writeMilliseconds)
        else { return reign = seen }
        guard seen.committed > reign.committed,
            now >= reign.spanBegan.advanced(byMilliseconds: writeMilliseconds)
        else { return }
        reign.committed = seen.committed
        reign.spanBegan = now
        reign.spansPassed += 1
        isShown = reign.spansPassed == Self.spanCount
        self.reign = reign
    }

    /// The ready leader of the latest term.
    private static func reign(among members: [SimulatedMember], now: MonotonicTime) -> Reign? {
        var latest: Reign?
        for member in members {
            guard let status = member.replica?.consensus, status.role == .leader,
                member.replica?.unreadiness == [], status.term > latest?.term ?? .zero
            else { continue }
            latest = Reign(
                leader: member.number,
                term: status.term,
                committed: status.commitIndex,
                spanBegan: now
            )
        }
        return latest
    }
}
