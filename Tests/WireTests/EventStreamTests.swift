import Testing
import Wire

@Suite("Server-Sent Events, HTML Living Standard 9.2")
struct EventStreamTests {
    @Test("every line end, comments, several lines of data, split at every byte")
    func parsed() throws {
        let text =
            "\u{FEFF}: hello\nretry: 1000\nid: 5\n\nevent: put\r\nid: 6.0\r\ndata: a\r\ndata:b\r\n\r\n"
            + "event:delete\rdata\r\r\n\nid: 7\n\nunknown: x\n\ndata: unfinished\n"
        let expected = [
            block("", data: nil, id: "5"), block("put", data: "a\nb", id: "6.0"),
            block("delete", data: "", id: "6.0"),
            block("", data: nil, id: "7"),
        ]
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            var parser = EventStreamParser()
            let found = try parser.append(bytes[..<split]) + parser.append(bytes[split...])
            #expect(found == expected, "split at \(split)")
            #expect(parser.lastEventID == Array("7".utf8))
            #expect(parser.retryMilliseconds == 1000)
        }
    }

    @Test("an id with NUL is ignored, an empty one resets, what is written reads back")
    func ids() throws {
        var parser = EventStreamParser(lastEventID: Array("3".utf8))
        #expect(try parser.append("id: a\u{0}\n\n".utf8) == [])
        #expect(parser.lastEventID == Array("3".utf8))
        _ = try parser.append("id\n\n".utf8)
        #expect(parser.lastEventID == [])
        var output: [UInt8] = []
        EventStream.append(retryMilliseconds: 1000, to: &output)
        EventStream.append(event: "put", to: &output)
        EventStream.append(id: Array("9.1".utf8), to: &output)
        EventStream.append(data: Array("{}".utf8), to: &output)
        EventStream.appendEnd(to: &output)
        #expect(try parser.append(output) == [block("put", data: "{}", id: "9.1")])
    }

    @Test("a block without end is refused at its limit")
    func bounded() {
        var parser = EventStreamParser()
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 17 << 20)
        #expect(throws: EventStreamError.blockTooLarge(limit: 16 << 20)) {
            try parser.append(piece)
        }
    }

    private func block(_ event: String, data: String?, id: String) -> ServerSentEvent {
        ServerSentEvent(
            event: Array(event.utf8),
            data: data.map { Array($0.utf8) },
            lastEventID: Array(id.utf8)
        )
    }
}
