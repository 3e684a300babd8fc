internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica
internal import Wire

/// What the member saw of its own working since the start, as families of `/metrics`.
struct Observations {
    private typealias Histogram = DurationHistogram

    /// Writes that this leader proposed, in the order of the way.
    private var queue = Histogram()
    private var append = Histogram()
    private var fdatasync = Histogram()
    private var replicate = Histogram()
    private var commit = Histogram()
    private var apply = Histogram()
    private var respond = Histogram()
    private var readConfirm = Histogram()
    private var readApply = Histogram()
    private var sync = Histogram()
    private var roundTrips: [(peer: MemberID, histogram: Histogram)] = []
    private var clockOffsets: [(peer: MemberID, offset: ClockOffset)] = []
    private var snapshots = SnapshotTimes.Way.allCases.map { _ in Histogram() }
    private var snapshotByteCounts = SnapshotTimes.Way.allCases.map { _ in UInt64(0) }
    private var waits = [Histogram(), Histogram()]
    private var holds = [Histogram(), Histogram()]
    private var handOverCounts: [UInt64] = [0, 0]
    private var leaderChangeCount: UInt64 = 0
    private var electionCount: UInt64 = 0
    private var leader: MemberID?
    private var campaignTerm = Term.zero
    /// What was answered in this turn.
    private var lastWrites: WriteTimes?
    private var lastReads: ReadTimes?
    private var lastTurnNanoseconds: UInt64 = 0
    /// What was applied in this turn.
    private var appliedCount: UInt64 = 0

    mutating func note(_ observation: Observation) {
        switch observation {
        case .writes(let times): note(times)
        case .reads(let times):
            readConfirm.add(nanoseconds: times.confirm, count: times.count)
            readApply.add(nanoseconds: times.apply, count: times.count)
            lastReads = times
        case .roundTrip(let peer, let nanoseconds): note(nanoseconds, to: peer)
        case .clockOffset(let peer, let offset):
            clockOffsets.removeAll { $0.peer == peer }
            clockOffsets.append((peer, offset))
        case .leadership(let change): note(change)
        case .snapshot(let times):
            snapshots[Int(times.way.rawValue)].add(nanoseconds: times.nanoseconds)
            snapshotByteCounts[Int(times.way.rawValue)] = times.byteCount
        case .contest(let span): note(span)
        case .membership, .tracedWrite: break
        }
    }

    /// Which part of the way took longest, of what was answered last.
    func slowestStage(isWrite: Bool) -> (name: String, nanoseconds: UInt64) {
        var stages: [(name: String, nanoseconds: UInt64)] = [("respond", lastTurnNanoseconds)]
        if isWrite, let times = lastWrites {
            stages += [
                ("queue", times.queue), ("append", times.append), ("fdatasync", times.fdatasync),
                ("replicate", times.replicate), ("apply", times.apply),
            ]
        } else if let times = lastReads {
            stages += [("confirm", times.confirm), ("apply", times.apply)]
        }
        return stages.reduce(stages[0]) { $1.nanoseconds > $0.nanoseconds ? $1 : $0 }
    }

    /// The log's disk took so long for an `fdatasync`.
    mutating func noteSync(nanoseconds: UInt64) { sync.add(nanoseconds: nanoseconds) }

    /// Applying, answering and sending took so long in the turn that ends.
    mutating func endTurn(nanoseconds: UInt64) {
        lastTurnNanoseconds = nanoseconds
        guard appliedCount > 0 else { return }
        respond.add(nanoseconds: nanoseconds, count: appliedCount)
        appliedCount = 0
    }

    /// What the turn answered is told.
    mutating func forgetTurn() {
        lastWrites = nil
        lastReads = nil
    }

    /// Whether the end of the turn is waited for.
    var awaitsEnd: Bool { appliedCount > 0 }

    private mutating func note(_ times: WriteTimes) {
        queue.add(nanoseconds: times.queue, count: times.count)
        append.add(nanoseconds: times.append, count: times.count)
        fdatasync.add(nanoseconds: times.fdatasync, count: times.count)
        replicate.add(nanoseconds: times.replicate, count: times.count)
        commit.add(nanoseconds: times.commit, count: times.count)
        apply.add(nanoseconds: times.apply, count: times.count)
        appliedCount &+= times.count
        lastWrites = times
    }

    private mutating func note(_ nanoseconds: UInt64, to peer: MemberID) {
        guard let place = roundTrips.firstIndex(where: { $0.peer == peer }) else {
            var histogram = Histogram()
            histogram.add(nanoseconds: nanoseconds)
            return roundTrips.append((peer, histogram))
        }
        roundTrips[place].histogram.add(nanoseconds: nanoseconds)
    }

    private mutating func note(_ change: Raft.LeadershipChange) {
        if let leader = change.leader, leader != self.leader {
            self.leader = leader
            leaderChangeCount += 1
        }
        let isCampaign = change.role == .candidate || change.role == .leader
        if isCampaign, change.term > campaignTerm {
            campaignTerm = change.term
            electionCount += 1
        }
    }

