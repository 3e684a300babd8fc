import Foundation
import TestCluster
import Testing

/// A request that must be refused, and how (Docs/http-api.md, Errors).
struct BadRequest: CustomTestStringConvertible, Sendable {
    let method: String
    let target: String
    var headers: [String: String] = [:]
    var body = Data()
    let status: Int
    let code: String

    init(
        _ method: String,
        _ target: String,
        headers: [String: String] = [:],
        body: String = "",
        _ status: Int = 400,
        _ code: String = "bad-request"
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = Data(body.utf8)
        self.status = status
        self.code = code
    }

    var testDescription: String { "\(method) \(target.prefix(60)) \(body.prefix(40))" }

    static let keys: [BadRequest] = [
        .init("GET", "/v1/kv//a"),
        .init("GET", "/v1/kv/a/"),
        .init("GET", "/v1/kv/a/../b"),
        .init("GET", "/v1/kv/./a"),
        .init("GET", "/v1/kv/a%2Fb"),
        .init("GET", "/v1/kv/a%00b"),
        .init("GET", "/v1/kv/a%"),
        .init("GET", "/v1/kv/a%zz"),
        .init("GET", "/v1/kv/%FF"),
        .init("GET", "/v1/kv/a?unknown=1"),
        .init("GET", "/v1/kv/a?revision=x"),
        .init("GET", "/v1/kv/a?revision=99999999", 400, "future-revision"),
        .init("GET", "/v1/kv/a?consistency=maybe"),
        .init("GET", "/v1/kv/a?recursive&limit=0"),
        .init("GET", "/v1/kv/a?recursive&limit=10001"),
        .init("GET", "/v1/kv/a?recursive&format=xml"),
        .init("GET", "/v1/kv/a?timeout=soon"),
        .init("GET", "/v1/kv/a?wait=-1"),
        .init("GET", "/v1/kv/missing", 404, "not-found"),
        .init("GET", "/v1/kv/" + String(repeating: "k", count: 4097), 413, "too-large"),
        .init("GET", "/v1/kv/" + String(repeating: "k", count: 70_000), 414, "uri-too-long"),
        .init(
            "PUT",
            "/v1/kv/a",
            body: String(repeating: "v", count: (1 << 20) + 1),
            413,
            "too-large"
        ),
        .init(
            "PUT",
            "/v1/kv/a",
            headers: ["Content-Encoding": "gzip"],
            body: "v",
            415,
            "unsupported-encoding"
        ),
        .init("PUT", "/v1/kv/a", headers: ["If-Match": "7"], body: "v"),
        .init(
            "PUT",
            "/v1/kv/a",
            headers: ["If-Match": #""7""#],
            body: "v",
            412,
            "precondition-failed"
        ),
        .init("PUT", "/v1/kv/a", headers: ["If-None-Match": "7"], body: "v"),
        .init("GET", "/v1/kv/a?revision=0"),
        .init("GET", "/v1/kv/a?recursive&revision=0"),
        .init("PUT", "/v1/kv/a?lease=zz", body: "v"),
        .init("PUT", "/v1/kv/a?lease=abcdef", body: "v", 404, "not-found"),
        .init("PUT", "/v1/kv/a?ttl=0", body: "v"),
        .init("PUT", "/v1/kv/a?ttl=31d", body: "v"),
        .init("PUT", "/v1/kv/.roost/a", body: "v", 403, "permission-denied"),
        .init(
            "PUT",
            "/v1/kv/a",
            headers: ["Idempotency-Key": String(repeating: "k", count: 129)],
            body: "v"
        ),
        .init("PUT", "/v1/kv/a", headers: ["Roost-Lock": "nonsense"], body: "v"),
        .init(
            "PUT",
            "/v1/kv/a",
            headers: ["Roost-Lock": "deploy=7"],
            body: "v",
            412,
            "precondition-failed"
        ),
        .init("POST", "/v1/kv/a?unknown", body: "v"),
        .init("POST", "/v1/kv/a//b", body: "v"),
        .init("DELETE", "/v1/kv/missing", 404, "not-found"),
        .init("DELETE", "/v1/kv/?recursive"),
        .init("DELETE", "/v1/kv/a?recursive=maybe"),
        .init("PATCH", "/v1/kv/a", body: "{}", 415, "unsupported-type"),
        .init("PATCH", "/v1/kv?key=a", body: "{}", 405, "method-not-allowed"),
        .init("MERGE", "/v1/kv/a", body: "v", 405, "method-not-allowed"),
        .init("PUT", "/v1/kv/a?format=tree", body: "[]"),
        .init("PUT", "/v1/kv/a?format=tree", body: #"{"a/b":"v"}"#),
        .init("GET", "/v1/kv?key="),
        .init("GET", "/v1/kv?prefix=a&from=b"),
        .init("DELETE", "/v1/kv?prefix="),
        .init("GET", "/v1/nothing", 404, "no-such-call"),
        .init("GET", "/v2/kv/a", 404, "no-such-call"),
    ]

    static let calls: [BadRequest] = [
        .init("POST", "/v1/txn", body: "{"),
        .init("POST", "/v1/txn", body: "[]"),
        .init("POST", "/v1/txn", body: "\u{0}"),
        .init("POST", "/v1/txn", body: #"{"unknown":1}"#),
        .init("POST", "/v1/txn", body: #"{"then":[{"fly":{}}]}"#),
        .init("POST", "/v1/txn", body: #"{"then":[{"put":{"key":"","value":""}}]}"#),
        .init(
            "POST",
            "/v1/txn",
            body: #"{"then":[{"put":{"key":"/a","value":""}},{"put":{"key":"/a","value":""}}]}"#
        ),
        .init(
            "POST",
            "/v1/txn",
            body: #"{"compare":[{"key":"/a","target":"version","op":"~","value":1}]}"#
        ),
        .init("POST", "/v1/txn", body: String(repeating: "[", count: 100_000)),
        .init(
            "POST",
            "/v1/txn",
            body: String(repeating: " ", count: 3 << 19 | 1),
            413,
            "too-large"
        ),
        .init("GET", "/v1/txn", 405, "method-not-allowed"),
        .init("GET", "/v1/watch"),
        .init("GET", "/v1/watch?path=a"),
        .init("GET", "/v1/watch?path=/a&from=x"),
        .init("GET", "/v1/watch?path=/a", headers: ["Last-Event-ID": "nonsense"]),
        .init("GET", "/v1/watch?path=/a&unknown"),
        .init("POST", "/v1/watch?path=/a", 405, "method-not-allowed"),
        .init("POST", "/v1/leases", body: "{}"),
        .init("POST", "/v1/leases", body: #"{"ttl":0.5}"#),
        .init("POST", "/v1/leases", body: #"{"ttl":"31d"}"#),
        .init("POST", "/v1/leases", body: #"{"ttl":9007199254740993}"#),
        .init("POST", "/v1/leases", body: #"{"ttl":10,"x":1}"#),
        .init("POST", "/v1/leases", body: #"{"ttl":10"#),
        .init("GET", "/v1/leases/zz"),
        .init("GET", "/v1/leases/abcdef", 404, "not-found"),
        .init("POST", "/v1/leases/abcdef/keepalive", 404, "not-found"),
        .init("DELETE", "/v1/leases/abcdef", 404, "not-found"),
        .init("PUT", "/v1/leases", 405, "method-not-allowed"),
        .init("POST", "/v1/locks/a%2F%2Fb", body: "{}"),
        .init("POST", "/v1/locks/" + String(repeating: "n", count: 256), body: "{}"),
        .init("POST", "/v1/locks/a", body: #"{"ttl":"x"}"#),
        .init("POST", "/v1/locks/a", body: #"{"unknown":1}"#),
        .init("POST", "/v1/locks/a", body: #"{"lease":"abcdef"}"#, 404, "not-found"),
        .init("POST", "/v1/locks/a", body: #"{"shared":"yes"}"#),
        .init("GET", "/v1/locks/free", 404, "not-found"),
        .init("DELETE", "/v1/locks/free"),
        .init("DELETE", "/v1/locks/free?token=7", 412, "precondition-failed"),
        .init("DELETE", "/v1/locks/free?token=x"),
        .init("PUT", "/v1/locks/a", 405, "method-not-allowed"),
        .init("POST", "/v1/elections/a/campaign", body: #"{"ttl":true}"#),
        .init("POST", "/v1/elections/a/campaign", body: #"{"value":7}"#),
        .init("GET", "/v1/elections/free", 404, "not-found"),
        .init("PUT", "/v1/elections/free/proclaim?token=7", body: "v", 412, "precondition-failed"),
        .init("PUT", "/v1/elections/free/proclaim", body: "v"),
        .init("POST", "/v1/elections/free/resign?token=7", 412, "precondition-failed"),
        .init("GET", "/v1/elections/a/campaign", 405, "method-not-allowed"),
        .init("GET", "/v1/elections/a/fly", 404, "no-such-call"),
        .init("POST", "/v1/compact", body: #"{"revision":99999999}"#, 400, "future-revision"),
        .init("POST", "/v1/compact", body: #"{"revision":-1}"#),
        .init("POST", "/v1/compact", body: #"{"revision":1.5}"#),
        .init("POST", "/v1/compact", body: ""),
        .init("GET", "/v1/cluster?unknown"),
        .init("GET", "/v1/status?unknown"),
        .init("DELETE", "/v1/status", 405, "method-not-allowed"),
        .init("POST", "/readyz", 405, "method-not-allowed"),
        .init("GET", "/metrics?unknown"),
    ]
}

@Suite("Bad input is refused and the server lives (http-api.md, Errors)", .serialized)
struct BadInputTests {
    @Test(arguments: BadRequest.keys + BadRequest.calls)
    func refused(_ bad: BadRequest) throws {
        let member = try SharedMember.member()
        let connection = try member.connect()
        let answer = try connection.request(
            bad.method,
            target: bad.target,
            headers: bad.headers,
            body: bad.body
        )
        #expect(answer.status == bad.status, "\(answer.text)")
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.json["code"] as? String == bad.code, "\(answer.text)")
        #expect(answer.json["type"] as? String == "urn:roost:\(bad.code)")
        #expect((answer.json["detail"] as? String ?? "").count > 10)
        #expect(answer.headers["roost-revision"] != nil)
        if answer.status == 405 { #expect(answer.headers["allow"] != nil) }
        if answer.headers["connection"] == "close" {
            #expect([413, 414, 431].contains(answer.status), "only framing costs the connection")
        } else {
            #expect(try connection.request("GET", target: "/livez").status == 200)
        }
        #expect(member.ask("GET", target: "/livez")?.status == 200)
    }

    @Test(
        "malformed HTTP is refused and costs the connection",
        arguments: [
            "GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n",
            "GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func framing(_ text: String) throws {
        let member = try SharedMember.member()
        let connection = try member.connect()
        try connection.send(Data(text.utf8))
        let answer = try connection.answer()
        #expect([400, 413, 431, 505].contains(answer.status), "\(answer.status) \(answer.text)")
        #expect(answer.headers["connection"] == "close")
        #expect(member.ask("GET", target: "/livez")?.status == 200)
    }

    @Test("a stranger's bytes on either port harm nobody")
    func strangers() throws {
        let member = try SharedMember.member()
        var random = Chance(seed: 11)
        for round in 0..<50 {
            let port = round % 2 == 0 ? member.peerPort : member.clientPort
            guard let connection = try? HTTPConnection(port: port, timeoutSeconds: 2) else {
                continue
            }
            let bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: random.next() >> 11) }
            try? connection.send(Data(bytes))
            connection.close()
        }
        #expect(member.ask("GET", target: "/livez")?.status == 200)
        #expect(member.ask("PUT", target: "/v1/kv/after-strangers", body: "1")?.status ?? 0 < 300)
    }
}
