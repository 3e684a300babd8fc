import Platform
import Testing

@Suite("Addresses: host and port, or a Unix socket")
struct EndpointTests {
    @Test(
        arguments: [
            ("127.0.0.1:2379", .internet(host: "127.0.0.1", port: 2379)),
            ("localhost:0", .internet(host: "localhost", port: 0)),
            ("[::1]:65535", .internet(host: "::1", port: 65535)),
            ("unix:/run/roost.sock", .unix(path: "/run/roost.sock")),
        ] as [(String, Endpoint)]
    )
    func accepted(_ text: String, expected: Endpoint) throws {
        let endpoint = try Endpoint(parsing: text)
        #expect(endpoint == expected)
        #expect(endpoint.description == text)
    }

    @Test(
        arguments: [
            ("", .noPort), ("localhost", .noPort), ("localhost:", .invalidPort("")),
            ("localhost:65536", .invalidPort("65536")), ("localhost:+1", .invalidPort("+1")),
            ("localhost:-1", .invalidPort("-1")), (":2379", .emptyHost), ("[]:1", .emptyHost),
            ("::1:2379", .unbracketedAddress), ("a b:1", .invalidHost("a b")),
            ("a/b:1", .invalidHost("a/b")), ("unix:", .emptyPath),
            (
                "unix:" + String(repeating: "x", count: 108),
                .pathTooLong(byteCount: 108)
            ),
        ] as [(String, EndpointError)]
    )
    func refused(_ text: String, expected: EndpointError) {
        #expect(throws: expected) { _ = try Endpoint(parsing: text) }
    }

    @Test(
        "an address to listen at may be every address of the machine",
        arguments: [
            (":2379", "*:2379"), ("*:2379", "*:2379"), ("[::]:1", "[::]:1"),
            ("0.0.0.0:1", "0.0.0.0:1"), ("localhost:1", "localhost:1"),
        ]
    )
    func listening(_ text: String, expected: String) throws {
        let endpoint = try Endpoint(parsingListening: text)
        #expect(endpoint.description == expected)
        #expect(try Endpoint(parsingListening: expected) == endpoint)
    }

    @Test func onlyNamesNeedTheResolver() throws {
        #expect(try Endpoint(parsing: "[::1]:1").numericAddress?.endpoint.description == "[::1]:1")
        #expect(try Endpoint(parsing: "localhost:1").numericAddress == nil)
        let local = try Endpoint(parsing: "localhost:7").resolve().map(\.endpoint.description)
        #expect(local.contains("127.0.0.1:7") || local.contains("[::1]:7"))
        #expect(throws: ResolutionError.self) {
            try Endpoint(parsing: "no-such-host.invalid:1").resolve()
        }
    }
}
