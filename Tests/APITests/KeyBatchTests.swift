import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

/// The bytes that the stage's member sends for a request looked at by itself.
private func aloneAnswer(_ request: HTTPRequest, _ stage: inout ExchangeHarness) throws -> String {
    let reply = try #require(stage.open(request).reply)
    var output: [UInt8] = []
    var writer = ResponseWriter(for: request)
    writer.append(reply.response, date: date, to: &output)
    return String(decoding: output, as: UTF8.self)
}

private let date = HTTPDate(unixSeconds: 784_111_777)

@Suite("A batch's answers are those of its requests one by one, byte for byte")
struct KeyBatchTests {
    private static func batch(_ kind: RequestBatch.Kind, _ keys: [String], _ value: [UInt8] = [])
        -> RequestBatch
    {
        let batch = RequestBatch(kind)
        for key in keys { batch.append(Array(key.utf8).span, value.span) }
        return batch
    }

    private static func answers(
        _ batch: RequestBatch,
        _ stage: ExchangeHarness,
        _ reading: RequestBatch.Reading = .readable
    ) -> (statuses: [UInt16], text: String) {
        var templates = ResponseTemplates()
        templates.renew(for: date, keyspace: stage.keyspace, site: stage.site)
        var output: [UInt8] = []
        var statuses: [UInt16] = []
        batch.appendAnswers(
            reading: reading,
            templates: &templates,
            keyspace: stage.keyspace,
            site: stage.site,
            to: &output,
            note: { statuses.append($0) }
        )
        return (statuses, String(decoding: output, as: UTF8.self))
    }

    @Test("of reads: text, nothing, quotes, bytes, a lease, a missing key")
    func reads() throws {
        var stage = ExchangeHarness()
        let values = ["text", "", "\"quoted\" \\ \n", "\u{e4}\u{1F600}", "\u{7F}"]
        for (place, value) in values.enumerated() {
            _ = stage.call(.put, "/v1/kv/k\(place)", body: value)
        }
        _ = stage.open(request(.put, "/v1/kv/bytes", [:], body: [0, 255, 34, 128]))
        _ = stage.call(.put, "/v1/kv/leased?ttl=10s", body: "v")
        _ = stage.call(.put, "/v1/kv/k0", body: "again")
        let keys = values.indices.map { "/k\($0)" } + ["/bytes", "/leased", "/missing", "/k0"]
        let alone = try keys.map { key in
            try aloneAnswer(request(.get, "/v1/kv\(key)", [:], body: []), &stage)
        }
        let stale = try keys.map { key in
            let read = request(.get, "/v1/kv\(key)?consistency=stale", [:], body: [])
            return try aloneAnswer(read, &stage)
        }
        let together = Self.answers(Self.batch(.reads, keys), stage)
        #expect(together.text == alone.joined())
        #expect(Self.answers(Self.batch(.staleReads, keys), stage).text == stale.joined())
        #expect(together.statuses == [200, 200, 200, 200, 200, 200, 200, 404, 200])
    }

    @Test("of reads without a leader")
    func unreadable() throws {
        var stage = ExchangeHarness()
        stage.quorum = .absent(.unknown)
        let alone = try aloneAnswer(request(.get, "/v1/kv/a", [:], body: []), &stage)
        let together = Self.answers(Self.batch(.reads, ["/a", "/a"]), stage, .unreadable)
        #expect(together.text == alone + alone)
        #expect(together.statuses == [503, 503])
    }

