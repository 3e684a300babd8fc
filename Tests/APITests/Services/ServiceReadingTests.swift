import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("The service registry: lists, waits, formats and streams")
struct ServiceReadingTests {
    private static let web = "/v1/services/web"

    private func register(
        _ id: String,
        _ address: String = "10.0.0.1",
        _ more: String = "",
        _ stage: inout ExchangeHarness
    ) {
        let reply = stage.call(
            .put,
            "\(Self.web)/\(id)",
            body: #"{"address":"\#(address)","port":8080\#(more)}"#
        )
        #expect([200, 201].contains(reply.status), "\(reply.text)")
    }

    private func staged() -> ExchangeHarness {
        var stage = ExchangeHarness()
        register("a", "10.0.0.1", #","tags":["blue","eu"],"weight":3"#, &stage)
        register(
            "b",
            "fd00::2",
            #","tags":["blue"],"meta":{"a-b":"1","a_b":"2","x":"\"é"}"#,
            &stage
        )
        register("c", "db.example", #","status":"critical""#, &stage)
        return stage
    }

    private func ids(_ stage: inout ExchangeHarness, _ query: String) -> [String] {
        let reply = stage.call(.get, Self.web + query)
        return (reply.json?["instances"]?.array ?? []).compactMap { $0["id"]?.text }
    }

    @Test("by health and by tags, of which each has to be there")
    func filters() {
        var stage = staged()
        #expect(ids(&stage, "") == ["a", "b", "c"])
        #expect(ids(&stage, "?healthy") == ["a", "b"])
        #expect(ids(&stage, "?tag=blue") == ["a", "b"])
        #expect(ids(&stage, "?healthy&tag=eu&tag=blue") == ["a"])
        #expect(ids(&stage, "?tag=none") == [])
        let services = stage.call(.get, "/v1/services").json?["services"]?.array
        #expect(services?.count == 1)
        #expect(services?.first?["instances"]?.whole == 3)
        #expect(services?.first?["healthy"]?.whole == 2)
        #expect(services?.first?["tags"]?.array?.compactMap(\.text) == ["blue", "eu"])
        #expect(stage.call(.get, "/v1/services/none").json?["instances"]?.array == [])
    }

    @Test("pages are joined by their links, and keep the filter")
    func pages() {
        var stage = ExchangeHarness()
        for number in 0..<25 { register("i\(number)", "10.0.0.1", #","tags":["t"]"#, &stage) }
        var found: [String] = []
        var address: String? = "\(Self.web)?limit=10&healthy&tag=t"
        while let target = address {
            let page = stage.call(.get, target).json
            found += page?["instances"]?.array?.compactMap { $0["id"]?.text } ?? []
            address = page?["next"]?.text
        }
        #expect(found == (0..<25).map { "i\($0)" }.sorted())
        for number in 0..<5 {
            _ = stage.call(
                .put,
                "/v1/services/s\(number)/a",
                body: #"{"address":"h","port":1}"#
            )
        }
        found = []
        address = "/v1/services?limit=2"
        while let target = address {
            let page = stage.call(.get, target).json
            found += page?["services"]?.array?.compactMap { $0["name"]?.text } ?? []
            address = page?["next"]?.text
        }
        #expect(found == ["s0", "s1", "s2", "s3", "s4", "web"])
    }

    @Test("a wait ends with a change of the service, a report among them, and with no other")
    func waiting() {
        var stage = staged()
        let revision = stage.keyspace.store.revision.rawValue
        var session = stage.open(request(.get, "\(Self.web)?wait=30s&since=\(revision)&healthy"))
        guard let wake = session.wake, let filter = wake.filter else {
            Issue.record("it does not wait: \(session.state)")
            return
        }
        let web = Key(unchecked: Array("/services/web/c/health".utf8))
        #expect(filter.matches(web))
        #expect(!filter.matches(Key(unchecked: Array("/services/webmail/c".utf8))))
        #expect(!filter.matches(Key(unchecked: Array("/other".utf8))))
        _ = stage.call(.put, "\(Self.web)/c/health", body: #"{"status":"passing"}"#)
        session.resume(.woken, &stage)
        #expect(session.reply?.json?["instances"]?.array?.count == 3)
        // What has changed already is told at once.
        #expect(ids(&stage, "?wait=30s&since=\(revision)") == ["a", "b", "c"])
        let all = stage.open(request(.get, "/v1/services?wait=30s&since=\(revision + 1)"))
        #expect(all.wake?.filter?.matches(web) == true)
        let ahead = stage.call(.get, "\(Self.web)?wait=30s&since=99")
        #expect(ahead.code == "future-revision")
    }

    @Test("nginx: servers of an upstream, the sick ones down")
    func nginx() {
        var stage = staged()
        let reply = stage.call(.get, "\(Self.web)?format=nginx")
        #expect(reply.header("content-type") == "text/plain; charset=utf-8")
        #expect(
            reply.text == """
                server 10.0.0.1:8080 weight=3;
                server [fd00::2]:8080 weight=1;
                server db.example:8080 weight=1 down;

                """
        )
        let healthy = stage.call(.get, "\(Self.web)?format=nginx&healthy&tag=eu")
        #expect(healthy.text == "server 10.0.0.1:8080 weight=3;\n")
        // An upstream without servers is an error to nginx.
        let none = stage.call(.get, "/v1/services/none?format=nginx")
        #expect(none.text == "server 127.0.0.1:65535 down;\n")
    }

    @Test("HAProxy: a backend, the sick servers disabled")
    func haproxy() {
        var stage = staged()
        #expect(
            stage.call(.get, "\(Self.web)?format=haproxy").text == """
                backend web
                    server a 10.0.0.1:8080 weight 3
                    server b [fd00::2]:8080 weight 1
                    server c db.example:8080 weight 1 init-addr last,libc,none disabled

                """
        )
        let odd = stage.call(.get, "/v1/services/a%2Fb%0Abackend%20evil?format=haproxy")
        #expect(odd.text == "backend a_b_backend_evil\n")
    }

    @Test("Prometheus: targets with labels, whatever stands in them")
    func prometheus() {
        var stage = staged()
        let reply = stage.call(.get, "\(Self.web)?format=http-sd&tag=blue")
        #expect(reply.header("content-type") == "application/json")
        #expect(
            reply.line
                == #"[{"targets":["10.0.0.1:8080"],"labels":{"__meta_roost_service":"web","__meta_roost_id":"a","__meta_roost_status":"passing","__meta_roost_tags":",blue,eu,"}},{"targets":["[fd00::2]:8080"],"labels":{"__meta_roost_service":"web","__meta_roost_id":"b","__meta_roost_status":"passing","__meta_roost_tags":",blue,","__meta_roost_meta_a_b":"1","__meta_roost_meta_x":"\"é"}}]"#
        )
        #expect(stage.call(.get, "/v1/services/none?format=http-sd").line == "[]")
        #expect(stage.call(.get, "\(Self.web)?format=yaml").code == "bad-request")
    }

    // MARK: - Streams

    private func events(_ text: String) -> [String] {
        var told: [String] = []
        var event = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("event: ") { event = String(line.dropFirst(7)) }
            if line.hasPrefix("data: "),
                let json = try? JSONValue(parsing: Array(line.utf8.dropFirst(6)))
            {
                let status = json["status"]?.text.map { " \($0)" } ?? ""
                told.append("\(event)\(json["id"]?.text.map { " \($0)" } ?? "")\(status)")
            }
        }
        return told
    }

    private func lastID(_ text: String) -> String? {
        text.split(separator: "\n").last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }

    @Test("a stream tells what is there, then each that changes, then who is gone")
    func stream() {
        var stage = staged()
        var session = stage.open(request(.get, "\(Self.web)/watch"))
        let first = session.pull(&stage)
        #expect(
            events(first.text)
                == [
                    "begin", "instance a passing", "instance b passing", "instance c critical",
                    "synced",
                ]
        )
        #expect(lastID(first.text) == "7")
        #expect(first.wake?.filter?.matches(Key(unchecked: Array("/services/web/a".utf8))) == true)
        _ = stage.call(.put, "\(Self.web)/c/health", body: #"{"status":"passing"}"#)
        _ = stage.call(.put, "/v1/kv/elsewhere", body: "x")
        register("d", &stage)
        _ = stage.call(.delete, "\(Self.web)/a")
        let second = session.pull(&stage)
        #expect(events(second.text) == ["instance c passing", "instance d passing", "gone a"])
        #expect(session.pull(&stage).text == "")
        stage.advance(milliseconds: 20_000)
        #expect(session.pull(&stage).text == ":\n\n")
    }

    private func register(_ id: String, _ stage: inout ExchangeHarness) {
        register(id, "10.0.0.1", "", &stage)
    }

    @Test("who does not want an instance any more is told that it is gone")
    func filteredStream() {
        var stage = staged()
        var session = stage.open(request(.get, "\(Self.web)/watch?healthy&tag=blue"))
        #expect(
            events(session.pull(&stage).text)
                == ["begin", "instance a passing", "instance b passing", "synced"]
        )
        _ = stage.call(.put, "\(Self.web)/b/health", body: #"{"status":"critical"}"#)
        #expect(events(session.pull(&stage).text) == ["gone b"])
    }

    @Test("a client that comes back goes on, or begins anew where that is forgotten")
    func resumption() {
        var stage = staged()
        var session = stage.open(request(.get, "\(Self.web)/watch"))
        let last = lastID(session.pull(&stage).text) ?? "?"
        _ = stage.call(.delete, "\(Self.web)/a")
        var second = stage.open(request(.get, "\(Self.web)/watch", ["last-event-id": last]))
        #expect(events(second.pull(&stage).text) == ["gone a"])
        _ = stage.call(.put, "/v1/kv/k", body: "1")
        let now = stage.keyspace.store.revision.rawValue
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":\#(now)}"#)
        for id in [last, "99999", "nonsense"] {
            var third = stage.open(request(.get, "\(Self.web)/watch", ["last-event-id": id]))
            #expect(
                events(third.pull(&stage).text)
                    == ["begin", "instance b passing", "instance c critical", "synced"],
                "\(id)"
            )
        }
    }

    @Test("a thousand instances are told in pieces, and HEAD gets the head alone")
    func large() {
        var stage = ExchangeHarness()
        for number in 0..<1000 { register("i\(number)", &stage) }
        var session = stage.open(request(.get, "\(Self.web)/watch"))
        let told = events(session.pull(&stage).text)
        #expect(told.count == 1002)
        #expect(ids(&stage, "").count == 1000)
        let head = stage.call(.head, "\(Self.web)/watch")
        #expect(head.status == 200 && head.header("content-type") == "text/event-stream")
    }
}
