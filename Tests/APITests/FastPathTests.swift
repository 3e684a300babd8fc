import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

/// One member that takes plain requests the fast way, and one that looks at each by itself.
private struct TwoMembers {
    var general = ExchangeHarness()
    var fast = ExchangeHarness()
    var known = KnownRequests()
    var date = HTTPDate(unixSeconds: 784_111_777)
    private var templates = ResponseTemplates()
    /// The statuses of what went the fast way, by the kind of the request.
    private(set) var fastStatuses: [RequestBatch.Kind: Set<UInt16>] = [:]
    private(set) var fastCount = 0

    /// A client of another kind comes.
    mutating func connect() { known = KnownRequests() }

    /// Does the same to both.
    mutating func both(_ change: (inout ExchangeHarness) -> Void) {
        change(&general)
        change(&fast)
    }

    /// The bytes that each sends for a request.
    mutating func answers(to raw: [UInt8]) throws -> (general: [UInt8], fast: [UInt8]) {
        (try Self.answer(to: try Self.parsed(raw), on: &general, date: date), try fastAnswer(raw))
    }

    private mutating func fastAnswer(_ raw: [UInt8]) throws -> [UInt8] {
        guard let (kind, found) = known.match(raw.span, at: 0), found.end == raw.count else {
            let request = try Self.parsed(raw)
            known.learn(from: request, in: raw.span, through: .client, site: fast.site)
            return try Self.answer(to: request, on: &fast, date: date)
        }
        let batch = RequestBatch(kind)
        batch.append(raw.span.extracting(found.path), raw.span.extracting(found.body))
        var reading = RequestBatch.Reading.readable
        switch (kind, fast.quorum) {
        case (.puts, _): try carryOut(batch)
        case (.reads, .absent): reading = .unreadable
        case (.reads, .present), (.reads, .lost), (.staleReads, _): break
        }
        templates.renew(for: date, keyspace: fast.keyspace, site: fast.site)
        var output: [UInt8] = []
        var statuses: Set<UInt16> = []
        batch.appendAnswers(
            reading: reading,
            templates: &templates,
            keyspace: fast.keyspace,
            site: fast.site,
            to: &output,
            note: { statuses.insert($0) }
        )
        fastStatuses[kind, default: []].formUnion(statuses)
        fastCount += 1
        return output
    }

