internal import Wire

/// Where the time of a cluster's writes goes, by stage, and what to do about the largest.
package struct WriteExplanation: Sendable {
    /// What the figures are of.
    package enum Extent: Hashable, Sendable {
        /// The time between two looks, in nanoseconds.
        case interval(UInt64)
        /// Nothing was written between them: since the leader's process began.
        case lifetime
    }

    private struct Follower: Sendable {
        let name: String
        /// Means, in nanoseconds.
        let sync: UInt64?
        let trip: UInt64?
    }

    private let leader: String
    private let extent: Extent
    private let stages: [(stage: WriteStage, reading: HistogramReading)]
    private let followers: [Follower]

    /// Nil where no member that answers leads.
    ///
    /// - Parameter nanoseconds: between the two looks.
    package init?(before: ClusterLook, after: ClusterLook, nanoseconds: UInt64) {
        guard let leader = after.leader, let answer = leader.answer else { return nil }
        func earlier(_ member: ClusterLook.Member) -> MetricsReading? {
            before.members.first { $0.id == member.id }?.answer?.metrics
        }
        func stages(since earlier: MetricsReading?) -> [(WriteStage, HistogramReading)] {
            WriteStage.allCases.compactMap { stage in
                stage.reading(in: answer.metrics, since: earlier).map { (stage, $0) }
            }
        }
        let recent = stages(since: earlier(leader))
        let isRecent = earlier(leader) != nil && recent.contains { $0.1.count > 0 }
        self.leader = leader.name
        extent = isRecent ? .interval(nanoseconds) : .lifetime
        self.stages = isRecent ? recent : stages(since: nil)
        followers = after.voters.filter { $0.id != leader.id }.map { member in
            let before = isRecent ? earlier(member) : nil
            return Follower(
                name: member.name,
                sync: member.answer?.metrics.recent("roost_log_fdatasync_seconds", since: before),
                trip: answer.metrics.recent(
                    "roost_peer_round_trip_seconds",
                    label: ("peer", Array(member.name.utf8)),
                    since: isRecent ? earlier(leader) : nil
                )
            )
        }
    }

    private var count: UInt64 { stages.map(\.reading.count).max() ?? 0 }

    private func mean(_ stage: WriteStage) -> UInt64 {
        stages.first { $0.stage == stage }?.reading.meanNanoseconds ?? 0
    }

    /// What a client of the leader waits for, in nanoseconds.
    private var whole: UInt64 {
        mean(.queue) &+ mean(.commit) &+ mean(.apply) &+ mean(.respond)
    }

    /// The stage that takes most of it; nil where nothing was written. Of what goes on side by side,
    /// the log here and at the followers, only the slower counts.
    package var dominant: WriteStage? {
        guard count > 0 else { return nil }
        let isRemote = mean(.replicate) >= mean(.append) &+ mean(.fdatasync)
        let way: [WriteStage] = isRemote ? [.replicate] : [.append, .fdatasync]
        return ([.queue] + way + [.apply, .respond]).max { mean($0) < mean($1) }
    }

    package var explanation: Explanation {
        guard let dominant else {
            return Explanation(["\(leader) leads, and has carried out no write since it began."])
        }
        let share = whole > 0 ? min(100, mean(dominant) &* 100 / whole) : 0
        let span =
            switch extent {
            case .interval(let nanoseconds):
                "\(Figure.count(count)) writes in \(Figure.time(nanoseconds: nanoseconds)) "
                    + "(\(Figure.rate(count, nanoseconds: nanoseconds)))"
            case .lifetime:
                "nothing was written meanwhile; \(Figure.count(count)) writes since it began"
            }
        return Explanation(
            [
                "\(leader) leads: \(span), \(Figure.time(nanoseconds: whole)) each.",
                "Most of that, \(share) %, is \(dominant.rawValue): \(dominant.meaning).",
            ] + (dominant == .replicate ? [distances].compactMap(\.self) : []),
            advice: [dominant.advice]
        )
    }

    private var distances: String? {
        let told = followers.map { follower in
            let sync = follower.sync.map(Figure.time(nanoseconds:)) ?? "-"
            let trip = follower.trip.map(Figure.time(nanoseconds:)) ?? "-"
            return "\(follower.name) \(trip) there and back, \(sync) a sync"
        }
        return told.isEmpty ? nil : "The followers: \(told.joined(separator: "; "))."
    }

    /// The sentences, then a row a stage.
    func text(for console: Console) -> String {
        guard count > 0 else { return explanation.text }
        var table = Table(titles: ["STAGE", "MEAN", "P99", "NOTE"])
        for (stage, reading) in stages {
            let mean = reading.meanNanoseconds.map(Figure.time(nanoseconds:)) ?? "-"
            let tail = reading.quantile(percent: 99).map(Figure.time(nanoseconds:)) ?? "-"
            table.append([
                stage.rawValue, mean, tail, stage == dominant ? "<- most of it" : stage.aside,
            ])
        }
        return explanation.text + "\n" + table.text(for: console)
    }

    /// Means and quantiles are in seconds.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("leader", string: Array(leader.utf8))
        json.name("interval")
        if case .interval(let nanoseconds) = extent {
            json.seconds(milliseconds: nanoseconds / 1_000_000)
        } else {
            json.null()
        }
        json.member("writes", number: count)
        json.member("dominant", optional: dominant?.rawValue)
        json.name("stages")
        json.beginArray()
        for (stage, reading) in stages {
            json.beginObject()
            json.member("stage", string: Array(stage.rawValue.utf8))
            json.member("count", number: reading.count)
            json.member("mean_nanoseconds", optional: reading.meanNanoseconds)
            json.member("p50_nanoseconds", optional: reading.quantile(percent: 50))
            json.member("p99_nanoseconds", optional: reading.quantile(percent: 99))
            json.endObject()
        }
        json.endArray()
        explanation.write(to: &json)
        json.endObject()
        return json.output
    }
}

