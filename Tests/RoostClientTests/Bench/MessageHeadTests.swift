import Bytes
import Testing
import roost

@Suite("What a benchmark sees of answers")
struct MessageHeadTests {
    private static func find(_ text: String) -> MessageHead.Finding {
        let bytes = Array(text.utf8)
        return MessageHead.find(bytes.span, from: 0, to: bytes.count)
    }

    @Test(
        "status and framing, names in any case (RFC 9112, 6.3)",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nbody", 200, .length(12)),
            ("HTTP/1.1 412 X\r\nA: b\r\ncontent-length:0\r\nC: d\r\n\r\n", 412, .length(0)),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, .chunked),
            ("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", 204, .none),
            ("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTags: 1\r\n\r\n", 200, .none),
            ("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 0, .length(3)),
        ] as [(String, Int, MessageHead.Framing)]
    )
    func heads(_ text: String, status: Int, framing: MessageHead.Framing) throws {
        guard case .head(let head) = Self.find(text) else {
            Issue.record("no head")
            return
        }
        #expect(head.status == status)
        #expect(head.framing == framing)
        #expect(Array(text.utf8)[..<head.end].suffix(4) == Array("\r\n\r\n".utf8)[...])
    }

    @Test("a head is found once its last byte is there, wherever it was split")
    func split() {
        let text = Array("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 1\r\n\r\n".utf8)
        for count in 0..<text.count {
            #expect(MessageHead.find(text.span, from: 0, to: count) == .incomplete)
        }
        guard case .head = MessageHead.find(text.span, from: 0, to: text.count) else {
            Issue.record("the whole head is none")
            return
        }
    }

    @Test("the number after a member's name")
    func numbers() {
        let body = Array(#"{"a":12,"mod_revision":345,"mod_revision":6}"#.utf8)
        let whole = 0..<body.count
        let found = MessageHead.number(after: "\"mod_revision\":", input: body.span, range: whole)
        #expect(found == 345)
        #expect(MessageHead.number(after: "\"token\":", input: body.span, range: whole) == nil)
        #expect(MessageHead.number(after: "\"a\":", input: body.span, range: 0..<6) == 1)
    }
}

@Suite("Chunked bodies as a benchmark reads them (RFC 9112, 7.1)")
struct ChunkReaderTests {
    /// The payload of a body that arrives in pieces of so many bytes.
    private static func payload(_ text: String, pieces: Int) -> (text: String, reader: ChunkReader)
    {
        let bytes = Array(text.utf8)
        var reader = ChunkReader()
        var payload: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + pieces, bytes.count)
            var offset = start
            while let piece = reader.next(bytes.span, from: &offset, to: end) {
                payload += bytes[piece]
            }
            start = end
        }
        return (String(decoding: payload, as: UTF8.self), reader)
    }

    @Test("the same payload however it is split")
    func splits() {
        let body = "5\r\nhello\r\n1;x=y\r\n \r\n00B\r\nworld world\r\n0\r\nA: b\r\n\r\n"
        for pieces in 1...body.utf8.count {
            let (text, reader) = Self.payload(body, pieces: pieces)
            #expect(text == "hello world world", "\(pieces)")
            #expect(reader.isDone && !reader.isMalformed)
        }
    }

    @Test("what is no chunked body", arguments: ["x\r\n", "5\r\nhelloX", "fffffffffffffff\r\n"])
    func malformed(_ text: String) {
        #expect(Self.payload(text, pieces: 3).reader.isMalformed)
    }
}

@Suite("When the requests of a benchmark are due")
struct ScheduleTests {
    private static let begin = MonotonicTime(rawValue: 5_000_000_000)

    private static func after(_ milliseconds: UInt64) -> MonotonicTime {
        begin.advanced(byMilliseconds: milliseconds)
    }

    @Test("open loop: each at its time, also when it is taken late")
    func rate() {
        var schedule = Schedule(
            .milliseconds(1000),
            warmUpMilliseconds: 100,
            rate: 10,
            now: Self.begin
        )
        let first = schedule.take(Self.begin)
        #expect(first?.intendedAt == Self.begin && first?.isCounted == false, "a warm-up's")
        let early = schedule.take(Self.begin)
        #expect(early == nil)
        #expect(schedule.nextDue == Self.after(100))
        let slots = (0..<20).compactMap { _ in schedule.take(Self.after(5000)) }
        #expect(slots.map(\.intendedAt) == (1...10).map { Self.after(UInt64($0) * 100) })
        #expect(slots.allSatisfy { $0.isCounted })
        #expect(schedule.isExhausted(Self.after(1100)))
        #expect(schedule.unsentCount == 0)
    }

    @Test("what came due and was not taken is known")
    func unsent() {
        var schedule = Schedule(
            .milliseconds(1000),
            warmUpMilliseconds: 0,
            rate: 100,
            now: Self.begin
        )
        for _ in 0..<30 { _ = schedule.take(Self.after(999)) }
        #expect(schedule.unsentCount == 70)
        schedule.stop(Self.after(500))
        #expect(schedule.unsentCount == 20)
    }

    @Test("closed loop: due whenever there is room, until the end")
    func closed() {
        var schedule = Schedule(
            .milliseconds(50),
            warmUpMilliseconds: 10,
            rate: nil,
            now: Self.begin
        )
        let slots = [9, 10, 59, 60].map { schedule.take(Self.after($0)) }
        #expect(slots.map { $0?.isCounted } == [false, true, true, nil])
        #expect(!schedule.isExhausted(Self.after(59)))
        #expect(schedule.isExhausted(Self.after(60)) && schedule.unsentCount == 0)
    }

    @Test("a number of requests: so many that count, however long it takes")
    func counted() {
        var schedule = Schedule(.requests(2), warmUpMilliseconds: 10, rate: nil, now: Self.begin)
        let slots = [0, 10, 99_999_999, 99_999_999].map { schedule.take(Self.after($0)) }
        #expect(slots.map { $0?.isCounted } == [false, true, true, nil])
        #expect(schedule.isExhausted(Self.after(99_999_999)))
    }
}
