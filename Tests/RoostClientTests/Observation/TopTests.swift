import Bytes
import Platform
import Testing
import Wire
import roost

@Suite("roost top: what two samples come to, and how a screen shows it (Docs/cli.md)")
struct TopTests {
    private static func page(writes: UInt64, requests: UInt64, syncNanoseconds: UInt64) -> String {
        var (stage, sync) = (DurationHistogram(), DurationHistogram())
        stage.add(nanoseconds: 2_000_000, count: writes)
        sync.add(nanoseconds: syncNanoseconds, count: writes)
        var page = MetricsPage()
        page.histograms(
            "roost_write_stage_seconds",
            help: "Stages.",
            of: [(MetricsPage.labels("stage", value: Array("commit".utf8)), stage)]
        )
        page.histogram("roost_log_fdatasync_seconds", help: "Syncs.", of: sync)
        page.counter("roost_requests_total", help: "Requests.", value: requests)
        page.counter("process_cpu_seconds_total", help: "CPU.", nanoseconds: requests * 1_000_000)
        page.gauge("roost_watches", help: "Watches.", value: 3)
        return String(decoding: page.bytes, as: UTF8.self)
    }

    private static func sample(
        _ cluster: StagedCluster,
        atSecond second: UInt64,
        locks: String = "[]"
    ) throws -> TopSample {
        TopSample(
            try cluster.look,
            takenAt: MonotonicTime(rawValue: second * 1_000_000_000),
            time: PointInTime(unixMilliseconds: 1_000_000 + second * 1000),
            locks: try JSONValue(parsing: Array(locks.utf8)).array ?? []
        )
    }

    /// Ten writes and thirty requests a second at n1, over two seconds; n3 began anew in between.
    private static func figures(locks: String = "[]") throws -> TopFigures {
        var cluster = StagedCluster()
        cluster["n1"].metrics = page(writes: 100, requests: 1000, syncNanoseconds: 20_000)
        cluster["n3"].metrics = page(writes: 0, requests: 5000, syncNanoseconds: 20_000)
        let before = try sample(cluster, atSecond: 10)
        cluster["n1"].metrics = page(writes: 120, requests: 1060, syncNanoseconds: 20_000)
        cluster["n2"].fault = "refused"
        cluster["n3"].metrics = page(writes: 0, requests: 8, syncNanoseconds: 20_000)
        return TopFigures(from: before, to: try sample(cluster, atSecond: 12, locks: locks))
    }

    @Test("rates are what came in between by the time between; of a new process, all it has")
    func rates() throws {
        let json = try JSONValue(parsing: try Self.figures().json)
        #expect(json["interval"]?.whole == 2 && json["leader"]?.plainText == "n1")
        #expect(json["rates"]?["writes"]?.whole == 10)
        #expect(json["rates"]?["requests"]?.whole == 34)
        let members = json["members"]?.array ?? []
        #expect(members.map { $0["requests"]?.whole } == [30, nil, 4])
        #expect(members[0]["processor_thousandths"]?.whole == 30)
        #expect(members[1]["error"]?.plainText == "refused")
        #expect(json["watches"]?.whole == 6)
        let stage = json["stages"]?.array?.first { $0["stage"]?.plainText == "write commit" }
        #expect(stage?["count"]?.whole == 20 && stage?["mean_nanoseconds"]?.whole == 2_000_000)
    }

    @Test("one sample alone has no rates, and traps nothing")
    func first() throws {
        let sample = try Self.sample(StagedCluster(), atSecond: 1)
        let json = try JSONValue(parsing: TopFigures(from: sample, to: sample).json)
        #expect(json["rates"]?["writes"]?.whole == 0 && json["rates"]?["requests"]?.whole == 0)
    }

    private static func lines(locks: String = "[]") throws -> [String] {
        TopPage(try figures(locks: locks)).lines.map(\.text)
    }

    @Test("members, stages and queues, the longest first")
    func page() throws {
        let locks = #"""
            [{"name":"a","holders":[{"owner":"web1","since":"1970-01-01T00:16:50.000Z",
            "remaining":9.5}],"waiting":0},
            {"name":"b","holders":[{"owner":"x\u001b[2J"},{"owner":"y"}],"waiting":12}]
            """#
        let lines = try Self.lines(locks: locks)
        #expect(lines[0].hasPrefix("2 of 3 members answer, n1 leads for 2 h"))
        #expect(lines[1].hasPrefix("a second: 10 writes, 0 reads, 0 changes"))
        #expect(lines.contains { $0.hasPrefix("n2") && $0.hasSuffix("no answer: refused") })
        #expect(lines.contains { $0.hasPrefix("write commit  10.0/s      2.00 ms") })
        let rows = lines.drop { !$0.hasPrefix("LOCK") }.dropFirst().map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(rows == [#"b "x\u001b[2J", y - - 12"#, "a web1 2 s 9 s 0"])
        #expect(lines.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }

    @Test("with more locks than a screen has room for, the rest is counted")
    func manyLocks() throws {
        let locks = (1...23).map { #"{"name":"l\#($0)","holders":[],"waiting":0}"# }
        let lines = try Self.lines(locks: "[\(locks.joined(separator: ","))]")
        #expect(lines.last == "and 3 more: 'roost locks' lists all")
    }

    @Test("a frame is the window's size exactly, each line cut and erased to its end")
    func frame() throws {
        let lines = TopPage(try Self.figures()).lines
        let size = TerminalScreen.Size(columnCount: 20, rowCount: 6)
        let frame = ScreenFrame(lines, footer: "q quits", size: size)
        let text = String(decoding: frame.bytes, as: UTF8.self)
        #expect(
            text.hasPrefix(
                "\u{1B}[?2026h\u{1B}[H\u{1B}[1m2 of 3 members answe\u{1B}[0m\u{1B}[K\r\n"
            )
        )
        #expect(text.hasSuffix("\r\nq quits\u{1B}[K\u{1B}[J\u{1B}[?2026l"))
        #expect(text.split(separator: "\r\n").count == 6)
        #expect(!text.contains("\u{1B}[2J"), "nothing is shown empty in between")
        let tall = ScreenFrame(
            [],
            footer: "looking",
            size: TerminalScreen.Size(columnCount: 20, rowCount: 3)
        )
        let empty = "\u{1B}[K\r\n\u{1B}[K\r\nlooking\u{1B}[K"
        #expect(String(decoding: tall.bytes, as: UTF8.self).contains(empty))
        for (columnCount, rowCount) in [(1, 1), (0, 0), (1, 2)] {
            let size = TerminalScreen.Size(columnCount: columnCount, rowCount: rowCount)
            let frame = ScreenFrame(lines, footer: "q quits", size: size)
            #expect(
                String(decoding: frame.bytes, as: UTF8.self).split(separator: "\r\n").count <= 2
            )
        }
    }
}
