import Testing
import Wire

@Suite("Requests, RFC 9112")
struct RequestParserTests {
    @Test(
        "a refused request, and by which section",
        arguments: [
            // 3: the request line.
            ("GET\r\n\r\n", .requestLine),
            ("GET  / HTTP/1.1\r\n\r\n", .requestLine),
            (" GET / HTTP/1.1\r\n\r\n", .requestLine),
            ("G\u{1}T / HTTP/1.1\r\n\r\n", .requestLine),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .version),
            ("GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n", .requestLine),
            ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .requestLine),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .version),
            ("GET / http/1.1\r\nHost: a\r\n\r\n", .version),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .version),
            ("GET / HTTP/1.\r\nHost: a\r\n\r\n", .version),
            // 2.2: a bare LF ends no line.
            ("GET / HTTP/1.1\nHost: a\n\n", .requestLine),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", .field(.malformedLineEnd(at: 23))),
            // 3.2: targets and Host.
            ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET / HTTP/1.1\r\n\r\n", .missingHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", .repeatedHost),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: []\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: [::1]80\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: [[::1]]:80\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: a[::1]\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", .invalidHost),
            ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .invalidHost),
            ("GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            ("GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n", .target),
            // 5: fields.
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .field(.folded(at: 16))),
            ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", .field(.folded(at: 25))),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .field(.malformedName(at: 20))),
            ("GET / HTTP/1.1\r\n: a\r\n\r\n", .field(.malformedName(at: 16))),
            ("GET / HTTP/1.1\r\nHost\r\n\r\n", .field(.malformedName(at: 20))),
            ("GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", .field(.malformedValue(at: 23))),
            ("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", .field(.malformedLineEnd(at: 20))),
            // 6: framing that two recipients might understand differently.
            (
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                .lengthAndTransferEncoding
            ),
            (
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                .repeatedLength
            ),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", .invalidLength),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", .invalidLength),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .invalidLength),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .invalidLength),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", .invalidLength),
            (
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                .unknownTransferEncoding
            ),
            (
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
                .unknownTransferEncoding
            ),
            (
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{B}chunked\r\n\r\n",
                .field(.malformedValue(at: 44))
            ),
            (
                "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                .transferEncodingInHTTP10
            ),
            ("PUT / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", .unknownExpectation),
            // 7.1: chunks.
            (chunked("g\r\n"), .chunk(.malformedSize)),
            (chunked("\r\n"), .chunk(.malformedSize)),
            (chunked("1\n"), .chunk(.malformedSize)),
            (chunked("-1\r\n"), .chunk(.malformedSize)),
            (chunked("1\r\nab\r\n"), .chunk(.malformedLineEnd)),
            (chunked("1;\u{1}\r\n"), .chunk(.malformedExtension)),
            // 7.1.1: blanks stand before an extension alone.
            (chunked("1 \r\na\r\n"), .chunk(.malformedExtension)),
            (chunked("1\t\r\na\r\n"), .chunk(.malformedExtension)),
            (chunked("1 2\r\n"), .chunk(.malformedExtension)),
            (chunked("1 a\r\n"), .chunk(.malformedExtension)),
            (chunked("0\r\n a: b\r\n\r\n"), .chunk(.malformedTrailer)),
            (chunked("0\r\na\r\n\r\n"), .chunk(.malformedTrailer)),
        ] as [(String, RequestError.Fault)]
    )
    func refused(_ text: String, fault: RequestError.Fault) {
        var parser = RequestParser()
        #expect(parser.drain(text).last == .refused(.malformed(fault)))
        #expect(parser.drain("GET / HTTP/1.1\r\nHost: a\r\n\r\n").last?.isRefused == true)
    }

    @Test("limits have their own refusals, also before the end has arrived")
    func limits() {
        let long = String(repeating: "a", count: 40_000)
        #expect(first("GET /\(long)") == .refused(.targetTooLong(limit: 32768)))
        #expect(
            first("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n")
                == .refused(.targetTooLong(limit: 32768))
        )
        #expect(
            first("GET / HTTP/1.1\r\nA: \(long)\(long)") == .refused(.headersTooLarge(limit: 65536))
        )
        let many = String(repeating: "A: b\r\n", count: 129)
        #expect(
            first("GET / HTTP/1.1\r\n\(many)\r\n") == .refused(.headersTooLarge(limit: 128))
        )
        let beyondAnyNumber = String(repeating: "9", count: 60)
        for length in ["1572865", "9999999999999999999", "18446744073709551616", beyondAnyNumber] {
            #expect(
                first("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
                    == .refused(.bodyTooLarge(limit: 1_572_864))
            )
        }
        // RFC 9110, 8.6: any number of digits, those that say nothing included.
        for length in ["0", "00", String(repeating: "0", count: 40)] {
            guard
                case .request = first(
                    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
                )
            else {
                Issue.record("\(length)")
                continue
            }
        }
        for size in ["fffffffffffffff", "1000000000000000"] {
            #expect(
                first(chunked("\(size)\r\n")) == .refused(.bodyTooLarge(limit: 1_572_864))
            )
        }
        var small = RequestLimits()
        small.bodyByteCountMax = 4
        var parser = RequestParser(limits: small)
        #expect(
            parser.drain(chunked("3\r\nabc\r\n2\r\nde\r\n")).last
                == .refused(.bodyTooLarge(limit: 4))
        )
        #expect(
            first(chunked("1;" + String(repeating: "x", count: 20_000)))
                == .refused(.malformed(.chunk(.overheadTooLarge(limit: 16384))))
        )
    }

    @Test("what a host and a chunk's extension may look like")
    func accepted() {
        for host in ["", "a", "a:", "a:80", "[::1]", "[::1]:80", "[fe80::1%25eth0]:", "1.2.3.4:5"] {
            guard case .request = first("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") else {
                Issue.record("\(host)")
                continue
            }
        }
        for size in ["1;a", "1 ;a", "1 \t ;a=b", "1; a = \"b\" ; c"] {
            guard case .request = first(chunked("\(size)\r\nx\r\n0 ;z\r\n\r\n")) else {
                Issue.record("\(size)")
                continue
            }
        }
    }

    @Test("9.3: what the connection does after the request")
    func persistence() {
        let rows: [(String, Persistence)] = [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .keepAlive),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", .close),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", .close),
            ("GET / HTTP/1.0\r\n\r\n", .close),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", .keepAlive),
            ("GET / HTTP/1.9\r\nHost: a\r\n\r\n", .keepAlive),
        ]
        for (text, expected) in rows {
            guard case .request(let request) = first(text) else {
                Issue.record("refused: \(text)")
                continue
            }
            #expect(request.persistence == expected, "\(text)")
        }
    }

    @Test("3.2: the four forms of a target")
    func targets() {
        let rows: [(String, String, String?, String?)] = [
            ("GET /a%20b?c=d&e HTTP/1.1\r\nHost: h:1\r\n\r\n", "/a%20b", "c=d&e", "h:1"),
            ("GET /? HTTP/1.1\r\nHost: h\r\n\r\n", "/", "", "h"),
            ("GET http://other:8/a?b HTTP/1.1\r\nHost: h\r\n\r\n", "/a", "b", "other:8"),
            ("GET HTTPS://other HTTP/1.1\r\nHost: h\r\n\r\n", "", nil, "other"),
            ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "*", nil, "h"),
            ("GET /é HTTP/1.1\r\nHost: [::1]:2379\r\n\r\n", "/é", nil, "[::1]:2379"),
            ("GET / HTTP/1.0\r\n\r\n", "/", nil, nil),
        ]
        for (text, path, query, authority) in rows {
            guard case .request(let request) = first(text) else {
                Issue.record("refused: \(text)")
                continue
            }
            #expect(request.rawPath.elementsEqual(path.utf8))
            #expect(request.rawQuery.map(Array.init) == query.map { Array($0.utf8) })
            #expect(request.authority.map(Array.init) == authority.map { Array($0.utf8) })
        }
    }

    @Test("several requests in one buffer, empty lines between them, bodies of both framings")
    func pipelined() {
        let text =
            "\r\nPUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"
            + "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "2;x=\"y\"\r\nde\r\n0a ;z\r\nfghijklmno\r\n0\r\nTrailer: x\r\n\r\n"
            + "PATCH /c HTTP/1.1\r\nhost: h\r\nX-Y:  z \t\r\n\r\n"
        var parser = RequestParser()
        let progress = parser.drain(text)
        let requests = progress.compactMap(\.request)
        #expect(requests.map(\.method) == [.put, .post, .patch])
        #expect(requests.map(\.body) == [Array("abc".utf8), Array("defghijklmno".utf8), []])
        #expect(requests.last?.header("x-y").map(Array.init) == Array("z".utf8))
        #expect(progress.last == .needsMore)
        #expect(!parser.isWithinRequest)
    }

    @Test("10.1.1 of RFC 9110: a client that waits is told to go on, once, and only when it waits")
    func expectation() {
        let head = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
        var parser = RequestParser()
        #expect(parser.drain(head) == [.needsContinue])
        #expect(parser.isWithinRequest)
        #expect(parser.drain("a") == [.needsMore])
        #expect(parser.drain("b").first?.request?.body == Array("ab".utf8))
        #expect(first(head + "ab").request?.body == Array("ab".utf8))
        #expect(first(head.replacing("1.1", with: "1.0")) == .needsMore)
    }

    @Test("every split point of a stream of requests gives the same parse")
    func splits() {
        let bytes = Array(corpus.joined().utf8)
        var whole = RequestParser()
        let expected = whole.drain(bytes).compactMap(\.request)
        #expect(expected.count == corpus.count)
        for split in 0...bytes.count {
            var parser = RequestParser()
            var buffer = Array(bytes[..<split])
            var found = parser.take(&buffer).compactMap(\.request)
            buffer += bytes[split...]
            found += parser.take(&buffer).compactMap(\.request)
            #expect(found == expected, "split at \(split)")
        }
        var parser = RequestParser()
        var buffer: [UInt8] = []
        var found: [HTTPRequest] = []
        for byte in bytes {
            buffer.append(byte)
            found += parser.take(&buffer).compactMap(\.request)
        }
        #expect(found == expected)
    }
}