    private mutating func note(_ span: ContestSpan) {
        switch span {
        case .waited(let kind, let milliseconds):
            waits[Int(kind.rawValue)].add(milliseconds: milliseconds)
            if milliseconds > 0 { handOverCounts[Int(kind.rawValue)] += 1 }
        case .held(let kind, let milliseconds):
            holds[Int(kind.rawValue)].add(milliseconds: milliseconds)
        }
    }
}

extension Observations {
    private typealias Labels = [MetricsPage.Label]

    /// - Parameter peers: the other members; what was seen of those that left is told no more.
    func append(to page: inout MetricsPage, peers: [(id: MemberID, name: [UInt8])]) {
        page.histograms(
            "roost_write_stage_seconds",
            help:
                "Where the time of this leader's writes went; Docs/operations.md tells the stages.",
            of: [
                (Self.stage("queue"), queue), (Self.stage("append"), append),
                (Self.stage("fdatasync"), fdatasync), (Self.stage("replicate"), replicate),
                (Self.stage("commit"), commit), (Self.stage("apply"), apply),
                (Self.stage("respond"), respond),
            ]
        )
        page.histograms(
            "roost_read_stage_seconds",
            help: "Where the time of linearizable reads went.",
            of: [(Self.stage("confirm"), readConfirm), (Self.stage("apply"), readApply)]
        )
        page.histogram("roost_log_fdatasync_seconds", help: "Syncs of the log.", of: sync)
        page.histograms(
            "roost_peer_round_trip_seconds",
            help: "From a ping to its answer.",
            of: roundTrips(to: peers).map {
                (MetricsPage.labels("peer", value: $0.name), $0.histogram)
            }
        )
        appendClocks(to: &page, peers: peers)
        appendElections(to: &page)
        appendSnapshots(to: &page)
        appendContests(to: &page)
    }

    /// One for each name: of two members that share one while the later replaces the other, the
    /// later's.
    private func roundTrips(
        to peers: [(id: MemberID, name: [UInt8])]
    ) -> [(name: [UInt8], histogram: Histogram)] {
        var found: [(name: [UInt8], histogram: Histogram)] = []
        for trips in roundTrips {
            guard let peer = peers.first(where: { $0.id == trips.peer }) else { continue }
            found.removeAll { $0.name == peer.name }
            found.append((peer.name, trips.histogram))
        }
        return found
    }

    private func appendClocks(
        to page: inout MetricsPage,
        peers: [(id: MemberID, name: [UInt8])]
    ) {
        page.gauges(
            "roost_peer_clock_offset_seconds",
            help:
                "How far a peer's wall clock is ahead of this member's, give or take half a round trip.",
            ofMilliseconds: peers.compactMap { peer in
                clockOffsets.last { $0.peer == peer.id }.map {
                    (MetricsPage.labels("peer", value: peer.name), $0.offset.milliseconds)
                }
            }
        )
    }

    private func appendElections(to page: inout MetricsPage) {
        page.counter(
            "roost_leader_changes_total",
            help: "How often another leader than before was seen.",
            value: leaderChangeCount
        )
        page.counter(
            "roost_elections_total",
            help: "Elections in which this member stood.",
            value: electionCount
        )
    }

    private func appendSnapshots(to page: inout MetricsPage) {
        let ways = SnapshotTimes.Way.allCases
        page.histograms(
            "roost_snapshot_seconds",
            help: "What snapshots took to be written, sent or received.",
            of: ways.map { ($0.labels, snapshots[Int($0.rawValue)]) }
        )
        page.gauges(
            "roost_snapshot_bytes",
            help: "How long the last of them was.",
            of: ways.map { ($0.labels, snapshotByteCounts[Int($0.rawValue)]) }
        )
    }

    private func appendContests(to page: inout MetricsPage) {
        let kinds: [(labels: Labels, kind: Contest.Kind)] = [
            ([("kind", Array("lock".utf8))], .lock),
            ([("kind", Array("election".utf8))], .election),
        ]
        page.histograms(
            "roost_lock_wait_seconds",
            help: "How long those waited who got a lock or leadership.",
            of: kinds.map { ($0.labels, waits[Int($0.kind.rawValue)]) }
        )
        page.histograms(
            "roost_lock_hold_seconds",
            help: "How long locks and leaderships were held.",
            of: kinds.map { ($0.labels, holds[Int($0.kind.rawValue)]) }
        )
        page.counters(
            "roost_lock_hand_overs_total",
            help: "Grants to somebody who had waited.",
            of: kinds.map { ($0.labels, handOverCounts[Int($0.kind.rawValue)]) }
        )
    }

    private static func stage(_ name: StaticString) -> Labels { [("stage", [UInt8](name))] }
}

extension DurationHistogram {
    fileprivate mutating func add(milliseconds: UInt64) {
        let (nanoseconds, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        add(nanoseconds: overflowed ? .max : nanoseconds)
    }
}

extension SnapshotTimes.Way {
    fileprivate var labels: [MetricsPage.Label] {
        switch self {
        case .written: MetricsPage.labels("way", value: Array("written".utf8))
        case .sent: MetricsPage.labels("way", value: Array("sent".utf8))
        case .received: MetricsPage.labels("way", value: Array("received".utf8))
        }
    }
}
