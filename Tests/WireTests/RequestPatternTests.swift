import Bytes
import Fuzzing
import Testing
import Wire

private let put = "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nAccept: */*\r\n\r\nhi"
private let get = "GET /v1/kv/a HTTP/1.1\r\nHost: h\r\n\r\n"
private let traced =
    "GET /v1/kv/a HTTP/1.1\r\nHost: h\r\nTraceparent: 00-1\r\nbaggage:\r\nAccept: */*\r\n\r\n"
private let tracedPut =
    "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\ntraceparent: 00-1 \r\n\r\nhi"

/// The pattern of a whole request, and the request as the parser has it.
private func lesson(_ text: String) throws -> (HTTPRequest, RequestTemplate?) {
    let raw = Array(text.utf8)
    var parser = RequestParser()
    var offset = 0
    guard case .request(let request) = parser.next(raw.span, from: &offset) else {
        throw LessonError.noRequest
    }
    let template = RequestTemplate(
        of: request,
        under: "/v1/kv",
        varying: ["traceparent", "baggage"],
        in: raw.span
    )
    return (request, template)
}

private enum LessonError: Error { case noRequest }

@Suite("A request that repeats an earlier one is found without being parsed")
struct RequestPatternTests {
    private static func found(_ pattern: RequestTemplate, in text: String) -> String? {
        let input = Array(text.utf8)
        guard let match = pattern.match(input.span, at: 0) else { return nil }
        return String(decoding: input[match.path], as: UTF8.self) + "="
            + String(decoding: input[match.body], as: UTF8.self)
    }

    @Test func pathAndBodyMayDiffer() throws {
        let pattern = try #require(try lesson(put).1)
        #expect(Self.found(pattern, in: put) == "/a=hi")
        let other = put.replacing("/a", with: "/b/c").replacing("hi", with: "value")
            .replacing("Length: 2", with: "Length: 5")
        #expect(Self.found(pattern, in: other + put) == "/b/c=value")
        #expect(Self.found(try #require(try lesson(get).1), in: get) == "/a=")
        let query = get.replacing("/a", with: "/a?raw")
        #expect(Self.found(try #require(try lesson(query).1), in: query) == "/a=")
        #expect(Self.found(try #require(try lesson(query).1), in: get) == nil)
    }

    @Test(
        "anything else that differs is left to the parser",
        arguments: [
            ("PUT", "POST"), ("HTTP/1.1", "HTTP/1.0"), ("Host: h", "Host: i"), ("/v1/kv", "/v1/kw"),
            ("/a", "/a?ttl=5s"), ("/a", "/a%20"), ("/a", "/"), ("/a", ""), ("/a", "/a/"),
            ("/a", "//a"), ("/a", "/a//b"), ("/a", "/.a"), ("/a", "/../a"), ("/a", "/\u{e4}"),
            ("/a", "/a#b"), ("/a", "/a b"), ("Length: 2", "Length: 3"), ("Length: 2", "Length: "),
            ("Length: 2", "Length: +2"), ("Length: 2", "Length: 0000002"), ("\r\n\r\n", "\n\n"),
            ("*/*", "*/*\r\nIf-Match: \"1\""), ("Accept", "Accepts"),
        ]
    )
    func isLeftToTheParser(_ part: String, replacement: String) throws {
        let pattern = try #require(try lesson(put).1)
        let other = put.replacing(part, with: replacement, maxReplacements: 1)
        #expect(other != put)
        #expect(Self.found(pattern, in: other) == nil)
    }

    @Test(
        "values of fields that may vary are passed over",
        arguments: [
            "", " ", "00-4bf92f35-7b", "\tk=v; p, \u{e4}=\u{1F600}  ", "Host: other",
            String(repeating: "x", count: 1022),
        ]
    )
    func valuesMayVary(_ value: String) throws {
        let pattern = try #require(try lesson(traced).1)
        #expect(Self.found(pattern, in: traced.replacing("00-1", with: value)) == "/a=")
        #expect(Self.found(pattern, in: traced.replacing("age:", with: "age:\(value)")) == "/a=")
        let puts = try #require(try lesson(tracedPut).1)
        #expect(Self.found(puts, in: tracedPut.replacing("00-1", with: value)) == "/a=hi")
    }

    @Test(
        "no value reaches beyond its line, folded, cut or too long",
        arguments: [
            "\r\n folded", "\r\n\tfolded", "1\r\nHost: other", "1\r\n", "1\r", "1\n", "\u{0}",
            "\u{7F}", "\u{1B}[0m",
            "1\r\nContent-Length: 5", String(repeating: "x", count: 1024),
            String(repeating: "x", count: 70_000),
        ]
    )
    func valuesStayWithinTheirLine(_ value: String) throws {
        for (model, body) in [(traced, ""), (tracedPut, "hi")] {
            let pattern = try #require(try lesson(model).1)
            #expect(Self.found(pattern, in: model) == "/a=\(body)")
            #expect(Self.found(pattern, in: model.replacing("00-1", with: value)) == nil)
        }
    }