    private mutating func carryOut(_ batch: RequestBatch) throws {
        var inputs: [Input] = []
        batch.propose({ Ticket(rawValue: UInt64($0)) }, into: &inputs)
        for (part, input) in inputs.enumerated() {
            guard case .propose(_, let write) = input else { throw Fault.noProposal }
            if case .absent(let failure) = fast.quorum {
                batch.note(.unproposed(failure), of: part)
            } else {
                let answer = fast.apply(try Request(decoding: write.payload))
                batch.note(.answered(try #require(answer)), of: part)
            }
        }
    }

    private enum Fault: Error { case noRequest, noProposal, noAnswer }

    private static func parsed(_ raw: [UInt8]) throws -> HTTPRequest {
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = parser.next(raw.span, from: &offset) else {
            throw Fault.noRequest
        }
        #expect(offset == raw.count)
        return request
    }

    private static func answer(
        to request: HTTPRequest,
        on stage: inout ExchangeHarness,
        date: HTTPDate
    ) throws -> [UInt8] {
        guard let reply = stage.open(request).reply else { throw Fault.noAnswer }
        var output: [UInt8] = []
        var writer = ResponseWriter(for: request)
        writer.append(reply.response, date: date, to: &output)
        return output
    }
}

/// A client that sends requests of its own kind, as drawn.
private struct RandomClient {
    private static let keys = [
        "/a", "/b", "/c/d", "/long/er/key", "/k~!$&'()*+,;=:@-_.", "/per%20cent", "/missing/1",
        "/missing/2", "/.roost/x", "/leased", "/bytes",
    ]
    private static let fixedFields = [
        "User-Agent: curl/8", "Accept: */*", "Authorization: Bearer s3cret", "authorization:x",
        "Accept-Encoding: gzip, br", "Connection: keep-alive", "Content-Type: text/plain",
        "If-Match: \"3\"", "If-None-Match: *", "Idempotency-Key: k1", "Origin: http://h",
        "X-Unknown: 1", "Roost-Lock: l=1",
    ]
    private static let tracingFields = [
        "traceparent", "tracestate", "baggage", "b3", "X-Request-Id", "X-B3-TraceId",
    ]

    private let fields: [String]
    private let tracing: [String]

    init(_ random: inout SplitMix64) {
        // Plain clients are as frequent as all others.
        let plain = Self.fixedFields.prefix(7)
        let source = random.below(2) == 0 ? Array(plain) : Self.fixedFields
        fields = source.filter { _ in random.below(4) == 0 }
        tracing = Self.tracingFields.filter { _ in random.below(4) == 0 }
    }

    func request(_ random: inout SplitMix64) -> [UInt8] {
        let key = Self.keys[random.below(Self.keys.count)]
        let isPut = random.below(3) == 0
        let query = isPut ? "" : ["", "", "?consistency=stale", "?raw"][random.below(4)]
        var head = "\(isPut ? "PUT" : "GET") /v1/kv\(key)\(query) HTTP/1.1\r\nHost: h\r\n"
        for field in fields { head += "\(field)\r\n" }
        for name in tracing {
            head += "\(name):\(String(repeating: " ", count: random.below(3)))"
            head += "\(Self.value(&random))\r\n"
        }
        guard isPut else { return Array("\(head)\r\n".utf8) }
        let body = Self.body(&random)
        return Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    private static func value(_ random: inout SplitMix64) -> String {
        let letters = Array("00-4bf92f3577b34da6a3ce929d0e0e4736=;, \t\u{e4}")
        return String((0..<random.below(60)).map { _ in letters[random.below(letters.count)] })
    }

    private static func body(_ random: inout SplitMix64) -> [UInt8] {
        let sizes = [0, 1, 7, 8, 9, 64, 100, 255, 256, 1000, 9_999, 100_000]
        let count = sizes[random.below(sizes.count)]
        let isText = random.below(4) > 0
        guard count <= 1000 else {
            return [UInt8](repeating: isText ? UInt8(ascii: "x") : 0xFF, count: count)
        }
        return (0..<count).map { _ in
            isText ? UInt8(0x20 + random.below(0x5F)) : UInt8(random.below(256))
        }
    }
}

extension SplitMix64 {
    fileprivate mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

@Suite("The fast path answers as the general one does")
struct FastPathTests {
    @Test(
        "byte for byte, for thousands of random requests",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func differential(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var members = TwoMembers()
        members.both { stage in
            _ = stage.call(.put, "/v1/kv/leased?ttl=1000s", body: "v")
            _ = stage.open(request(.put, "/v1/kv/bytes", [:], body: [0, 255, 34, 128]))
        }
        for turn in 0..<100 {
            let client = RandomClient(&random)
            let quorum: ExchangeHarness.Quorum =
                switch random.below(8) {
                case 0: .absent(.unknown)
                case 1: .absent(.notApplied(.noLeader))
                default: .present
                }
            members.connect()
            members.both { stage in
                // What is put next may create its key.
                stage.quorum = .present
                _ = stage.call(.delete, "/v1/kv/a")
                _ = stage.call(.delete, "/v1/kv/c/d")
                stage.quorum = quorum
                stage.advance(milliseconds: 300)
                if turn % 10 == 9 { stage.member.term += 1 }
            }
            if turn % 5 == 4 { members.date = HTTPDate(unixSeconds: 784_111_777 + UInt64(turn)) }
            for _ in 0..<20 {
                let raw = client.request(&random)
                let (general, fast) = try members.answers(to: raw)
                #expect(general == fast, "\(String(decoding: raw.prefix(400), as: UTF8.self))")
                // The general way would go on with what a put left there.
                guard general == fast else { return }
            }
        }
        #expect(members.general.keyspace.hash == members.fast.keyspace.hash)
        #expect(members.fastCount > 300)
        #expect(members.fastStatuses[.reads]?.isSuperset(of: [200, 404, 503]) == true)
        #expect(members.fastStatuses[.staleReads]?.isSuperset(of: [200, 404]) == true)
        #expect(members.fastStatuses[.puts]?.isSuperset(of: [200, 201, 503]) == true)
    }

    @Test("values that may vary go together, credentials that differ do not")
    func credentialsAndTraces() throws {
        func get(_ credential: String, trace: String) -> [UInt8] {
            Array(
                """
                GET /v1/kv/a HTTP/1.1\r
                Host: h\r
                Authorization: \(credential)\r
                traceparent: \(trace)\r
                X-Request-ID: \(trace)\r
                \r

                """.utf8
            )
        }
        let known = try Self.known(from: get("Bearer one", trace: "00-1"))
        #expect(known.match(get("Bearer one", trace: "").span, at: 0)?.kind == .reads)
        #expect(known.match(get("Bearer one", trace: "00-22-3; \u{e4}").span, at: 0) != nil)
        for credential in ["Bearer two", "Bearer on", "Bearer onee", "bearer one", ""] {
            #expect(known.match(get(credential, trace: "00-1").span, at: 0) == nil)
        }
        for trace in ["1\r\n 2", "1\r\nX: y", "1\n", "1\r", "\u{0}", "1\u{7F}"] {
            #expect(known.match(get("Bearer one", trace: trace).span, at: 0) == nil)
        }
        let long = String(repeating: "x", count: 2000)
        #expect(known.match(get("Bearer one", trace: long).span, at: 0) == nil)
        // Where slow requests are told of with their traces, each has its own.
        let traced = try Self.known(from: get("Bearer one", trace: "00-1"), traces: .kept)
        #expect(traced.match(get("Bearer one", trace: "00-1").span, at: 0) == nil)
        let plain = Array("GET /v1/kv/a HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        #expect(try Self.known(from: plain, traces: .kept).match(plain.span, at: 0) != nil)
    }

    @Test("what was learned is forgotten when permissions change, and learned anew")
    func permissionsChange() throws {
        let get = Array("GET /v1/kv/a HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        var known = try Self.known(from: get)
        known.renew(for: nil, in: .initial)
        #expect(known.match(get.span, at: 0) != nil)
        let next = PermissionEpoch(rawValue: PermissionEpoch.initial.rawValue + 1)
        known.renew(for: nil, in: next)
        #expect(known.match(get.span, at: 0) == nil)
        try Self.teach(&known, get)
        known.renew(for: nil, in: next)
        #expect(known.match(get.span, at: 0) != nil)
        // An epoch that is not the learned one is another one, even an earlier one.
        known.renew(for: nil, in: .initial)
        #expect(known.match(get.span, at: 0) == nil)
    }

    private static func known(
        from raw: [UInt8],
        traces: HTTPSite.Traces = .ignored
    ) throws -> KnownRequests {
        var known = KnownRequests()
        try teach(&known, raw, traces: traces)
        return known
    }

    private static func teach(
        _ known: inout KnownRequests,
        _ raw: [UInt8],
        traces: HTTPSite.Traces = .ignored
    ) throws {
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = parser.next(raw.span, from: &offset) else {
            Issue.record("the lesson is no request")
            return
        }
        let site = HTTPSite(of: MemberView(name: Array("n1".utf8), term: 1), traces: traces)
        known.learn(from: request, in: raw.span, through: .client, site: site)
    }
}
