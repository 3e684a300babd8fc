import Testing
import Wire

@Suite("Responses, RFC 9112")
struct ResponseTests {
    static let date = HTTPDate(unixSeconds: 784_111_777)

    @Test(
        "5.6.7 of RFC 9110: dates",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (UInt64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(UInt64, String)]
    )
    func dates(_ seconds: UInt64, text: String) {
        #expect(HTTPDate(unixSeconds: seconds).text.elementsEqual(text.utf8))
    }

    @Test(
        "RFC 3339: times in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_922_400_123, "2026-11-29T03:20:00.123Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (4_107_542_400_070, "2100-03-01T00:00:00.070Z"),
            (UInt64.max, "9999-12-31T23:59:59.999Z"),
        ] as [(UInt64, String)]
    )
    func times(_ milliseconds: UInt64, text: String) {
        var written: [UInt8] = []
        written.append(unixMilliseconds: milliseconds)
        #expect(String(decoding: written, as: UTF8.self) == text)
        let isLast = text.hasPrefix("9999")
        let read = PointInTime(parsing: written)
        #expect(isLast ? read != nil : read == PointInTime(unixMilliseconds: milliseconds))
    }

    @Test(
        "what is no such point in time is none",
        arguments: [
            "", "2026-11-29", "2026-11-29T03:20:00Z", "2026-02-29T03:20:00.000Z",
            "1969-12-31T23:59:59.999Z", "2026-11-29T24:00:00.000Z", "2026-13-01T00:00:00.000Z",
            "2026-11-29 03:20:00.000Z", "2026-11-00T00:00:00.000Z", "2026-11-29T03:20:00.00xZ",
        ]
    )
    func noTimes(_ text: String) { #expect(PointInTime(parsing: Array(text.utf8)) == nil) }

    @Test("6.3: which responses have a length, a body, a connection")
    func framing() {
        let plain = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nA: b\r\n"
        #expect(
            written(.get, version: .http11, persistence: .keepAlive, status: 200)
                == "\(plain)Content-Length: 2\r\n\r\nhi"
        )
        #expect(
            written(.head, version: .http11, persistence: .keepAlive, status: 200)
                == "\(plain)Content-Length: 2\r\n\r\n"
        )
        #expect(
            written(.get, version: .http11, persistence: .close, status: 200)
                == "\(plain)Content-Length: 2\r\nConnection: close\r\n\r\nhi"
        )
        #expect(
            written(.get, version: .http10, persistence: .keepAlive, status: 200)
                == "\(plain)Content-Length: 2\r\nConnection: keep-alive\r\n\r\nhi"
        )
        for status: UInt16 in [204, 304] {
            let text = written(.get, version: .http11, persistence: .keepAlive, status: status)
            #expect(!text.contains("Content-Length") && text.hasSuffix("A: b\r\n\r\n"))
        }
    }

    @Test("9110, 8.6: the header of a stream, withheld from HEAD, claims no length")
    func headOfStream() {
        var output: [UInt8] = []
        var writer = ResponseWriter(
            for: HTTPRequest(method: .head, rawPath: "/".utf8, version: .http11)
        )
        writer.append(HTTPResponse(status: 200), date: Self.date, to: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n")
    }

    @Test("7.1: a stream is chunked, or ends with the connection in HTTP/1.0")
    func streams() {
        for (version, expected) in [
            (HTTPVersion.http11, "2\r\nhi\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"),
            (.http10, "hiabcdefghijklmnopqrstuvwxyz"),
        ] {
            let request = HTTPRequest(method: .get, rawPath: "/".utf8, version: version)
            var writer = ResponseWriter(for: request)
            var output: [UInt8] = []
            writer.append(HTTPResponse(status: 200, body: .stream), date: Self.date, to: &output)
            let headByteCount = output.count
            writer.appendChunk(Array("hi".utf8), to: &output)
            writer.appendChunk([], to: &output)
            writer.appendChunk(Array("abcdefghijklmnopqrstuvwxyz".utf8), to: &output)
            writer.appendEnd(to: &output)
            #expect(output[headByteCount...].elementsEqual(expected.utf8))
            #expect(writer.persistence == (version == .http11 ? .keepAlive : .close))
        }
    }

    private func written(
        _ method: Wire.Method,
        version: HTTPVersion,
        persistence: Persistence,
        status: UInt16
    ) -> String {
        var headers = HeaderFields()
        headers.append("A", value: "b")
        let request = HTTPRequest(
            method: method,
            rawPath: "/".utf8,
            version: version,
            persistence: persistence
        )
        var writer = ResponseWriter(for: request)
        var output: [UInt8] = []
        writer.append(
            HTTPResponse(status: status, headers: headers, body: .bytes(Array("hi".utf8))),
            date: Self.date,
            to: &output
        )
        return String(decoding: output, as: UTF8.self)
    }

    @Test("the client's parser reads every framing, wherever the bytes are split")
    func parsed() throws {
        let rows: [(String, String, Persistence)] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", .keepAlive),
            ("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "", .keepAlive),
            ("HTTP/1.1 204 No Content\r\n\r\n", "", .keepAlive),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                "hello", .keepAlive
            ),
            ("HTTP/1.0 200 OK\r\n\r\nhello", "hello", .close),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                "x", .keepAlive
            ),
        ]
        for (text, expected, persistence) in rows {
            let bytes = Array(text.utf8)
            for split in 0...bytes.count {
                var parser = ResponseParser(method: .get)
                var body: [UInt8] = []
                var ends = 0
                var head: ResponseHead?
                func take(_ part: ResponsePart?) {
                    switch part {
                    case .head(let found): head = found
                    case .body(let piece): body += piece
                    case .end: ends += 1
                    case nil: break
                    }
                }
                for piece in [bytes[..<split], bytes[split...]] {
                    parser.append(piece)
                    while let part = try parser.next() { take(part) }
                }
                take(try parser.close())
                #expect(body.elementsEqual(expected.utf8), "\(text) split at \(split)")
                #expect(ends == 1)
                #expect(head?.persistence == persistence)
            }
        }
    }

    @Test("what follows a response is left for the next parser; HEAD has no body")
    func leftover() throws {
        var parser = ResponseParser(method: .head)
        parser.append("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1".utf8)
        #expect(try parser.next() != nil)
        #expect(try parser.next() == .end)
        #expect(try parser.next() == nil)
        #expect(parser.leftover == Array("HTTP/1.1".utf8))
    }

    @Test(
        "no response",
        arguments: [
            ("SMTP/1.1 200 OK\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 OK\r\nA\r\n\r\n", .field(.malformedName(at: 18))),
            ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", .malformedFraming),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                .malformedFraming
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", .chunk(.malformedSize)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", .truncated),
            ("HTTP/1.1 200", .truncated),
        ] as [(String, ResponseError)]
    )
    func refused(_ text: String, error: ResponseError) {
        #expect(throws: error) {
            var parser = ResponseParser(method: .get)
            parser.append(text.utf8)
            while try parser.next() != nil {}
            _ = try parser.close()
        }
    }

    @Test("a written request is what the parser reads")
    func roundTrip() {
        var headers = HeaderFields()
        headers.append("Idempotency-Key", value: "k1")
        headers.append("X-Count", number: 1234567890)
        var output: [UInt8] = []
        RequestWriter.append(
            .put,
            target: Array("/v1/kv/a?b=c".utf8),
            authority: Array("h:1".utf8),
            headers: headers,
            body: Array("body".utf8),
            to: &output
        )
        var parser = RequestParser()
        let request = parser.drain(output).first?.request
        #expect(request?.method == .put)
        #expect(request?.body == Array("body".utf8))
        #expect(request?.header("idempotency-key")?.elementsEqual("k1".utf8) == true)
        #expect(request?.header("x-count")?.elementsEqual("1234567890".utf8) == true)
    }
}
