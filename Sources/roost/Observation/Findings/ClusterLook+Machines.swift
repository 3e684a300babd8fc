internal import Wire

// What stands around the members: clocks, disks, the network, limits.

extension ClusterLook {
    /// Of all members that answered, in the order of their names.
    fileprivate var answered: [(member: Member, answer: MemberAnswer)] {
        members.compactMap { member in member.answer.map { (member, $0) } }
    }

    /// `n1 1.2 ms, n2 -`
    fileprivate func each(_ text: (MemberAnswer) -> String?) -> String {
        guard !answered.isEmpty else { return "nobody answers" }
        return answered.map { "\($0.member.name) \(text($0.answer) ?? "-")" }
            .joined(separator: ", ")
    }

    // MARK: - Clocks

    private static let clockMillisecondsMax: UInt64 = 1_000

    var checkupOfClocks: Checkup {
        let clocks = answered.compactMap { member, answer in
            answer.clock.map { (name: member.name, reading: $0) }
        }
        var findings = clocks.filter { $0.reading.gapMilliseconds > Self.clockMillisecondsMax }
            .map { clock in
                Ailment(
                    "the clock of \(clock.name) is \(clock.reading.words) of this machine's",
                    advice: Self.clockAdvice
                )
            }
        let first = clocks.min { $0.reading.offsetMilliseconds < $1.reading.offsetMilliseconds }
        let last = clocks.max { $0.reading.offsetMilliseconds < $1.reading.offsetMilliseconds }
        if let first, let last {
            let gap = ClockReading.gapMilliseconds(between: first.reading, and: last.reading)
            if gap > Self.clockMillisecondsMax {
                let time = People.duration(milliseconds: gap)
                let what = "the clocks of \(first.name) and \(last.name) are \(time) or more apart"
                findings.append(Ailment(what, advice: Self.clockAdvice))
            }
        }
        return Checkup(.clocks, measured: each { $0.clock?.words }, findings: findings)
    }

    private static let clockAdvice =
        "let chrony or systemd-timesyncd keep the clocks of both machines (timedatectl shows it); "
        + "leases and elections do not depend on it, the times that people read do"

    // MARK: - Disks

    /// A hundredth of the syncs may take longer than this.
    static let syncNanosecondsMax: UInt64 = 100_000_000
    /// A snapshot is written beside what there is.
    private static let freeByteCountMin: UInt64 = 1 << 30

    var checkupOfDisks: Checkup {
        let measured = each { answer in
            let syncs = answer.metrics.histogram("roost_log_fdatasync_seconds")
            return syncs?.quantile(percent: 99).map { "p99 \(Figure.time(nanoseconds: $0))" }
        }
        let findings = answered.flatMap { member, answer in
            [
                Self.slowness(of: member, answer), Self.delays(of: member, answer),
                Self.shortage(of: member, answer),
            ].compactMap(\.self)
        }
        return Checkup(.disks, measured: measured, findings: findings)
    }

    private static func slowness(of member: Member, _ answer: MemberAnswer) -> Ailment? {
        let syncs = answer.metrics.histogram("roost_log_fdatasync_seconds")
        guard let syncs, let tail = syncs.quantile(percent: 99), let mean = syncs.meanNanoseconds,
            tail > syncNanosecondsMax
        else { return nil }
        return Ailment(
            "the disk of \(member.name) is slow: a sync of the log takes "
                + "\(Figure.time(nanoseconds: mean)), one of a hundred "
                + "\(Figure.time(nanoseconds: tail)) or more",
            advice: "give its --data-dir a disk of its own with power-loss protection; "
                + "'roost doctor --data-dir DIR' there measures what a disk can do"
        )
    }

    private static func delays(of member: Member, _ answer: MemberAnswer) -> Ailment? {
        guard let count = answer.metrics.whole("roost_log_slow_batches_total"), count > 0 else {
            return nil
        }
        return Ailment(
            "\(Figure.count(count)) writes of \(member.name)'s log took longer than the election "
                + "timeout since it began",
            advice: "what else writes to that disk? Where it can't be faster, give all members an "
                + "--election-timeout of at least three times a slow sync"
        )
    }

