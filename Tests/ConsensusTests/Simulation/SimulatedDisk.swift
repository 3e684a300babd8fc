import Bytes
import Consensus

/// A disk that forgets what was not synced when its machine crashes.
struct SimulatedDisk {
    /// What one Ready hands out.
    struct Write {
        var hardState: HardState?
        var cut: LogIndex?
        var entries: [Entry] = []

        var isEmpty: Bool { hardState == nil && cut == nil && entries.isEmpty }
    }

    struct Snapshot {
        let id: EntryID
        let time: ClusterTime
        let membership: Membership
    }

    private(set) var hardState = HardState.initial
    private(set) var base = EntryID.zero
    private(set) var entries: [Entry] = []
    private(set) var snapshot: Snapshot?
    private(set) var pending: [Write] = []

    mutating func submit(_ write: Write) {
        guard !write.isEmpty else { return }
        pending.append(write)
    }

    /// Makes the first pending writes durable; what is to be reported: the last hard state and the
    /// last entry of them.
    mutating func complete(_ count: Int) -> (hardState: HardState?, last: EntryID?) {
        var done: (hardState: HardState?, last: EntryID?) = (nil, nil)
        for write in pending.prefix(min(count, pending.count)) {
            carryOut(write)
            done.hardState = write.hardState ?? done.hardState
            done.last = write.entries.last?.id ?? done.last
        }
        pending.removeFirst(min(count, pending.count))
        return done
    }

    /// Power is lost: of what was pending, a prefix reached the disk, the last write perhaps torn.
    mutating func crash(using random: inout SplitMix64) {
        _ = complete(Int.random(in: 0...pending.count, using: &random))
        if var torn = pending.first, Bool.random(using: &random) {
            let kept = Int.random(in: 0...torn.entries.count, using: &random)
            torn.entries = Array(torn.entries.prefix(kept))
            carryOut(torn)
        }
        losePending()
    }

    /// Nothing of what was pending reached the disk.
    mutating func losePending() {
        pending = []
        closeGap()
    }

    /// All but the hard state is lost; what is under way goes on.
    mutating func loseLog() {
        base = .zero
        entries = []
        snapshot = nil
    }

    /// A lie: the vote is gone, and so is every term that the log does not show.
    mutating func forgetVote() {
        let term = max(entries.last?.id.term ?? .zero, snapshot?.id.term ?? .zero)
        hardState = HardState(term: term, votedFor: nil)
    }

    /// A lie: entries that were durable are cut off.
    mutating func loseTail(_ count: Int) {
        entries.removeLast(min(count, entries.count))
        closeGap()
    }

    /// A log that does not reach its snapshot begins anew after it.
    private mutating func closeGap() {
        guard let start = snapshot?.id, entries.last?.id.index ?? base.index < start.index else {
            return
        }
        base = start
        entries = []
    }

    mutating func keep(_ newer: Snapshot, forgottenThrough index: LogIndex) {
        snapshot = newer
        guard let entry = entries.first(where: { $0.id.index == index }) else { return }
        entries.removeFirst(Int(index.rawValue - base.index.rawValue))
        base = entry.id
    }

    mutating func install(_ received: Snapshot) {
        snapshot = received
        base = received.id
        entries = []
    }

    /// Entries from `index` on; those on their way to the disk are in its cache.
    func read(from index: LogIndex, count: Int) -> [Entry] {
        if !pending.isEmpty {
            var cache = self
            _ = cache.complete(.max)
            return cache.read(from: index, count: count)
        }
        guard index > base.index else { return [] }
        let offset = Int(index.rawValue - base.index.rawValue) - 1
        return Array(entries.dropFirst(offset).prefix(count))
    }

    /// What a member finds when it starts; it keeps `cachedCount` entries in memory.
    func recover(cachedCount: Int) -> RecoveredLog {
        var log = RecoveredLog.empty
        let start = snapshot?.id ?? .zero
        log.snapshot = start
        log.snapshotTime = snapshot?.time ?? .zero
        guard let last = entries.last, last.id.index >= start.index else {
            log.base = start
            log.last = start
            log.lastTime = log.snapshotTime
            return log
        }
        log.base = base
        log.last = last.id
        log.lastTime = last.time
        log.tail = Array(entries.suffix(cachedCount))
        for entry in entries {
            if log.runs.last?.term != entry.id.term {
                log.runs.append(TermRun(first: entry.id.index, term: entry.id.term))
            }
            guard entry.kind == .membership, entry.id.index > start.index,
                let membership = try? Membership(decoding: entry.payload)
            else { continue }
            log.memberships.append(
                MembershipRecord(index: entry.id.index, membership: membership)
            )
        }
        return log
    }

    /// What a member starts with on this disk; it keeps `cachedCount` entries in memory.
    func start(
        of id: MemberID,
        founders: Membership,
        logIntegrity: LogIntegrity,
        cachedCount: Int,
        limits: Limits = Limits(),
        seed: UInt64
    ) -> Raft.Start {
        Raft.Start(
            id: id,
            limits: limits,
            seed: seed,
            hardState: hardState,
            log: recover(cachedCount: cachedCount),
            membership: snapshot?.membership ?? founders,
            logIntegrity: logIntegrity
        )
    }

    private mutating func carryOut(_ write: Write) {
        if let state = write.hardState { hardState = state }
        if let cut = write.cut, cut >= base.index {
            entries.removeAll { $0.id.index > cut }
        }
        entries += write.entries
    }
}
