import Platform
import Replica
import Testing

@testable import Server

@Suite("Flags of roost serve (operations.md)")
struct ConfigurationTests {
    @Test func defaults() throws {
        let settings = try Settings(Configuration())
        #expect(settings.listen.map(\.description) == ["127.0.0.1:2379"])
        #expect(settings.peerListen.description == "127.0.0.1:2380")
        #expect(settings.healthListen == nil)
        #expect(settings.dataDirectory == "./default.roost")
        #expect(settings.founders.isEmpty && settings.advertise == nil)
        #expect(settings.heartbeatMilliseconds == 50)
        #expect(settings.electionTimeoutMilliseconds == 300)
    }

    @Test func everyFlag() throws {
        let configuration = try Configuration(flags: [
            ("name", "n1"), ("data-dir", "d1"), ("listen", "127.0.0.1:1,unix:/tmp/s"),
            ("listen", "[::1]:2"), ("peer-listen", "0.0.0.0:3"), ("health-listen", "127.0.0.1:4"),
            ("cluster", "n1=a:1,n2=b:2"), ("advertise", "host:5"), ("heartbeat", "20ms"),
            ("election-timeout", "1s"), ("disk-reserve", "64MiB"), ("allow-host", "Example.org."),
            ("cors-origin", "https://App.Example:443,http://localhost:3000"),
            ("cors-origin", "chrome-extension://abcdef"), ("insecure", "true"),
        ])
        let settings = try Settings(configuration)
        #expect(
            settings.listen.map(\.description) == ["127.0.0.1:1", "unix:/tmp/s", "[::1]:2"]
        )
        #expect(settings.dataDirectory == "d1")
        #expect(settings.peerListen.description == "0.0.0.0:3")
        #expect(settings.healthListen?.description == "127.0.0.1:4")
        #expect(settings.founders.map(\.name) == [Array("n1".utf8), Array("n2".utf8)])
        #expect(settings.ownPeerAddress == PeerAddress(text: Array("a:1".utf8)))
        #expect(settings.advertise?.description == "host:5")
        #expect(settings.heartbeatMilliseconds == 20)
        #expect(settings.electionTimeoutMilliseconds == 1000)
        #expect(settings.diskReserveByteCount == 64 << 20)
        #expect(settings.allowedHosts == [Array("example.org".utf8)])
        #expect(settings.ownHosts.contains(Array("host".utf8)))
        #expect(
            settings.allowedOrigins.map { String(decoding: $0, as: UTF8.self) } == [
                "https://app.example", "http://localhost:3000", "chrome-extension://abcdef",
            ]
        )
    }

    @Test("a port alone is every address of the machine, where one listens")
    func portAlone() throws {
        let settings = try Settings(
            try Configuration(flags: [
                ("listen", ":1,*:2"), ("peer-listen", ":3"), ("health-listen", ":4"),
                ("insecure", "true"),
            ])
        )
        #expect(settings.listen.map(\.description) == ["*:1", "*:2"])
        #expect(settings.peerListen.description == "*:3")
        #expect(settings.healthListen?.description == "*:4")
    }

    @Test(
        "what can't be used is refused by its flag",
        arguments: [
            ("name", ""), ("name", "a/b"), ("name", "a=b"), ("name", "a,b"), ("name", ".."),
            ("name", String(repeating: "x", count: 256)), ("listen", "127.0.0.1"),
            ("listen", "127.0.0.1:1,127.0.0.1:1"), ("listen", ""), ("peer-listen", "unix:/tmp/p"),
            ("peer-listen", "host:0x1"), ("health-listen", "nowhere"), ("data-dir", ""),
            ("cluster", "n1"), ("cluster", "n1=a:1,n1=b:1"), ("cluster", "n1=a:1,n2=a:1"),
            ("cluster", "n1=a:0"), ("cluster", "=a:1"), ("cluster", "n1=a:1,"),
            ("cluster", "n1=unix:/x"), ("advertise", "x"), ("advertise", "*:1"),
            ("advertise", ":1"),
            ("cluster", "n1=:1"), ("cluster", "n1=*:1"), ("heartbeat", "0"),
            ("heartbeat", "50 ms"), ("heartbeat", "11s"), ("election-timeout", "100ms"),
            ("election-timeout", "61s"), ("disk-reserve", "1KB"), ("disk-reserve", "-1"),
            ("disk-reserve", "99999999999999999999"), ("disk-reserve", "18446744073709551615GiB"),
            ("allow-host", "a b"), ("allow-host", "a:1"), ("allow-host", "."),
            ("cors-origin", "*"), ("cors-origin", "null"), ("cors-origin", "app.example"),
            ("cors-origin", "https://"), ("cors-origin", "https://app.example/"),
            ("cors-origin", "https://a b"), ("cors-origin", "://a"), ("cors-origin", ""),
            ("cors-origin", "https://u@h"), ("no-such-flag", "1"),
        ]
    )
    func refused(_ flag: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) {
            _ = try Settings(try Configuration(flags: [(flag, value)]))
        }
        #expect(error?.flag == "--\(flag)")
        #expect(error?.reason.isEmpty == false)
    }
}