    private static func shortage(of member: Member, _ answer: MemberAnswer) -> Ailment? {
        if answer.metrics.whole("roost_disk_reserve_used") == 1 {
            return Ailment(
                "the disk of \(member.name) is full: only what relieves it is written",
                advice: "make room there, or delete keys; runbooks.md has it under 'A disk is full'"
            )
        }
        guard let free = answer.status["disk_free_bytes"]?.whole,
            let used = answer.status["data_bytes"]?.whole, free < max(used, freeByteCountMin)
        else { return nil }
        return Ailment(
            "the disk of \(member.name) has \(People.size(free)) free, and its data "
                + "\(People.size(used))",
            advice: "make room: a snapshot is written beside what there is, and with less than "
                + "--disk-reserve free writes are refused"
        )
    }

    // MARK: - Round trips

    /// The election timeout that none is told of.
    private static let electionMilliseconds: UInt64 = 1_000
    /// So many round trips at least have to fit into an election timeout.
    private static let tripsAnElection: UInt64 = 10

    var checkupOfRoundTrips: Checkup {
        var slowest = ""
        var slowestNanoseconds: UInt64 = 0
        var findings: [Ailment] = []
        for (member, answer) in answered {
            let timeout = answer.milliseconds("election_timeout") ?? Self.electionMilliseconds
            for other in members where other.id != member.id {
                guard let trip = answer.meanRoundTrip(to: other.name) else { continue }
                if trip >= slowestNanoseconds {
                    slowestNanoseconds = trip
                    slowest =
                        ", \(Figure.time(nanoseconds: trip)) from \(member.name) to \(other.name)"
                }
                guard trip / 1_000_000 > timeout / Self.tripsAnElection else { continue }
                findings.append(Self.distance(from: member, to: other, trip: trip, timeout))
            }
        }
        let here = each { Figure.time(nanoseconds: $0.roundTripNanoseconds) }
        return Checkup(
            .roundTrips,
            measured: "from here \(here)\(slowest)",
            findings: findings + [disagreement].compactMap(\.self)
        )
    }

    private static func distance(
        from member: Member,
        to other: Member,
        trip: UInt64,
        _ timeout: UInt64
    ) -> Ailment {
        Ailment(
            "from \(member.name) to \(other.name) and back takes \(Figure.time(nanoseconds: trip)), "
                + "more than a tenth of the election timeout (\(timeout) ms)",
            advice: "give all members an --election-timeout of at least ten round trips, and a "
                + "--heartbeat of about one; or move them nearer to each other"
        )
    }

    private var disagreement: Ailment? {
        let timeouts = Set(answered.compactMap { $0.answer.milliseconds("election_timeout") })
        guard timeouts.count > 1 else { return nil }
        let told = each { $0.milliseconds("election_timeout").map { "\($0) ms" } }
        return Ailment(
            "the members' election timeouts differ: \(told)",
            advice: "give all of them the same --election-timeout: the one with the shortest "
                + "campaigns against the others"
        )
    }

    // MARK: - Builds, limits, backups

    var checkupOfVersions: Checkup {
        let builds = Set(answered.map(\.answer.build))
        let told = each(\.build)
        guard builds.count > 1 else {
            return Checkup(.versions, measured: builds.first ?? "-", findings: [])
        }
        let finding = Ailment(
            "the members run different builds: \(told)",
            advice: "finish the upgrade: replace the binary of the others one after another, each "
                + "once the last is ready ('roost ready --all')"
        )
        return Checkup(.versions, measured: "\(builds.count) builds", findings: [finding])
    }

    /// With fewer a crowd of clients is turned away.
    private static let descriptorCountMin: UInt64 = 4_096