    @Test("of puts: created, put again, refused, without an answer")
    func puts() throws {
        var (alone, together) = (ExchangeHarness(), ExchangeHarness())
        let batch = Self.batch(.puts, ["/a", "/a", "/b"], Array("value".utf8))
        var inputs: [Input] = []
        batch.propose({ Ticket(rawValue: UInt64($0) + 1) }, into: &inputs)
        #expect(batch.openTickets.map(\.rawValue) == [1, 2, 3])
        for (part, input) in inputs.enumerated() {
            guard case .propose(_, let write) = input else {
                Issue.record("\(input)")
                return
            }
            #expect(!batch.isDecided)
            let request = try Request(decoding: write.payload)
            let answer = together.apply(request)
            batch.note(.answered(try #require(answer)), of: part)
        }
        #expect(batch.isDecided && batch.openTickets.isEmpty)
        let requests = ["/a", "/a", "/b"].map {
            request(.put, "/v1/kv\($0)", [:], body: Array("value".utf8))
        }
        // Those of a run are given together, at the revision of the last.
        for request in requests { _ = alone.open(request) }
        let text = Self.answers(batch, together).text
        #expect(
            text.contains(
                "HTTP/1.1 201 Created\r\nDate: \(String(decoding: date.text, as: UTF8.self))"
            )
        )
        #expect(Self.answers(batch, together).statuses == [201, 200, 201])
        #expect(alone.keyspace.hash == together.keyspace.hash)
    }

    @Test("of one put at a time", arguments: ["/a", "/deep/er/key", "/k~!$&'()*+,;=:@-_."])
    func putAlone(_ key: String) throws {
        var (alone, together) = (ExchangeHarness(), ExchangeHarness())
        for value in ["1", "", "third"] {
            let body = Array(value.utf8)
            let request = request(.put, "/v1/kv\(key)", [:], body: body)
            let expected = try aloneAnswer(request, &alone)
            let batch = Self.batch(.puts, [key], body)
            var inputs: [Input] = []
            batch.propose({ _ in Ticket(rawValue: 1) }, into: &inputs)
            guard case .propose(_, let write)? = inputs.first else {
                Issue.record("\(inputs)")
                return
            }
            // What goes into the log is what the call by itself would have put there.
            let put = Put(
                key: Key(unchecked: Array(key.utf8)),
                value: body,
                lease: .none,
                condition: .none
            )
            #expect(write.payload == EncodedWrite(Request(.put(put))).payload)
            let answer = together.apply(try Request(decoding: write.payload))
            batch.note(.answered(try #require(answer)), of: 0)
            #expect(Self.answers(batch, together).text == expected)
        }
    }

    @Test(
        "of a put that came to nothing",
        arguments: [ProposalFailure.unknown, .notApplied(.noLeader), .notApplied(.noSpace)]
    )
    func failure(_ failure: ProposalFailure) throws {
        var stage = ExchangeHarness()
        stage.quorum = .absent(failure)
        let request = request(.put, "/v1/kv/a", [:], body: [1])
        let expected = try aloneAnswer(request, &stage)
        let batch = Self.batch(.puts, ["/a"], [1])
        var inputs: [Input] = []
        batch.propose({ _ in Ticket(rawValue: 9) }, into: &inputs)
        batch.note(.unproposed(failure), of: 0)
        batch.note(.unproposed(.unknown), of: 0)
        #expect(batch.isDecided)
        #expect(Self.answers(batch, stage).text == expected)
    }

    @Test(
        "are not made of requests that say more than a key and a value",
        arguments: [
            ("If-Match", "\"1\""), ("Idempotency-Key", "k"), ("Roost-Lock", "l=1"),
            ("Content-Encoding", "gzip"), ("Cookie", "c=1"), ("X-Anything", "y"),
            ("Origin", "http://h"), ("Origin", "http://evil.example"),
            ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site"),
        ]
    )
    func learnsNothing(_ name: String, _ value: String) throws {
        #expect(try Self.learns("\(name): \(value)\r\n") == nil)
        #expect(try Self.learns("User-Agent: curl/8\r\n") == .puts)
    }

    @Test(
        "are made of reads by what they ask for",
        arguments: [
            ("", RequestBatch.Kind.reads), ("?consistency=stale", .staleReads),
            ("?consistency=linearizable", nil), ("?consistency=stale&raw", nil), ("?raw", nil),
            ("?", nil), ("?consistency=stal%65", nil),
        ]
    )
    func kinds(_ query: String, _ kind: RequestBatch.Kind?) throws {
        let raw = Array("GET /v1/kv/a\(query) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        #expect(try Self.learns(raw) == kind)
    }

    @Test func theHealthListenerHasNoRuns() throws {
        #expect(try Self.learns("", through: .health) == nil)
        #expect(try Self.learns("", hosts: ["only.example"]) == nil)
        #expect(try Self.learns("", through: ListenerKind(.every, reach: .loopback)) == nil)
        #expect(try Self.learns("", through: ListenerKind(.every, reach: .file)) == .puts)
    }

    @Test("are not made of requests that a page of another origin could have sent")
    func foreignPages() throws {
        let learned = Array("GET /v1/kv/a HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n".utf8)
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = parser.next(learned.span, from: &offset) else { return }
        let site = HTTPSite(of: MemberView(name: [], term: 1))
        let door = ListenerKind(.every, reach: .loopback)
        let lesson = RequestBatch.template(
            of: request,
            in: learned.span,
            through: door,
            site: site
        )
        let pattern = try #require(lesson?.template)
        func matches(_ head: String) -> Bool {
            let bytes = Array("GET /v1/kv/b HTTP/1.1\r\n\(head)\r\n".utf8)
            return pattern.match(bytes.span, at: 0) != nil
        }
        #expect(matches("Host: 127.0.0.1:1\r\n"))
        for head in [
            "Host: evil.example\r\n", "Host: 127.0.0.1:2\r\n",
            "Host: 127.0.0.1:1\r\nOrigin: http://evil.example\r\n",
            "Origin: http://evil.example\r\nHost: 127.0.0.1:1\r\n",
            "Host: 127.0.0.1:1\r\nSec-Fetch-Site: cross-site\r\n",
        ] {
            #expect(!matches(head), "\(head)")
        }
    }

    @Test("say what others say where pages are admitted by name")
    func variesWithTheOrigin() throws {
        var stage = ExchangeHarness()
        stage.allowedOrigins = [Array("https://a".utf8)]
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        let alone = try aloneAnswer(request(.get, "/v1/kv/a"), &stage)
        #expect(alone.contains("Vary: Origin\r\n"))
        #expect(Self.answers(Self.batch(.reads, ["/a"]), stage).text == alone)
    }

    private static func learns(
        _ field: String,
        through door: ListenerKind = .client,
        hosts: [String] = []
    ) throws -> RequestBatch.Kind? {
        let raw = "PUT /v1/kv/a HTTP/1.1\r\nHost: h\r\n\(field)Content-Length: 0\r\n\r\n"
        return try learns(Array(raw.utf8), through: door, hosts: hosts)
    }

    private static func learns(
        _ raw: [UInt8],
        through door: ListenerKind = .client,
        hosts: [String] = []
    ) throws -> RequestBatch.Kind? {
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = parser.next(raw.span, from: &offset) else { return nil }
        let site = HTTPSite(
            of: MemberView(name: Array("n1".utf8), term: 1),
            allowedHosts: hosts.map { Array($0.utf8) }
        )
        return RequestBatch.template(of: request, in: raw.span, through: door, site: site)?.kind
    }
}
