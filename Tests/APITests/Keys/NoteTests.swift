import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("Notes and times: Roost-Note and ?meta")
struct NoteTests {
    /// A stage on which the cluster knows the time of day: 2026-11-29T03:20:00.123Z at its begin.
    private func stage() -> ExchangeHarness {
        var stage = ExchangeHarness()
        let milliseconds = Int64(1_795_922_400_123 - 1000)
        stage.apply(Request(.setWallClock(offsetMilliseconds: milliseconds)))
        return stage
    }

    @Test("meta tells when, why and how long a lease lives, where it is asked for")
    func meta() {
        var stage = stage()
        _ = stage.call(
            .put,
            "/v1/kv/a?ttl=30s",
            ["roost-note": "hand over – now"],
            body: "v"
        )
        stage.advance(milliseconds: 1500)
        let told =
            #""created":"2026-11-29T03:20:00.123Z","modified":"2026-11-29T03:20:00.123Z","note":"hand over – now","lease_remaining":28.5}"#
        for target in [
            "/v1/kv/a?meta", "/v1/kv?key=%2Fa&meta", "/v1/kv/?recursive&meta",
            "/v1/kv/?children&meta", "/v1/kv/?recursive&meta&keys", "/v1/kv?prefix=%2F&meta",
        ] {
            let text = stage.call(.get, target).text
                .replacing(#","children":0"#, with: "")
            #expect(text.contains(told), "\(target): \(text)")
        }
        var lines = stage.open(
            request(.get, "/v1/kv/?recursive&meta", ["accept": "application/x-ndjson"])
        )
        #expect(lines.pull(&stage).text.contains(#""note":"hand over – now""#))
        #expect(!stage.call(.get, "/v1/kv/a").text.contains("created\""))
        _ = stage.call(.put, "/v1/kv/a", body: "w")
        let later = stage.call(.get, "/v1/kv/a?meta")
        #expect(
            later.text.contains(
                #""created":"2026-11-29T03:20:00.123Z","modified":"2026-11-29T03:20:01.623Z"}"#
            )
        )
    }

    @Test("a time that nobody knows is left out")
    func unknown() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        let meta = stage.call(.get, "/v1/kv/a?meta")
        #expect(meta.json?["created"] == nil && meta.json?["modified"] == nil)
        #expect(meta.text == stage.call(.get, "/v1/kv/a").text)
    }

    @Test("a version tells who wrote it, where somebody was asked who they are")
    func author() {
        var stage = stage()
        let key = Key(unchecked: Array("/a".utf8))
        let put = Put(key: key, value: [], lease: .none, condition: .none)
        let written = Request(.put(put), note: Array("why".utf8))
        stage.apply(written.asked(by: .outside(subject: Array("ops@example".utf8), roles: [])))
        let meta = stage.call(.get, "/v1/kv/a?meta").json
        #expect(meta?["author"]?.text == "ops@example")
        #expect(meta?["note"]?.text == "why")
        _ = stage.call(.put, "/v1/kv/a")
        let anonymous = stage.call(.get, "/v1/kv/a?meta").json
        #expect(anonymous?["author"] == nil && anonymous?["note"] == nil)
    }

    @Test("every write keeps its note with what it writes")
    func everyWrite() {
        var stage = stage()
        let note = ["roost-note": "why", "content-type": "application/merge-patch+json"]
        _ = stage.call(.put, "/v1/kv/a", note)
        _ = stage.call(.post, "/v1/kv/b", note)
        _ = stage.call(.put, "/v1/kv?key=c", note)
        _ = stage.call(.put, "/v1/kv/d?format=tree", note, body: #"{"x":"1"}"#)
        _ = stage.call(.patch, "/v1/kv/e", note, body: #"{"x":"1"}"#)
        _ = stage.call(
            .post,
            "/v1/txn",
            note,
            body: #"{"then":[{"put":{"key":"/f","value":"1"}}]}"#
        )
        let items = stage.call(.get, "/v1/kv?prefix=&meta").json?["items"]?.array ?? []
        #expect(items.count == 6)
        for item in items { #expect(item["note"]?.text == "why", "\(item)") }
    }

    @Test("a note is text of at most 256 bytes, given once")
    func limits() {
        var stage = ExchangeHarness()
        let longest = String(repeating: "é", count: 128)
        #expect(stage.call(.put, "/v1/kv/a", ["roost-note": longest]).status == 201)
        #expect(stage.call(.put, "/v1/kv/a", ["roost-note": ""]).status == 200)
        let long = stage.call(.put, "/v1/kv/a", ["roost-note": longest + "x"])
        #expect(long.json?["header"]?.text == "Roost-Note")
        #expect(long.json?["detail"]?.text?.contains("257 bytes") == true)
        for fields in [
            [HeaderField(name: Array("roost-note".utf8), value: [0xFF])],
            [
                HeaderField("roost-note", value: "a"),
                HeaderField("roost-note", value: "b"),
            ],
        ] {
            let request = HTTPRequest(method: .put, rawPath: "/v1/kv/a".utf8, headers: fields)
            #expect(stage.open(request).reply?.json?["header"]?.text == "Roost-Note")
        }
    }

    @Test("another note makes another request of an Idempotency-Key")
    func idempotency() {
        var stage = ExchangeHarness()
        let rows: [([String: String], UInt16)] = [
            (["roost-note": "one"], 201), (["roost-note": "one"], 201),
            (["roost-note": "two"], 422), ([:], 422),
        ]
        for (headers, status) in rows {
            let keyed = headers.merging(["idempotency-key": "k"]) { $1 }
            #expect(stage.call(.put, "/v1/kv/a", keyed, body: "v").status == status)
        }
    }

    @Test("a request with a note is none of the plain ones")
    func fastPath() {
        let stage = ExchangeHarness()
        let plain = "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv"
        let noted =
            "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\nRoost-Note: why\r\nContent-Length: 1\r\n\r\nv"
        let ranged = "PUT /v1/kv?key=a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nv"
        for (lesson, matches) in [(plain, true), (noted, false), (ranged, false)] {
            var known = KnownRequests()
            var parser = RequestParser()
            var offset = 0
            let bytes = Array(lesson.utf8)
            guard case .request(let request) = parser.next(bytes.span, from: &offset) else {
                Issue.record("no request: \(lesson)")
                continue
            }
            known.learn(
                from: request,
                in: bytes.span,
                through: .client,
                site: stage.site
            )
            #expect((known.match(bytes.span, at: 0) != nil) == matches, "\(lesson)")
            #expect(known.match(Array(noted.utf8).span, at: 0) == nil)
            #expect(known.match(Array(ranged.utf8).span, at: 0) == nil)
        }
    }

    @Test("pages of an admitted origin may send notes")
    func preflight() {
        var stage = ExchangeHarness()
        stage.allowedOrigins = [Array("https://app.example".utf8)]
        let reply = stage.call(
            .options,
            "/v1/kv/a",
            ["origin": "https://app.example", "access-control-request-method": "PATCH"]
        )
        #expect(reply.header("access-control-allow-headers")?.contains("Roost-Note") == true)
        #expect(reply.header("access-control-allow-methods")?.contains("PATCH") == true)
    }
}
