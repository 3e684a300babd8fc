import Bytes
import Testing
import Wire
import roost

@Suite("roost explain leader: why nobody leads, in words (Docs/cli.md)")
struct LeaderExplanationTests {
    /// What is so, and the words that the sentences have, in this order.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let says: [String]
        let plant: @Sendable (inout StagedCluster) -> Void

        init(
            _ name: String,
            says: [String],
            plant: @escaping @Sendable (inout StagedCluster) -> Void
        ) {
            testDescription = name
            self.says = says
            self.plant = plant
        }
    }

    private static func leaderless(_ cluster: inout StagedCluster) {
        for name in cluster.members.map(\.name) {
            (cluster[name].role, cluster[name].leader) = ("candidate", nil)
            cluster[name].unready = ["no leader is known"]
        }
    }

    private static let rows = [
        Row("one leads", says: ["n1 leads for 2 h, in term 5; it hears 3 of 3", "majority is 2"]) {
            _ in
        },
        Row(
            "one leads that does not hear all",
            says: ["it hears 2 of 3 voters", "refused; n2 heard it within"]
        ) {
            $0["n1"].silent = ["n3"]
            $0["n3"].fault = "refused"
        },
        Row("one follows another", says: ["n1 leads", "n3 follows nobody instead"]) {
            $0["n3"].leader = nil
        },
        Row(
            "the one that is followed cannot be asked",
            says: ["n2 and n3 follow n1, which cannot be asked: refused", "300 to 600 ms"]
        ) { $0["n1"].fault = "refused" },
        Row(
            "too few can be reached",
            says: [
                "Nobody leads. 1 of 3 voters can be asked (n1); a majority is 2.",
                "n2 cannot be reached from here: refused.",
                "n3 cannot be reached from here: no answer in time.",
                "n1 does not hear n2 and n3.", "start 1 of n2 and n3 again",
            ]
        ) {
            leaderless(&$0)
            $0["n2"].fault = "refused"
            $0["n3"].fault = "no answer in time"
            $0["n1"].silent = ["n2", "n3"]
        },
        Row(
            "they do not hear each other",
            says: [
                "Nobody leads. 3 of 3", "n1 does not hear n2 and n3", "n2 does not hear n1 and n3",
                "The most that hear each other are 1", "n3 10.0.0.3:2380",
            ]
        ) {
            leaderless(&$0)
            $0["n1"].silent = ["n2", "n3"]
            $0["n2"].silent = ["n1", "n3"]
        },
        Row(
            "an election is under way",
            says: [
                "Nobody leads", "n2: its disk stalls.", "n1 and n2 hear each other",
                "n2 has the furthest log of those (term 5, entry 101) and can win",
                "n3's log is further (term 6, entry 90); what only it has was never acknowledged",
                "an election takes 300 to 600 ms",
            ]
        ) {
            leaderless(&$0)
            $0["n2"].lastIndex = 101
            $0["n2"].unready.append("its disk stalls")
            ($0["n3"].lastTerm, $0["n3"].lastIndex) = (6, 90)
            for name in ["n1", "n2"] { $0[name].silent = ["n3"] }
        },
    ]

    @Test(arguments: rows)
    func words(_ row: Row) throws {
        var cluster = StagedCluster()
        row.plant(&cluster)
        let explanation = LeaderExplanation(try cluster.look).explanation
        var rest = explanation.text[...]
        for words in row.says {
            let place = rest.firstRange(of: words)
            #expect(place != nil, "'\(words)' is not in '\(rest)'")
            if let place { rest = rest[place.upperBound...] }
        }
    }

    @Test("who waits for others to form a cluster")
    func forming() throws {
        let cluster = StagedCluster(1)
        var member = StagedCluster.Member("n1")
        (member.role, member.leader, member.silent) = ("forming", nil, ["n2", "n3"])
        let answer = try cluster.answer(of: member, at: "10.0.0.1:2379")
        let forming = MemberAnswer(
            status: answer.status,
            list: .null,
            unreadyReasons: [],
            metrics: MetricsReading(),
            clock: nil,
            roundTripNanoseconds: 0,
            address: answer.address
        )
        let look = ClusterLook([.init(address: answer.address, outcome: .answered(forming))])
        let sentences = LeaderExplanation(look).explanation.sentences
        #expect(
            sentences[0] == "n1 at 10.0.0.1:2379 belongs to no cluster yet: it awaits n2 and n3."
        )
    }

    @Test("as JSON: who hears whom, and how far each log is")
    func json() throws {
        var cluster = StagedCluster()
        cluster["n2"].silent = ["n3"]
        cluster["n3"].fault = "refused"
        let json = try JSONValue(parsing: LeaderExplanation(try cluster.look).json)
        #expect(json["leader"]?.plainText == "n1" && json["majority"]?.whole == 2)
        let members = json["members"]?.array ?? []
        #expect(members.map { $0["answers"]?.bool } == [true, true, false])
        #expect(members[1]["hears"]?.plainText == #"["n1"]"#)
        #expect(members[1]["silent"]?.plainText == #"["n3"]"#)
        #expect(members[1]["last_index"]?.whole == 100 && members[2]["last_index"] == .null)
        #expect(members[2]["error"]?.plainText == "refused")
    }
}

