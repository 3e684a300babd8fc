internal import API
internal import Bytes
internal import Replica
internal import Transport
internal import Wire

/// What the shell counts, as further samples of `/metrics`.
struct Counters {
    var acceptedConnectionCount: UInt64 = 0
    var shedConnectionCount: UInt64 = 0
    /// Those refused because their client had as many as it may.
    var limitedConnectionCount: UInt64 = 0
    var timedOutConnectionCount: UInt64 = 0
    /// Those with which TLS was not agreed on.
    var refusedTLSCount: UInt64 = 0
    var requestCount: UInt64 = 0
    var receivedByteCount: UInt64 = 0
    var sentByteCount: UInt64 = 0
    var turnCount: UInt64 = 0
    var logBatchCount: UInt64 = 0
    /// Watches that were woken and have not told all yet.
    var behindCount = 0
    /// By the first digit of their status, 2 to 5.
    private var responseCounts: [UInt64] = [0, 0, 0, 0]
    private var calls = CallFigures()
    private var unproposedCounts: [UInt64] = [0, 0]
    /// Requests refused by the limits of their clients.
    private var limitedCounts = [UInt64](repeating: 0, count: ClientExcess.Limit.allCases.count)
    private var watchLag = DurationHistogram()
    /// Watches that caught up in this turn, by when they were woken.
    private var caughtUp: [(since: MonotonicTime, count: UInt64)] = []

    /// An answer, or the head of a stream.
    mutating func note(_ status: UInt16, to subject: CallSubject) {
        let place = Int(status / 100) - 2
        if responseCounts.indices.contains(place) { responseCounts[place] += 1 }
        calls.note(status, to: subject)
    }

    /// Requests that came together are answered, and had waited for nothing that they named.
    mutating func answered(
        _ subject: CallSubject,
        arrivedAt: MonotonicTime,
        count: Int,
        trace: [UInt8]? = nil
    ) {
        calls.answered(subject, arrivedAt: arrivedAt, count: count, trace: trace)
    }

    /// Requests were refused because their client takes too much.
    mutating func note(_ excess: ClientExcess, count: Int) {
        limitedCounts[Int(excess.limit.rawValue)] += UInt64(count)
    }

    mutating func note(_ failure: ProposalFailure) {
        switch failure {
        case .notApplied, .unwritten: unproposedCounts[0] += 1
        case .unknown: unproposedCounts[1] += 1
        }
    }

    /// A watch that was woken then has told everything.
    mutating func caughtUp(since wokenAt: MonotonicTime) {
        behindCount -= 1
        if let last = caughtUp.last, last.since == wokenAt {
            caughtUp[caughtUp.count - 1].count += 1
        } else {
            caughtUp.append((wokenAt, 1))
        }
    }

    /// Everything that the turn had for clients is with the system; the answers that took
    /// `slowNanoseconds` or more.
    mutating func endTurn(_ now: MonotonicTime, slowNanoseconds: UInt64) -> [CallFigures.Slow] {
        for watches in caughtUp {
            watchLag.add(nanoseconds: now.nanoseconds(since: watches.since), count: watches.count)
        }
        caughtUp.removeAll(keepingCapacity: true)
        return calls.endTurn(now, slowNanoseconds: slowNanoseconds)
    }

    /// Whether the end of the turn is waited for.
    var awaitsEnd: Bool { calls.awaitsEnd || !caughtUp.isEmpty }
}

extension Counters {
    /// What belongs on the page besides.
    struct Surroundings {
        let peers: PeerTransport.Counts
        let logWrites: MemberStatus.LogWrites
        let linkCount: Int
        let keptLeaseCount: Int
        /// How many revisions the watch that lags most has not told.
        let watchLagMax: UInt64
        let pendingWriteCount: Int
        let pendingReadCount: Int
    }

    func append(to page: inout MetricsPage, _ surroundings: Surroundings) {
        appendClients(to: &page)
        appendLog(to: &page, surroundings)
        appendPeers(to: &page, surroundings)
        calls.append(to: &page)
        page.histogram(
            "roost_watch_lag_seconds",
            help: "From an event until a watch had told all that there was.",
            of: watchLag
        )
        page.gauge(
            "roost_watches_behind",
            help: "Watches that have not told all.",
            value: UInt64(clamping: behindCount)
        )
        page.gauge(
            "roost_watch_lag_revisions",
            help: "How many the one that lags most has not told.",
            value: surroundings.watchLagMax
        )
    }

