import API
import Replica
import Testing
import Wire

@Suite("health pages (operations.md, Health)")
struct HealthTests {
    private static let leaderless = HealthCheck(
        .leader,
        reasons: [Array("no leader is known".utf8)]
    )
    private static let lagging = HealthCheck(
        .caughtUp,
        reasons: [Array("catching up: applied entry 1 of 9".utf8)]
    )

    /// A member of which these checks fail.
    private func stage(_ failing: HealthCheck...) -> ExchangeHarness {
        var stage = ExchangeHarness()
        stage.checks = stage.checks.map { check in
            failing.first { $0.subject == check.subject } ?? check
        }
        return stage
    }

    @Test("verbose lists every check in order, and ends with the verdict")
    func verbose() {
        var stage = stage()
        let reply = stage.call(.get, "/readyz?verbose")
        #expect(reply.status == 200)
        #expect(reply.header("content-type") == "text/plain; charset=utf-8")
        #expect(
            reply.text == """
                [+]leader ok
                [+]disk ok
                [+]log ok
                [+]store ok
                [+]caught-up ok
                [+]running ok
                readyz check passed

                """
        )
        #expect(stage.call(.get, "/livez?verbose").text == "[+]ping ok\nlivez check passed\n")
    }

    @Test("what fails is 503 and says why")
    func failing() {
        var stage = stage(Self.leaderless, Self.lagging)
        let reply = stage.call(.get, "/readyz?verbose")
        #expect(reply.status == 503)
        #expect(reply.text.hasPrefix("[-]leader failed: no leader is known\n[+]disk ok\n"))
        #expect(reply.text.contains("\n[-]caught-up failed: catching up: applied entry 1 of 9\n"))
        #expect(reply.text.hasSuffix("\nreadyz check failed\n"))
        #expect(stage.call(.get, "/readyz").json?["reasons"]?.array?.count == 2)
    }

    @Test("what is excluded may fail; the rest still counts")
    func excluded() {
        var stage = stage(Self.leaderless, Self.lagging)
        let one = stage.call(.get, "/readyz?exclude=leader")
        #expect(one.status == 503)
        #expect(one.json?["reasons"]?.array?.count == 1)
        #expect(stage.call(.get, "/readyz?exclude=leader&exclude=caught-up").text == "ready\n")
        let both = stage.call(.get, "/readyz?verbose&exclude=leader&exclude=caught-up")
        #expect(both.status == 200)
        #expect(both.text.hasPrefix("[+]leader excluded: ok\n"))
        #expect(both.text.hasSuffix("[+]running ok\nreadyz check passed\n"))
    }

    @Test("an unknown name is warned of, as Kubernetes does")
    func unknown() {
        var stage = stage()
        let reply = stage.call(.get, "/readyz?verbose&exclude=etcd&exclude=leader&exclude=x")
        let warning =
            "warn: some health checks cannot be excluded: no matches for \"etcd\",\"x\"\n"
        #expect(reply.status == 200)
        #expect(reply.text.hasSuffix("[+]running ok\n\(warning)readyz check passed\n"))
        #expect(stage.call(.get, "/readyz?exclude=etcd").text == "ready\n")
        #expect(stage.call(.get, "/readyz?exlude=leader").status == 400)
    }

    @Test("/health says what etcd's says")
    func health() {
        var sound = stage()
        for target in [
            "/health", "/health?serializable=true", "/health?exclude=NOSPACE",
            "/health?exclude=CORRUPT&exclude=NOSPACE", "/health?exclude=leader",
        ] {
            let reply = sound.call(.get, target)
            #expect(reply.status == 200 && reply.line == #"{"health":"true"}"#, "\(target)")
        }
        #expect(sound.call(.get, "/health?exlude=NOSPACE").status == 400)

        var leaderless = stage(Self.leaderless)
        let reply = leaderless.call(.get, "/health")
        #expect(reply.status == 503)
        #expect(reply.line == #"{"health":"false","reason":"no leader is known"}"#)
        #expect(leaderless.call(.get, "/health?serializable").status == 200)
        #expect(leaderless.call(.get, "/health?exclude=leader").status == 503)

        // One that lags still answers what a majority confirms.
        var lagging = stage(Self.lagging)
        #expect(lagging.call(.get, "/health").status == 200)
    }

    @Test("/health needs a majority that confirms a read, unless it is serializable")
    func confirmed() {
        var stage = stage()
        stage.quorum = .absent(.unknown)
        let reply = stage.call(.get, "/health")
        #expect(reply.status == 503)
        #expect(
            reply.line
                == #"{"health":"false","reason":"no majority has confirmed a read in time"}"#
        )
        #expect(stage.call(.get, "/health?serializable=true").status == 200)
    }

    @Test("a store that differs is unhealthy for every kind of read")
    func differs() {
        var stage = stage(HealthCheck(.store, reasons: [Array("the store differs".utf8)]))
        #expect(stage.call(.get, "/health").status == 503)
        #expect(stage.call(.get, "/health?serializable").status == 503)
    }
}