@Suite("roost explain write: the stage that takes most (operations.md, The stages of a write)")
struct WriteExplanationTests {
    /// A page of a leader's metrics whose writes took so long, in microseconds.
    private static func page(_ means: [WriteStage: UInt64], count: UInt64) -> String {
        var page = MetricsPage()
        let histograms = WriteStage.allCases.map { stage in
            var histogram = DurationHistogram()
            histogram.add(nanoseconds: (means[stage] ?? 0) * 1000, count: count)
            return (MetricsPage.labels("stage", value: Array(stage.rawValue.utf8)), histogram)
        }
        page.histograms("roost_write_stage_seconds", help: "Stages.", of: histograms)
        return String(decoding: page.bytes, as: UTF8.self)
    }

    private static func explanation(before: String, after: String) throws -> WriteExplanation? {
        var cluster = StagedCluster()
        cluster["n1"].metrics = before
        let first = try cluster.look
        cluster["n1"].metrics = after
        return WriteExplanation(
            before: first,
            after: try cluster.look,
            nanoseconds: 2_000_000_000
        )
    }

    @Test(
        "of what goes on side by side only the slower counts",
        arguments: [
            (
                [.fdatasync: 900, .append: 50, .replicate: 700, .commit: 950, .apply: 20],
                .fdatasync
            ),
            ([.fdatasync: 900, .replicate: 5_000, .commit: 5_000, .respond: 800], .replicate),
            ([.append: 4_000, .fdatasync: 900, .replicate: 100, .commit: 4_900], .append),
            ([.queue: 9_000, .fdatasync: 900, .commit: 900], .queue),
            ([.fdatasync: 100, .commit: 100, .respond: 200], .respond),
            ([.fdatasync: 100, .commit: 100, .apply: 200], .apply),
        ] as [([WriteStage: UInt64], WriteStage)]
    )
    func dominant(_ means: [WriteStage: UInt64], _ dominant: WriteStage) throws {
        let page = Self.page(means, count: 10)
        let answer = try #require(try Self.explanation(before: "", after: page))
        #expect(answer.dominant == dominant)
        #expect(answer.explanation.sentences[1].contains(", is \(dominant.rawValue): "))
        #expect(answer.explanation.advice.count == 1)
    }

    @Test("what was before the first look does not count")
    func difference() throws {
        let before = Self.page([.fdatasync: 90_000, .commit: 90_000], count: 100)
        var cluster = DurationHistogram()
        cluster.add(nanoseconds: 90_000_000, count: 100)
        cluster.add(nanoseconds: 1_000_000, count: 50)
        var page = MetricsPage()
        let stages: [WriteStage] = [.fdatasync, .commit]
        page.histograms(
            "roost_write_stage_seconds",
            help: "Stages.",
            of: stages.map {
                (MetricsPage.labels("stage", value: Array($0.rawValue.utf8)), cluster)
            }
        )
        let after = String(decoding: page.bytes, as: UTF8.self)
        let answer = try #require(try Self.explanation(before: before, after: after))
        #expect(
            answer.explanation.sentences[0]
                == "n1 leads: 50 writes in 2.00 s (25.0/s), 1.00 ms each."
        )
        let json = try JSONValue(parsing: answer.json)
        #expect(json["writes"]?.whole == 50 && json["interval"]?.whole == 2)
    }

    @Test(
        "where nothing was written meanwhile the figures are those since the start; or there are none"
    )
    func idle() throws {
        let page = Self.page([.fdatasync: 100, .commit: 100], count: 7)
        let still = try #require(try Self.explanation(before: page, after: page))
        #expect(still.explanation.sentences[0].contains("nothing was written meanwhile; 7 writes"))
        #expect(try JSONValue(parsing: still.json)["interval"] == .null)
        let none = try #require(try Self.explanation(before: "", after: ""))
        #expect(none.dominant == nil && none.explanation.sentences.count == 1)
        var cluster = StagedCluster()
        cluster["n1"].role = "follower"
        let look = try cluster.look
        #expect(WriteExplanation(before: look, after: look, nanoseconds: 1) == nil)
    }
}