    var checkupOfLimits: Checkup {
        let findings = answered.compactMap { member, answer -> Ailment? in
            guard let limit = answer.metrics.whole("process_max_fds") else { return nil }
            let count = answer.metrics.whole("process_open_fds") ?? 0
            let isTight = count > limit - limit / 5
            guard isTight || limit < Self.descriptorCountMin else { return nil }
            return Ailment(
                "\(member.name) may open \(Figure.count(limit)) files and connections, and has "
                    + Figure.count(count),
                advice: "raise its hard limit (LimitNOFILE= of the unit, or ulimit -Hn); roost "
                    + "takes all that it allows"
            )
        }
        let measured = each { answer in
            guard let limit = answer.metrics.whole("process_max_fds") else { return nil }
            let count = answer.metrics.whole("process_open_fds").map(Figure.count) ?? "-"
            return "\(count) of \(Figure.count(limit)) files"
        }
        return Checkup(
            .limits,
            measured: measured,
            findings: findings + [nearQuota].compactMap(\.self)
        )
    }

    /// All members have the same keys; whoever has applied most tells.
    private var nearQuota: Ailment? {
        let used = answered.compactMap { $0.answer.metrics.whole("roost_key_bytes") }.max() ?? 0
        let quota = answered.compactMap { $0.answer.metrics.whole("roost_quota_bytes") }.max() ?? 0
        guard quota > 0, used > quota - quota / 5 else { return nil }
        return Ailment(
            "keys and values have \(People.size(used)) of the quota of \(People.size(quota))",
            advice: "delete keys, or raise it: 'roost settings quota'"
        )
    }

    // MARK: - Certificates

    /// A certificate that ends within so many seconds is told: two weeks.
    private static let certificateSecondsMin: UInt64 = 14 * 86_400

    /// Nil where no member has one.
    var checkupOfCertificates: Checkup? {
        let ends = answered.flatMap { member, answer in
            answer.metrics.samples("roost_certificate_expiry_seconds").compactMap { sample in
                sample.value.whole.map {
                    (name: member.name, file: sample.label("file") ?? [], seconds: $0)
                }
            }
        }
        guard let first = ends.map(\.seconds).min() else { return nil }
        let findings = ends.filter { $0.seconds < Self.certificateSecondsMin }.map { end in
            let file = TerminalText.word(end.file)
            let time = People.duration(milliseconds: end.seconds &* 1000)
            return Ailment(
                end.seconds == 0
                    ? "the certificate \(file) of \(end.name) has ended"
                    : "the certificate \(file) of \(end.name) ends in \(time)",
                advice: "'roost certs renew' makes one with the same names, where 'roost certs' "
                    + "made it; bring it and its key there, and the member reads them by itself"
            )
        }
        let time = People.duration(milliseconds: first &* 1000)
        return Checkup(
            .certificates,
            measured: first == 0 ? "one has ended" : "the first ends in \(time)",
            findings: findings
        )
    }

    var checkupOfBackups: Checkup? {
        let intervals = answered.compactMap {
            $0.answer.metrics.whole("roost_backup_interval_seconds")
        }
        guard let interval = intervals.max() else { return nil }
        let ages = answered.compactMap { $0.answer.metrics.whole("roost_backup_age_seconds") }
        let every = People.duration(milliseconds: interval &* 1000)
        guard let age = ages.min() else {
            let what = "no member has made a regular backup, which is due every \(every)"
            let finding = Ailment(what, advice: Self.backupAdvice)
            return Checkup(.backups, measured: "none", findings: [finding])
        }
        let time = People.duration(milliseconds: age &* 1000)
        let isLate = age / 2 > interval
        let finding = Ailment(
            "the newest regular backup is \(time) old, and one is due every \(every)",
            advice: Self.backupAdvice
        )
        let measured = "the newest is \(time) old"
        return Checkup(.backups, measured: measured, findings: isLate ? [finding] : [])
    }

    private static let backupAdvice =
        "the logs of the members that make them tell why (backup-failed); 'roost snapshot save' "
        + "makes one at once"
}

extension MemberAnswer {
    /// The mean of its pings of another member, in nanoseconds; nil where there were none.
    func meanRoundTrip(to name: String) -> UInt64? {
        metrics.histogram("roost_peer_round_trip_seconds", label: ("peer", Array(name.utf8)))?
            .meanNanoseconds
    }
}
