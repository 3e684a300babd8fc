internal import Wire

/// What `roost top` shows of its figures: lines, the most important first, so that a small window
/// shows those.
package struct TopPage: Sendable {
    /// A line, and whether it heads those below it.
    package struct Line: Hashable, Sendable {
        package let text: String
        package let isTitle: Bool
    }

    /// More contests are only counted.
    private static let contestCountMax = 20

    package private(set) var lines: [Line] = []

    package init(_ figures: TopFigures) {
        append([Self.headline(of: figures), Self.rates(of: figures), Self.state(of: figures)])
        lines = lines.enumerated().map { Line(text: $1.text, isTitle: $0 == 0) }
        append(Self.members(of: figures))
        if figures.stages.contains(where: { $0.reading.count > 0 }) {
            append(Self.stages(of: figures))
        }
        append(contests: figures.sample.locks, title: "LOCK", now: figures.sample.time)
        append(contests: figures.sample.elections, title: "ELECTION", now: figures.sample.time)
    }

    private mutating func append(_ texts: [String]) {
        lines += texts.map { Line(text: TerminalText.prose($0), isTitle: false) }
    }

    /// A table stands behind an empty line.
    private mutating func append(_ table: Table) {
        lines.append(Line(text: "", isTitle: false))
        lines += table.lines.enumerated().map { Line(text: $1, isTitle: $0 == 0) }
    }

    private static func headline(of figures: TopFigures) -> String {
        let look = figures.sample.look
        let answering = look.members.count { $0.answer != nil }
        let leader = look.leader.map { leader in
            let time = leader.answer?.milliseconds("leader_for").map {
                " for \(People.duration(milliseconds: $0))"
            }
            return "\(leader.name) leads\(time ?? "")"
        }
        var time: [UInt8] = []
        time.append(unixMilliseconds: figures.sample.time.unixMilliseconds)
        return
            "\(answering) of \(look.members.count) members answer, \(leader ?? "nobody leads")   "
            + People.time(.string(time))
    }

    private static func rates(of figures: TopFigures) -> String {
        let rates = figures.rates
        return
            "a second: \(Figure.count(rates.writes)) writes, \(Figure.count(rates.reads)) reads, "
            + "\(Figure.count(rates.changes)) changes, \(Figure.count(rates.tellings)) told to "
            + "watches, \(Figure.count(rates.requests)) requests"
    }

    private static func state(of figures: TopFigures) -> String {
        func shared(_ name: StaticString) -> String {
            figures.shared(name).map(Figure.count) ?? "-"
        }
        return
            "revision \(shared("revision")), \(shared("keys")) keys, \(shared("leases")) leases, "
            + "\(shared("holders")) held, \(shared("waiters")) waiting, "
            + "\(Figure.count(figures.total("roost_watches"))) watches, "
            + "\(Figure.count(figures.total("roost_connections"))) connections"
    }

    private static func members(of figures: TopFigures) -> Table {
        var table = Table(titles: [
            "NAME", "ROLE", "TERM", "LAG", "BEHIND", "REQ/S", "CPU", "MEMORY", "DATA", "WATCHES",
            "SYNC P50", "P99", "READY",
        ])
        for row in figures.members {
            guard let answer = row.member.answer else {
                table.append([row.member.name, "no answer: \(row.member.silence)"])
                continue
            }
            func size(_ name: StaticString) -> String {
                answer.status[name]?.whole.map(People.size) ?? "-"
            }
            table.append([
                row.member.name, answer.role, "\(answer.term)",
                row.lagEntryCount.map(Figure.count) ?? "-",
                row.lagMilliseconds.map(People.duration(milliseconds:)) ?? "-",
                row.requests.map(Figure.count) ?? "-",
                row.processorShare.map { "\($0 / 10) %" } ?? "-", size("resident_bytes"),
                size("data_bytes"), answer.status["watches"]?.plainText ?? "-",
                time(row.syncs, percent: 50), time(row.syncs, percent: 99),
                answer.unreadyReasons.isEmpty
                    ? "yes" : answer.unreadyReasons.joined(separator: "; "),
            ])
        }
        return table
    }

    private static func stages(of figures: TopFigures) -> Table {
        var table = Table(titles: ["STAGE", "PER SECOND", "MEAN", "P50", "P99"])
        for stage in figures.stages {
            table.append([
                stage.name,
                Figure.rate(stage.reading.count, nanoseconds: figures.nanoseconds),
                stage.reading.meanNanoseconds.map(Figure.time(nanoseconds:)) ?? "-",
                time(stage.reading, percent: 50), time(stage.reading, percent: 99),
            ])
        }
        return table
    }

    private static func time(_ reading: HistogramReading?, percent: UInt64) -> String {
        reading?.quantile(percent: percent).map(Figure.time(nanoseconds:)) ?? "-"
    }

    /// The longest queues first.
    private mutating func append(contests: [JSONValue], title: String, now: PointInTime) {
        guard !contests.isEmpty else { return }
        var table = Table(titles: [title, "HELD BY", "FOR", "ENDS IN", "WAITING"])
        let ordered = contests.enumerated().sorted { left, right in
            let (one, other) = (Self.waiting(left.element), Self.waiting(right.element))
            return one == other ? left.offset < right.offset : one > other
        }
        for (_, contest) in ordered.prefix(Self.contestCountMax) {
            let holders = contest["holders"]?.array ?? []
            let names = holders.prefix(3).map { $0["owner"]?.plainText ?? "-" }
            let more = holders.count > 3 ? " and \(holders.count - 3) more" : ""
            table.append([
                contest["name"]?.plainText ?? "-", names.joined(separator: ", ") + more,
                Self.age(holders.first, now: now), Self.rest(holders.first),
                Figure.count(Self.waiting(contest)),
            ])
        }
        append(table)
        let hiddenCount = contests.count - Self.contestCountMax
        if hiddenCount > 0 { append(["and \(hiddenCount) more: 'roost locks' lists all"]) }
    }

    private static func waiting(_ contest: JSONValue) -> UInt64 { contest["waiting"]?.whole ?? 0 }

    private static func age(_ holder: JSONValue?, now: PointInTime) -> String {
        guard let since = holder?["since"]?.string.flatMap(PointInTime.init(parsing:)) else {
            return "-"
        }
        let milliseconds = now.unixMilliseconds - min(since, now).unixMilliseconds
        return People.duration(milliseconds: milliseconds)
    }

    private static func rest(_ holder: JSONValue?) -> String {
        guard case .number(let seconds)? = holder?["remaining"],
            let time = TimeSpan(seconds: seconds)
        else { return "-" }
        return People.duration(milliseconds: time.milliseconds)
    }

    func text(for console: Console) -> String {
        lines.map { line in
            (line.isTitle ? console.emphasised(line.text, emphasis: .strong) : line.text) + "\n"
        }.joined()
    }
}
