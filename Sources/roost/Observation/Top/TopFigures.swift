internal import Bytes
internal import Wire

/// What happened between two samples, as `roost top` shows it: rates a second, latencies by stage.
package struct TopFigures: Sendable {
    /// What one member did.
    struct MemberFigures: Sendable {
        let member: ClusterLook.Member
        /// How far it is behind, as the leader knows: entries, and milliseconds.
        let lagEntryCount: UInt64?
        let lagMilliseconds: UInt64?
        /// In thousandths of one processor.
        let processorShare: UInt64?
        let requests: UInt64?
        /// Of its log's syncs in between; those since it began where there were none.
        let syncs: HistogramReading?
    }

    /// One part of the way of writes or reads.
    struct Stage: Sendable {
        let name: String
        let reading: HistogramReading
    }

    /// Things a second, of the whole cluster.
    struct Rates: Sendable {
        /// Carried out through the log.
        let writes: UInt64
        /// Linearizable ones.
        let reads: UInt64
        /// Revisions of the store.
        let changes: UInt64
        /// How often a watch told what there was.
        let tellings: UInt64
        /// HTTP requests.
        let requests: UInt64
    }

    package let sample: TopSample
    /// Between the samples; at least 1.
    package let nanoseconds: UInt64
    let members: [MemberFigures]
    let stages: [Stage]
    let rates: Rates

    package init(from before: TopSample, to sample: TopSample) {
        let nanoseconds = max(1, sample.takenAt.nanoseconds(since: before.takenAt))
        let span = TopSpan(before: before.look, after: sample.look, nanoseconds: nanoseconds)
        self.sample = sample
        self.nanoseconds = nanoseconds
        members = sample.look.members.map(span.figures(of:))
        stages = span.stages
        rates = Rates(
            writes: span.writes,
            reads: span.rate { $0.count(of: "roost_read_stage_seconds", stage: "confirm") },
            changes: span.changes,
            tellings: span.rate { $0.histogram("roost_watch_lag_seconds")?.count },
            requests: span.rate { $0.whole("roost_requests_total") }
        )
    }

    /// The sum over all members that answer.
    func total(_ name: String) -> UInt64 {
        members.reduce(0) { $0 &+ ($1.member.answer?.metrics.whole(name) ?? 0) }
    }

    /// What the leader tells of the shared state, or whoever is furthest.
    func shared(_ name: StaticString) -> UInt64? {
        let leader = sample.look.leader?.answer?.status[name]?.whole
        return leader ?? members.compactMap { $0.member.answer?.status[name]?.whole }.max()
    }
}

/// The time between two looks, and how counts changed over it.
private struct TopSpan {
    let before: ClusterLook
    let after: ClusterLook
    let nanoseconds: UInt64

    private func earlier(_ member: ClusterLook.Member) -> MemberAnswer? {
        before.members.first { $0.id == member.id }?.answer
    }

    private func perSecond(_ count: UInt64) -> UInt64 {
        let (high, low) = count.multipliedFullWidth(by: 1_000_000_000)
        return high >= nanoseconds ? .max : nanoseconds.dividingFullWidth((high, low)).quotient
    }

    /// How much a count of one member grew a second; nil where one of the two looks lacks it.
    private func rate(
        of member: ClusterLook.Member,
        _ count: (MetricsReading) -> UInt64?
    ) -> UInt64? {
        guard let now = member.answer.flatMap({ count($0.metrics) }),
            let before = earlier(member).flatMap({ count($0.metrics) })
        else { return nil }
        // A process that began anew counts from zero.
        return perSecond(now >= before ? now - before : now)
    }

    func rate(_ count: (MetricsReading) -> UInt64?) -> UInt64 {
        after.members.reduce(0) { $0 &+ (rate(of: $1, count) ?? 0) }
    }

    var writes: UInt64 {
        after.leader.flatMap { leader in
            rate(of: leader) { $0.count(of: "roost_write_stage_seconds", stage: "commit") }
        } ?? 0
    }

    var changes: UInt64 {
        func revision(_ look: ClusterLook) -> UInt64? {
            look.members.compactMap { $0.answer?.status["revision"]?.whole }.max()
        }
        guard let now = revision(after), let then = revision(before), now >= then else { return 0 }
        return perSecond(now - then)
    }

    func figures(of member: ClusterLook.Member) -> TopFigures.MemberFigures {
        let row = after.leader?.answer?.row(of: member.id)
        var lag: UInt64?
        if case .number(let seconds)? = row?["lag"] {
            lag = TimeSpan(seconds: seconds)?.milliseconds
        }
        let syncs = member.answer?.metrics.histogram("roost_log_fdatasync_seconds")
        let syncsBefore = earlier(member)?.metrics.histogram("roost_log_fdatasync_seconds")
        let recent = syncs.flatMap { now in syncsBefore.map(now.since) }
        return TopFigures.MemberFigures(
            member: member,
            lagEntryCount: row?["lag_entries"]?.whole,
            lagMilliseconds: lag,
            processorShare: rate(of: member) { page in
                page.samples("process_cpu_seconds_total").first?.value
                    .truncated(multipliedBy: 1_000)
            },
            requests: rate(of: member) { $0.whole("roost_requests_total") },
            syncs: recent.flatMap { $0.count > 0 ? $0 : nil } ?? syncs
        )
    }

    var stages: [TopFigures.Stage] {
        guard let leader = after.leader, let page = leader.answer?.metrics else { return [] }
        let writes = WriteStage.allCases.compactMap { stage in
            stage.reading(in: page, since: earlier(leader)?.metrics ?? page).map {
                TopFigures.Stage(name: "write \(stage.rawValue)", reading: $0)
            }
        }
        let reads = ["confirm", "apply"].compactMap { name -> TopFigures.Stage? in
            let label = (name: "stage" as StaticString, value: Array(name.utf8))
            guard let now = page.histogram("roost_read_stage_seconds", label: label) else {
                return nil
            }
            let before = earlier(leader)?.metrics
                .histogram("roost_read_stage_seconds", label: label)
            return TopFigures.Stage(name: "read \(name)", reading: now.since(before ?? now))
        }
        return writes + reads
    }
}

extension MetricsReading {
    /// How many a histogram of stages counted.
    fileprivate func count(of name: String, stage: String) -> UInt64? {
        histogram(name, label: ("stage", Array(stage.utf8)))?.count
    }
}
