import Bytes
import Fuzzing
import Testing
import Wire

/// Every parser of outside bytes: whatever comes, a value or a typed error, never a trap, and
/// parsers that were refused stay refused.
@Suite("Fuzzing: HTTP, JSON, event streams")
struct WireFuzzTests {
    private static let requests = [
        "GET /v1/kv/a?wait=5s HTTP/1.1\r\nHost: h\r\nAccept: text/plain\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
            + "5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n",
        "HEAD http://h/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ]

    @Test("requests, cut anywhere")
    func requests() {
        var fuzzer = Fuzzer(
            "http-request",
            corpus: (Self.requests + [Self.requests.joined()]).map { Array($0.utf8) },
            tokens: ["\r\n", "\n", ": ", "Host: ", "chunked", "Content-Length: ", "0\r\n\r\n", ";"]
        )
        fuzzer.run { input in
            let cut = input.count / 3
            var parser = RequestParser()
            var buffer = Array(input[..<cut])
            let first = parser.take(&buffer)
            buffer += input[cut...]
            let second = parser.take(&buffer)
            if case .refused = first.last {
                guard case .refused = second.last else {
                    Issue.record("a refused connection went on: \(input)")
                    return ""
                }
            }
            return "\((first + second).map(Self.kind))"
        }
    }

    private static func kind(of progress: RequestParser.Progress) -> String {
        switch progress {
        case .needsMore: "more"
        case .needsContinue: "continue"
        case .request(let request): "\(request.method)"
        case .refused(let error): "\(error)"
        }
    }

    @Test("responses")
    func responses() {
        var fuzzer = Fuzzer(
            "http-response",
            corpus: [
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            ].map { Array($0.utf8) },
            tokens: ["\r\n", "HTTP/1.1 ", "chunked", "0\r\n\r\n"]
        )
        fuzzer.run { input in
            var parser = ResponseParser(method: .get)
            parser.append(input)
            var count = 0
            while let part = try parser.next(), part != .end { count += 1 }
            _ = try parser.close()
            return "\(count > 1)"
        }
    }

    @Test("JSON: what is accepted is UTF-8, and text survives writing")
    func json() {
        var fuzzer = Fuzzer(
            "json",
            corpus: [
                #"{"compare":[{"key":"/a","target":"version","op":"==","value":1.5e2}]}"#,
                #"[true,false,null,-0.5E+3,"\u00e9\ud83d\ude00\n"]"#,
                #"{"a":{"b":{"c":[[[{}]]]}}}"#,
            ].map { Array($0.utf8) },
            tokens: ["[", "]", "{", "}", "\"", "\\u", "\\ud83d", "null", "1e999", "-", ",", ":"]
        )
        fuzzer.run { input in
            let value = try JSONValue(parsing: input)
            let isText = input.span.isValidUTF8
            #expect(isText)
            guard let text = value.string else { return "value" }
            var json = JSONWriter()
            json.string(text)
            #expect(try JSONValue(parsing: json.output) == value)
            return "text"
        }
    }

    @Test("event streams, cut anywhere")
    func eventStreams() {
        var fuzzer = Fuzzer(
            "event-stream",
            corpus: ["retry: 1000\nid: 5\n\nevent: put\nid: 6.0\ndata: {}\ndata: x\r\n\r\n: c\n"]
                .map { Array($0.utf8) },
            tokens: ["\n", "\r", "\r\n", "data: ", "id: ", "id", "event: ", "\u{FEFF}"]
        )
        fuzzer.run { input in
            var parser = EventStreamParser()
            var events = try parser.append(input[..<(input.count / 2)])
            events += try parser.append(input[(input.count / 2)...])
            return "\(events.count) \(events.first?.data == nil)"
        }
    }

    @Test("queries, paths, entity tags, durations, numbers, dates")
    func targets() {
        var fuzzer = Fuzzer(
            "target",
            corpus: [
                "path=%2Fa&recursive&from=5&x=+y", "W/\"5\", \"6\"", "1.25h", "/a%20b/c", "12.5e3",
            ].map { Array($0.utf8) },
            tokens: ["%", "%2F", "%00", "&", "=", "\"", "W/", "ms"]
        )
        fuzzer.run { input in
            let query = (try? Query(parsing: input[...])) != nil
            let tags = (try? EntityTagCondition(parsing: [input[...], input.prefix(9)])) != nil
            let span = TimeSpan(parsing: input) != nil
            let number = DecimalNumber(parsing: input[...]) != nil
            let text = (try? PercentEncoding.decode(input[...])) != nil
            return [query, tags, span, number, text].map { $0 ? "y" : "n" }.joined()
        }
    }
}