extension MetricsReading {
    /// The mean of a histogram in nanoseconds since an earlier page.
    fileprivate func recent(
        _ name: String,
        label: (name: StaticString, value: [UInt8])? = nil,
        since earlier: MetricsReading?
    ) -> UInt64? {
        guard let now = histogram(name, label: label) else { return nil }
        let before = earlier?.histogram(name, label: label)
        return (before.map(now.since) ?? now).meanNanoseconds
    }
}

extension WriteStage {
    fileprivate var meaning: String {
        switch self {
        case .queue: "writes wait until they are in the log"
        case .append: "the log's disk is still busy with the writes before"
        case .fdatasync: "the leader's disk makes them durable"
        case .replicate: "so many followers hold them that a majority does"
        case .commit: "a majority holds them"
        case .apply: "they are committed, and wait for the turn that carries them out"
        case .respond: "they are carried out, and the answers sent"
        }
    }

    fileprivate var aside: String {
        switch self {
        case .append, .fdatasync, .replicate: "within commit"
        case .queue, .commit, .apply, .respond: ""
        }
    }

    fileprivate var advice: String {
        switch self {
        case .queue:
            "see 'roost explain leader': writes wait here while nobody leads, or while more is "
                + "under way than the leader takes at once"
        case .append, .fdatasync:
            "a disk with power-loss protection that nothing else uses: 'roost doctor --data-dir "
                + "DIR' on the leader's machine measures one; 'roost leader transfer' lets a member "
                + "with a faster disk lead"
        case .replicate, .commit:
            "where a round trip is what takes long, members nearer to each other; where it is a "
                + "sync, faster disks for the followers ('roost doctor' compares them)"
        case .apply, .respond:
            "the leader has much else to do: look at its processor, at large transactions and "
                + "listings (serve --slow 100ms tells which), and let stale reads go to others"
        }
    }
}
