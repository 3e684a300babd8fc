import Bytes
import Testing
import Wire

@testable import roost

@Suite("Points of the past as people write them")
struct PastMomentTests {
    /// 2026-11-30T00:00:00Z.
    private static let now: UInt64 = 1_796_011_200_000

    @Test(
        "revisions, times ago and times",
        arguments: [
            ("12", .revision(12)), ("10m-ago", .time(now - 600_000)),
            ("1.5h-ago", .time(now - 5_400_000)), ("90-ago", .time(now - 90_000)),
            ("2026-11-28T10:00Z", .time(1_795_860_000_000)),
            ("2026-11-28T10:00:05.25Z", .time(1_795_860_005_250)),
            ("2026-11-28 11:30+01:30", .time(1_795_860_000_000)),
            ("2026-11-28T05:00:00-05:00", .time(1_795_860_000_000)),
            ("9000000d-ago", .time(0)),
        ] as [(String, PastMoment)]
    )
    func written(_ text: String, _ moment: PastMoment) throws {
        #expect(try PastMoment(parsing: Array(text.utf8), now: Self.now) == moment)
    }

    @Test(
        "anything else is a usage error",
        arguments: [
            "", "0", "-1", "ago", "-ago", "10x-ago", "10m", "2026-11", "2026-11-31T10:00Z",
            "2026-11-28T24:00Z", "2026-11-28T10:60Z", "2026-11-28T10Z", "2026-11-28T10:00Zz",
            "2026-11-28T10:00+25:00", "2026-11-28T10:00:00.Z", "1969-12-31T23:59:59Z",
            "99999999999999999999", "2027-01-01T00:00Z", "1970-01-01T00:00+10:00", "now",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: Failure.self) {
            try PastMoment(parsing: Array(text.utf8), now: Self.now)
        }
    }

    @Test("a time without a zone is local, a date alone its midnight")
    func local() throws {
        for text in ["2026-11-28T10:00", "2026-11-28"] {
            let written = try #require(WrittenTime(parsing: Array(text.utf8)))
            #expect(written.zone == .local && written.unixMilliseconds == nil)
            guard
                case .time(let time) = try PastMoment(
                    parsing: Array(text.utf8),
                    now: Self.now
                )
            else {
                Issue.record("\(text) is no time")
                continue
            }
            // No zone is further from UTC than fourteen hours.
            let here = written.hour * 3_600_000 + 1_795_824_000_000
            #expect(max(here, time) - min(here, time) <= 14 * 3_600_000)
            #expect(time.isMultiple(of: 900_000))
        }
    }
}

@Suite("Differences of lines")
struct LineDifferenceTests {
    private func lines(_ text: String) -> [ArraySlice<UInt8>] {
        text.map { Array(String($0).utf8)[...] }
    }

    @Test("a script leads from one text to the other, and is as short as can be")
    func shortest() {
        var chance = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            let count = (chance.next() % 9, chance.next() % 9)
            let old = (0..<count.0).map { _ in [UInt8(97 + chance.next() % 3)][...] }
            let new = (0..<count.1).map { _ in [UInt8(97 + chance.next() % 3)][...] }
            let edits = LineDifference(from: old, to: new).edits
            var (from, to): ([ArraySlice<UInt8>], [ArraySlice<UInt8>]) = ([], [])
            var changeCount = 0
            for edit in edits {
                switch edit {
                case .keep(let line):
                    from.append(line)
                    to.append(line)
                case .remove(let line):
                    from.append(line)
                    changeCount += 1
                case .insert(let line):
                    to.append(line)
                    changeCount += 1
                }
            }
            #expect(from == old && to == new)
            #expect(changeCount == old.count + new.count - 2 * Self.common(old, new))
        }
    }

    /// The length of the longest common subsequence, by its definition.
    private static func common(_ one: [ArraySlice<UInt8>], _ other: [ArraySlice<UInt8>]) -> Int {
        var best = [[Int]](
            repeating: [Int](repeating: 0, count: other.count + 1),
            count: one.count + 1
        )
        for i in one.indices {
            for j in other.indices {
                best[i + 1][j + 1] =
                    one[i] == other[j] ? best[i][j] + 1 : max(best[i][j + 1], best[i + 1][j])
            }
        }
        return best[one.count][other.count]
    }

    @Test("texts that have nothing in common end soon, and are told whole")
    func unlike() {
        let old = (0..<30_000).map { Array("a\($0)".utf8)[...] }
        let new = (0..<30_000).map { Array("b\($0)".utf8)[...] }
        let edits = LineDifference(from: old, to: new).edits
        #expect(edits.count == 60_000 && edits.allSatisfy(\.isChange))
    }

    @Test("hunks have three lines around, and join where they meet")
    func hunks() {
        let old = (1...30).map { "line \($0)\n" }.joined()
        let new = old.replacing("line 5\n", with: "five\n").replacing("line 11\n", with: "")
            .replacing("line 28\n", with: "line 28\nmore\n")
        let lines = DifferenceText.lines(
            of: Array("/a".utf8),
            from: Array(old.utf8),
            at: "revision 2",
            to: Array(new.utf8),
            at: "revision 3"
        )
        let places = lines.compactMap { if case .place(let text) = $0 { text } else { nil } }
        #expect(places == ["@@ -2,13 +2,12 @@", "@@ -26,5 +25,6 @@"])
        #expect(lines.contains(.removed("-line 5")) && lines.contains(.inserted("+five")))
        #expect(lines.count == 2 + 2 + 14 + 6)
    }

    @Test("bytes are told by their size, a last line feed in words, controls escaped")
    func odd() {
        let head = DifferenceText.lines(
            of: Array("/a".utf8),
            from: [0xFF],
            at: "then",
            to: [0],
            at: "now"
        )
        #expect(head.last == .place("no text: 1 B, then 1 B"))
        let ended = DifferenceText.lines(
            of: Array("/a".utf8),
            from: Array("x".utf8),
            at: "then",
            to: Array("x\n".utf8),
            at: "now"
        )
        #expect(ended.last == .place("\\ a line feed at the end now"))
        let control = DifferenceText.lines(
            of: Array("/a".utf8),
            from: nil,
            at: "then",
            to: Array("\u{1B}[31m".utf8),
            at: "now"
        )
        #expect(control.last == .inserted("+\\u001b[31m"))
    }
}
