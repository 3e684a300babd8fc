import Bytes
import Platform
import Testing

@testable import Server

@Suite("What an operator reads (operations.md, Formats, levels and files)")
struct LogTests {
    private static let event = LogEvent(
        .warning,
        name: "lost-quorum",
        fields: [
            ("member", .text("n1")), ("heard", .number(1)), ("took", .duration(1_234_567_890)),
            ("why", .text("two \"words\"\n")), ("empty", .text("")),
        ],
        sentence: "lost quorum member=n1"
    )

    private func line(_ format: LogFormat, repetitions: UInt64 = 0) -> String {
        let bytes = format.line(Self.event, unixMilliseconds: 0, repetitions: repetitions)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("each format writes one line, in which nothing breaks out of its field")
    func formats() {
        #expect(line(.text) == "lost quorum member=n1\n")
        #expect(line(.text, repetitions: 3) == "lost quorum member=n1 (repeated=3)\n")
        #expect(
            line(.logfmt, repetitions: 17) == "ts=1970-01-01T00:00:00.000Z level=warning "
                + "event=lost-quorum member=n1 heard=1 took=1.234 why=\"two \\\"words\\\"\\n\" "
                + "empty=\"\" repeated=17\n"
        )
        #expect(
            line(.json) == #"{"ts":"1970-01-01T00:00:00.000Z","level":"warning","#
                + #""event":"lost-quorum","member":"n1","heard":1,"took":1.234,"#
                + #""why":"two \"words\"\n","empty":""}"# + "\n"
        )
    }

    /// A log into a file of its own, and what it holds at the end.
    private func written(
        _ format: LogFormat = .text,
        level: LogLevel? = nil,
        _ write: (OperatorLog) -> Void
    ) throws -> [String] {
        let place = try LogPlace()
        let log = OperatorLog(format, level: level, sink: .file(try LogFile(place.path)))
        write(log)
        log.end()
        return try place.lines()
    }

    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: milliseconds * 1_000_000)
    }

    private func event(_ level: LogLevel, sentence: String) -> LogEvent {
        LogEvent(level, name: "test", sentence: sentence)
    }

    @Test("what happens again is counted until it was quiet for a while, and then told")
    func repetitions() throws {
        let lines = try written { log in
            for step in 0..<18 as Range<UInt64> {
                log.write(event(.notice, sentence: "a"), now: at(step))
            }
            log.write(event(.notice, sentence: "b"), now: at(20))
            #expect(log.deadline == at(OperatorLog.quietMilliseconds))
            log.renew(at(OperatorLog.quietMilliseconds - 1))
            log.renew(at(OperatorLog.quietMilliseconds))
            log.write(event(.notice, sentence: "a"), now: at(OperatorLog.quietMilliseconds + 1))
            log.write(event(.notice, sentence: "a"), now: at(OperatorLog.quietMilliseconds + 2))
        }
        #expect(lines == ["a", "b", "a (repeated=17)", "a", "a (repeated=1)"])
    }

    @Test("below its level nothing is written; text tells less by itself than the others")
    func levels() throws {
        func all(_ log: OperatorLog) {
            for level in LogLevel.allCases {
                log.write(event(level, sentence: "\(level.name)"), now: at(0))
            }
        }
        #expect(try written(.text, all) == ["notice", "warning", "error"])
        #expect(try written(.text, level: .error, all) == ["error"])
        #expect(try written(.logfmt, all).count == 4)
        #expect(try written(.json, level: .debug, all).count == 5)
    }

    @Test("a thousand events that differ are all written, and the memory of them is bounded")
    func many() throws {
        let lines = try written { log in
            for number in 0..<1_000 { log.write(event(.notice, sentence: "\(number)"), now: at(0)) }
        }
        #expect(lines == (0..<1_000).map { "\($0)" })
    }

    @Test("a file that has grown is put aside, and as many are kept as promised")
    func rotation() throws {
        let place = try LogPlace()
        for number in 0..<20 {
            let file = try LogFile(place.path, rotation: RotatedFile.Rotation(byteCountMax: 8))
            file.put(Array("\(100 + number)\n".utf8))
            file.put(Array("\(200 + number)\n".utf8))
            file.end()
        }
        let kept = ["log", "log.1", "log.2", "log.3", "log.4", "log.5"]
        #expect(try place.names() == kept)
        #expect(try place.lines() == ["119", "219"])
        #expect(try place.lines(of: "log.1") == ["118", "218"])
        #expect(try place.lines(of: "log.5") == ["114", "214"])
    }

    @Test("a file that was moved away is made anew")
    func moved() throws {
        let place = try LogPlace()
        let file = try LogFile(place.path)
        file.put(Array("a\n".utf8))
        file.end()
        let again = try LogFile(place.path)
        try place.remove()
        again.put(Array("b\n".utf8))
        again.end()
        #expect(try place.lines() == ["b"])
    }
}
