import API
import Bytes
import Fuzzing
import Replica
import Testing
import Wire

/// Whole requests, from their bytes to their answer: paths, queries, headers, resume ids, bodies.
@Suite("Fuzzing: exchanges")
struct ExchangeFuzzTests {
    private static let good = [
        "GET /v1/kv/a?wait=1s&since=0&raw HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\n\r\n",
        "PUT /v1/kv/a%20b?ttl=5s HTTP/1.1\r\nHost: h\r\nIdempotency-Key: \"k\"\r\n"
            + "Content-Length: 2\r\n\r\nhi",
        "POST /v1/txn HTTP/1.1\r\nHost: h\r\nContent-Length: 102\r\n\r\n"
            + #"{"compare":[],"then":[{"put":{"key":"/a","value":"\u00e9"}}],    "#
            + #""else":[{"get":{"key":"/"}}]}"#,
        "GET /v1/watch?path=/&recursive&initial&from=3 HTTP/1.1\r\nHost: h\r\n"
            + "Last-Event-ID: 1.0\r\n\r\n",
        "POST /v1/locks/l HTTP/1.1\r\nHost: h\r\nRoost-Lock: l=1\r\nContent-Length: 13\r\n\r\n"
            + #"{"wait":"1s"}"#,
        "DELETE /v1/locks/l HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n" + #"{"token":1}"#,
        "GET /v1/kv/?recursive&limit=2&after=%2Fa&format=tree&at=2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /v1/leases HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n" + #"{"ttl":"5s"}"#,
        "POST /v1/compact HTTP/1.1\r\nHost: h\r\nContent-Length: 14\r\n\r\n"
            + #"{"revision":2}"#,
    ]

    @Test("whatever bytes come, an exchange answers and the member lives")
    func exchanges() {
        var stage = ExchangeHarness()
        var fuzzer = Fuzzer(
            "exchange",
            corpus: Self.good.map { Array($0.utf8) },
            tokens: [
                "%2F", "/..", "?recursive", "&wait=1s", "\"value\":", "\\u0000", "1e309", "-1",
                "null",
                "Last-Event-ID: ", "If-Match: *", "18446744073709551615",
            ]
        )
        fuzzer.run { input in
            var parser = RequestParser()
            var offset = 0
            guard case .request(let request) = parser.next(input.span, from: &offset) else {
                return "no request"
            }
            var session = stage.open(request)
            if case .streaming = session.state { _ = session.pull(&stage) }
            let reply = session.reply
            session.resume(.disconnected, &stage)
            return "\(request.method) \(reply?.status ?? 0) \(reply?.code ?? "")"
        }
        #expect(stage.call(.get, "/livez").status == 200)
    }

    private static let calls: [(Wire.Method, String)] = [
        (.post, "/v1/txn"), (.post, "/v1/locks/l"), (.delete, "/v1/locks/l"), (.post, "/v1/leases"),
        (.post, "/v1/elections/e"), (.post, "/v1/compact"), (.put, "/v1/kv/a"), (.post, "/v1/kv/a"),
        (.post, "/v1/leases/1/keepalive"), (.get, "/v1/kv/a"), (.put, "/v1/elections/e"),
    ]

    @Test("whatever body comes, and to whichever call")
    func bodies() {
        var stage = ExchangeHarness()
        let bodies = [
            #"{"compare":[{"key":"/a","target":"version","op":"==","value":1}],"#
                + #""then":[{"put":{"key":"/a","value":"x"}},{"delete":{"key":"/b"}}],"else":[]}"#,
            #"{"id":"2a","ttl":"5s","info":"why"}"#,
            #"{"ttl":"5s","wait":"1s","owner":"me","shared":true,"hold":false,"value":"v"}"#,
            #"{"token":1}"#, #"{"revision":2}"#, #"{"value_base64":"AAEC"}"#, "plain",
        ]
        var fuzzer = Fuzzer(
            "exchange-body",
            // The first byte chooses the call.
            corpus: Self.calls.indices.flatMap { call in
                bodies.map { [UInt8(call)] + Array($0.utf8) }
            },
            tokens: [
                "{", "}", "[", "]", ",", "\"key\":", "\"/a\"", "-1", "null", "true", "1e300",
                "\\u0000",
            ]
        )
        fuzzer.run { input in
            let call = Self.calls[Int(input.first ?? 0) % Self.calls.count]
            var session = stage.open(
                request(
                    call.0,
                    call.1,
                    ["content-type": "application/json", "host": "h"],
                    body: Array(input.dropFirst())
                )
            )
            if case .streaming = session.state { _ = session.pull(&stage) }
            let reply = session.reply
            session.resume(.disconnected, &stage)
            return "\(call.1) \(reply?.code ?? "")"
        }
        #expect(stage.call(.get, "/livez").status == 200)
    }
}