@Suite("roost explain lock and loss")
struct LockAndLossTests {
    private static let now = PointInTime(parsing: Array("2026-11-29T12:00:30.000Z".utf8))

    private static func sentences(_ contest: String, noun: String) throws -> [String] {
        let json = try JSONValue(parsing: Array(contest.utf8))
        let now = try #require(now)
        return LockExplanation(noun, contest: json, now: now).explanation.sentences
    }

    @Test("who holds, since when, until when; who waits, in order")
    func lock() throws {
        let contest = #"""
            {"name":"x","holders":[{"token":7,"owner":"web\u001b1","since":"2026-11-29T12:00:00.000Z",
            "info":"release","lease":"0a","shared":false,"remaining":12.5}],
            "waiters":[{"owner":"a","lease":"0b","shared":true,"remaining":9},
            {"owner":"","lease":"0c","shared":false,"remaining":3}]}
            """#
        #expect(
            try Self.sentences(contest, noun: "lock 'x'") == [
                #""web\u001b1" holds lock 'x' since 2026-11-29T12:00:00Z (30 s), token 7."#,
                "What for: release",
                "Its lease, 0a, ends at 2026-11-29T12:00:42Z, in 12 s, unless it is kept alive until then.",
                "2 wait, in this order:",
                "1. a (shared); its place ends at 2026-11-29T12:00:39Z, in 9 s",
                "2. Somebody without a name; its place ends at 2026-11-29T12:00:33Z, in 3 s",
            ]
        )
        let free = #"{"name":"x","holders":[{"owner":"a","shared":true}],"waiters":[]}"#
        let sentences = try Self.sentences(free, noun: "lock 'x'")
        #expect(sentences[0] == "a shares lock 'x', token -." && sentences.last == "Nobody waits.")
    }

    @Test("who leads an election, and what it proclaims")
    func election() throws {
        let contest =
            #"{"name":"e","token":3,"owner":"a","lease":"0a","value":"h:1","remaining":2}"#
        let sentences = try Self.sentences(contest, noun: "election 'e'")
        #expect(sentences[0] == "a leads election 'e', token 3, and proclaims h:1.")
    }

    private static func loss(_ name: String, in cluster: StagedCluster) throws -> LossExplanation {
        try #require(LossExplanation(of: name, in: try cluster.look))
    }

    @Test("a majority is left or not, by who answers now")
    func majority() throws {
        var cluster = StagedCluster(5)
        #expect(try Self.loss("n5", in: cluster).isMajorityLeft)
        #expect(try Self.loss("n5", in: cluster).explanation.text.contains("1 more may be lost"))
        cluster["n2"].fault = "refused"
        #expect(try Self.loss("n5", in: cluster).explanation.text.contains("no further voter"))
        cluster["n3"].fault = "refused"
        let lost = try Self.loss("n5", in: cluster)
        #expect(!lost.isMajorityLeft && lost.explanation.text.contains("nothing could be written"))
        let gone = try Self.loss("n3", in: cluster)
        #expect(gone.isMajorityLeft && gone.explanation.text.contains("cannot be reached already"))
        #expect(LossExplanation(of: "n6", in: try cluster.look) == nil)
        #expect(try !Self.loss("n1", in: StagedCluster(1)).isMajorityLeft)
    }

    @Test("an observer decides nothing")
    func observer() throws {
        var cluster = StagedCluster(2)
        cluster["n2"].kind = "observer"
        let loss = try Self.loss("n2", in: cluster)
        #expect(loss.explanation.text.contains("Nothing is decided otherwise without it"))
        #expect(try JSONValue(parsing: loss.json)["majority_left"]?.bool == true)
    }

    @Test("the leader's loss costs an election, and connections, watches and backups go with it")
    func burden() throws {
        var cluster = StagedCluster()
        cluster["n1"].metrics = """
            roost_connections 2
            roost_watches 1
            roost_backup_interval_seconds 60
            roost_backup_age_seconds 3

            """
        let alone = try Self.loss("n1", in: cluster).explanation
        #expect(alone.text.contains("Writes wait until another leads: 300 to 600 ms"))
        #expect(alone.text.contains("With it go 2 connections and 1 watch:"))
        #expect(alone.text.contains("It alone makes regular backups"))
        #expect(alone.advice[0].contains("roost leader transfer"))
        cluster["n2"].metrics = "roost_backup_interval_seconds 60\n"
        let text = try Self.loss("n1", in: cluster).explanation.text
        #expect(text.contains("All there are lie in its directory"))
        #expect(try !Self.loss("n2", in: cluster).explanation.text.contains("backup"))
    }
}