/// Requests of every shape that is served; what the fuzzer mutates.
let corpus = [
    "GET /v1/kv/a?raw HTTP/1.1\r\nHost: localhost:2379\r\nAccept: */*\r\n\r\n",
    "\r\nPUT /v1/kv/a%2Eb?ttl=30s HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /v1/txn HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "4\r\n{\"a\"\r\n3;e=f\r\n:1}\r\n0\r\nT: u\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
    "DELETE http://h:1/v1/kv/x HTTP/1.1\r\nHost: h\r\nIf-Match: \"4\"\r\nRoost-Lock: a=1\r\n\r\n",
    "HEAD / HTTP/1.0\r\n\r\n",
]

func chunked(_ body: String) -> String {
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
}

private func first(_ text: String) -> RequestParser.Progress {
    var parser = RequestParser()
    return parser.drain(text).first ?? .needsMore
}

extension RequestParser {
    /// Everything that comes of the text, up to the first demand for more or refusal.
    mutating func drain(_ text: String) -> [Progress] { drain(Array(text.utf8)) }

    mutating func drain(_ bytes: [UInt8]) -> [Progress] {
        var bytes = bytes
        return take(&bytes)
    }

    /// As a connection does it: what was consumed leaves the buffer.
    mutating func take(_ buffer: inout [UInt8]) -> [Progress] {
        var offset = 0
        var all: [Progress] = []
        while true {
            let progress = next(buffer.span, from: &offset)
            all.append(progress)
            if progress.request == nil { break }
        }
        buffer.removeFirst(offset)
        return all
    }
}

extension RequestParser.Progress {
    var request: HTTPRequest? {
        if case .request(let request) = self { request } else { nil }
    }

    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }
}