    @Test("a head of many fields, or a long one, makes no pattern")
    func unusuallyLarge() throws {
        func head(_ fields: String) -> String {
            "GET /v1/kv/a HTTP/1.1\r\nHost: h\r\n\(fields)\r\n"
        }
        let trace = "traceparent: 1\r\n"
        #expect(try lesson(head(String(repeating: trace, count: 12))).1 != nil)
        #expect(try lesson(head(String(repeating: trace, count: 13))).1 == nil)
        let agent = String(repeating: "x", count: 8000)
        #expect(try lesson(head("User-Agent: \(agent)\r\n")).1 != nil)
        #expect(try lesson(head("User-Agent: \(agent)\(agent)\r\n")).1 == nil)
    }

    @Test("a request that is not there whole is not taken", arguments: 0..<put.utf8.count)
    func isNotTakenInPart(_ count: Int) throws {
        let pattern = try #require(try lesson(put).1)
        #expect(pattern.match(Array(put.utf8.prefix(count)).span, at: 0) == nil)
    }

    @Test(
        "nothing is learned from what is unusual",
        arguments: [
            "GET /v1/kv/a HTTP/1.0\r\nHost: h\r\n\r\n",
            "GET /v1/kv/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET http://h/v1/kv/a HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /v1/txn HTTP/1.1\r\nHost: h\r\n\r\n",
            "\r\nGET /v1/kv/a HTTP/1.1\r\nHost: h\r\n\r\n",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ]
    )
    func unusual(_ text: String) throws { #expect(try lesson(text).1 == nil) }

    /// The fields whose values may differ from the model's.
    private static let varying = ["content-length", "traceparent", "baggage"]

    /// The bytes themselves, or a put whose path they name before a zero and whose body after it.
    private static func request(of input: [UInt8]) -> [UInt8] {
        guard let zero = input.firstIndex(of: 0) else { return input }
        let body = input[(zero + 1)...]
        let head = "\r\nContent-Length: \(body.count)\r\nAccept: */*\r\n\r\n"
        return Array("PUT /v1/kv".utf8) + input[..<zero] + Array(" HTTP/1.1\r\nHost: h".utf8)
            + Array(head.utf8) + body
    }

    @Test("whatever a pattern finds, the parser finds too")
    func agreesWithTheParser() throws {
        let query = get.replacing("/a", with: "/a?consistency=stale")
        let lessons = try [put, get, query, traced, tracedPut].map { try lesson($0) }
        var fuzzer = Fuzzer(
            "request-pattern",
            corpus: [
                "/a\u{0}hi", "/a/b/c\u{0}", put + get, query + get, traced + get, tracedPut + get,
            ].map { Array($0.utf8) },
            tokens: [
                "\r\n", "/", " HTTP/1.1", "Content-Length: ", "%2F", "?", "..", "0", "\r\n ", "\t",
                "traceparent: ", "\u{e4}", "\r",
            ]
        )
        fuzzer.run { input in
            let input = Self.request(of: input)
            for case (let model, let pattern?) in lessons {
                guard let match = pattern.match(input.span, at: 0) else { continue }
                var parser = RequestParser()
                var offset = 0
                guard case .request(let request) = parser.next(input.span, from: &offset) else {
                    Issue.record("the parser finds no request in \(input)")
                    return ""
                }
                #expect(offset == match.end)
                #expect(Array(request.rawPath) == Array("/v1/kv".utf8) + input[match.path])
                #expect(request.body == Array(input[match.body]))
                #expect(request.method == model.method)
                #expect(request.rawQuery == model.rawQuery)
                #expect(request.version == .http11 && request.persistence == .keepAlive)
                #expect(request.headers.count == model.headers.count)
                for index in 0..<request.headers.count {
                    let field = request.headers.field(at: index)
                    #expect(field.name == model.headers.field(at: index).name)
                    if !Self.varying.contains(String(decoding: field.name, as: UTF8.self)) {
                        #expect(field.value == model.headers.field(at: index).value)
                    }
                }
                return "\(request.method) \(match.path.count) \(match.body.count)"
            }
            return "none"
        }
    }
}

@Suite("Text that a JSON string may hold as it is")
struct PlainTextTests {
    @Test("each byte at each place of two words", arguments: 0..<17)
    func eachByte(_ place: Int) {
        for byte in UInt8.min...UInt8.max {
            var text = Array("abcdefgh01234567 ".utf8)
            text[place] = byte
            let isPlain = byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C
            #expect(text.span.isPlainText == isPlain)
        }
    }
}