    private func appendClients(to page: inout MetricsPage) {
        page.counter(
            "roost_connections_accepted_total",
            help: "Client connections.",
            value: acceptedConnectionCount
        )
        page.counter(
            "roost_connections_shed_total",
            help: "Those closed for want of room.",
            value: shedConnectionCount
        )
        page.counters(
            "roost_limited_total",
            help: "Refused by the limits of one client, by the limit.",
            of: [([("limit", Array("connections".utf8))], limitedConnectionCount)]
                + ClientExcess.Limit.allCases.map { limit in
                    ([("limit", limit.label)], limitedCounts[Int(limit.rawValue)])
                }
        )
        page.counter(
            "roost_connections_timed_out_total",
            help: "Those closed for being silent or slow.",
            value: timedOutConnectionCount
        )
        page.counter(
            "roost_tls_refused_total",
            help: "Client connections that did not agree on TLS.",
            value: refusedTLSCount
        )
        page.counter("roost_requests_total", help: "Requests of clients.", value: requestCount)
        page.counter(
            "roost_client_received_bytes_total",
            help: "Bytes from clients.",
            value: receivedByteCount
        )
        page.counter(
            "roost_client_sent_bytes_total",
            help: "Bytes to clients.",
            value: sentByteCount
        )
        page.counters(
            "roost_responses_total",
            help: "Answers, by the first digit of their status.",
            of: responseCounts.enumerated().map { place, count in
                (MetricsPage.labels("class", value: Array("\(place + 2)xx".utf8)), count)
            }
        )
        page.counters(
            "roost_proposals_failed_total",
            help: "Writes without an answer: certainly not applied, or perhaps.",
            of: [
                ([("outcome", Array("not-applied".utf8))], unproposedCounts[0]),
                ([("outcome", Array("unknown".utf8))], unproposedCounts[1]),
            ]
        )
    }

    private func appendLog(to page: inout MetricsPage, _ surroundings: Surroundings) {
        page.gauge(
            "roost_proposals_pending",
            help: "Writes of clients here that have no answer yet.",
            value: UInt64(clamping: surroundings.pendingWriteCount)
        )
        page.gauge(
            "roost_reads_pending",
            help: "Linearizable reads that have no answer yet.",
            value: UInt64(clamping: surroundings.pendingReadCount)
        )
        page.counter("roost_turns_total", help: "Turns of the deciding thread.", value: turnCount)
        page.counter(
            "roost_log_batches_total",
            help: "Writes of the log, one sync each.",
            value: logBatchCount
        )
        page.counter(
            "roost_log_write_seconds_total",
            help: "What they took until they were durable.",
            nanoseconds: surroundings.logWrites.nanoseconds
        )
        page.counter(
            "roost_log_slow_batches_total",
            help: "Those slower than the election timeout.",
            value: surroundings.logWrites.slowCount
        )
    }

    private func appendPeers(to page: inout MetricsPage, _ surroundings: Surroundings) {
        let peers = surroundings.peers
        page.counter(
            "roost_peer_frames_received_total",
            help: "Frames from other members.",
            value: peers.receivedFrameCount
        )
        page.counter(
            "roost_peer_received_bytes_total",
            help: "Their bytes.",
            value: peers.receivedByteCount
        )
        page.counter(
            "roost_peer_frames_sent_total",
            help: "Frames to other members.",
            value: peers.sentFrameCount
        )
        page.counter(
            "roost_peer_sent_bytes_total",
            help: "Their bytes.",
            value: peers.sentByteCount
        )
        page.gauge(
            "roost_peer_links",
            help: "Open links to other members.",
            value: UInt64(clamping: surroundings.linkCount)
        )
        page.gauge(
            "roost_kept_leases",
            help: "Leases that connections here keep alive.",
            value: UInt64(clamping: surroundings.keptLeaseCount)
        )
    }
}

extension ClientExcess.Limit {
    fileprivate var label: [UInt8] {
        switch self {
        case .requests: Array("requests".utf8)
        case .bytes: Array("bytes".utf8)
        case .underWay: Array("under-way".utf8)
        }
    }
}
