import Platform
import Testing

@testable import Server

@Suite("Whose X-Forwarded-For is believed, and what of it (security.md, Behind a proxy)")
struct TrustedProxyTests {
    private func host(_ text: String) throws -> SocketAddress {
        try #require(SocketAddress(host: text[...]), "\(text) is no address")
    }

    private func text(_ address: SocketAddress?) -> String? {
        guard case .internet(let host, _)? = address?.endpoint else { return nil }
        return host
    }

    @Test(
        "a block has the addresses that share its first bits",
        arguments: [
            ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", true),
            ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false),
            ("2001:db8::/127", "2001:db8::1", true), ("2001:db8::/127", "2001:db8::2", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ]
    )
    func blocks(_ block: String, _ address: String, _ isIn: Bool) throws {
        let proxies = try TrustedProxies([block])
        #expect(proxies.contains(try host(address)) == isIn)
    }

    @Test(
        "what is no block is refused by its flag",
        arguments: [
            "", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/ 8", "10.0.0.0/+8", "10.0.0.0/-1",
            "10.0.0.1/8", "10.0.0.0/8/8", "fd00::/129", "fd00::/0256", "fd00::1/8", "[fd00::]/8",
            "10.0.0.0:80", "fe80::1%eth0", "10.0.0", "UNIX", "10.0.0.0/99999999999999999999",
        ]
    )
    func noBlocks(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try Settings(try Configuration(flags: [("trusted-proxy", text)]))
        }
        #expect(error?.flag == "--trusted-proxy")
    }

    @Test("who comes through a Unix socket is a proxy by name alone")
    func files() throws {
        let file = try Endpoint(parsing: "unix:/tmp/one").numericAddress
        #expect(try TrustedProxies(["unix"]).contains(file))
        #expect(try !TrustedProxies(["unix"]).contains(try host("127.0.0.1")))
        #expect(try !TrustedProxies(["::/0", "0.0.0.0/0"]).contains(file))
        #expect(try !TrustedProxies(["unix"]).contains(nil))
    }

    @Test(
        "the last address that is no proxy's is the client's; what stands before it is hearsay",
        arguments: [
            (["203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (["1.1.1.1, 203.0.113.9,10.0.0.2 , 10.0.0.3"], "203.0.113.9"),
            (["1.1.1.1", "203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            (["10.0.0.7, 203.0.113.9"], "203.0.113.9"),
            (["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
            (["203.0.113.9:443"], "203.0.113.9"),
            (["2001:DB8::1"], "2001:db8::1"),
            (["[2001:db8::1]"], "2001:db8::1"),
            (["[2001:db8::1]:443"], "2001:db8::1"),
            (["::ffff:10.0.0.2"], "::ffff:10.0.0.2"),
            (["1.1.1.1, ::ffff:10.0.0.2"], "1.1.1.1"),
            // What is no address ends the list: the one behind it counts.
            (["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
            (["1.1.1.1, "], nil),
            (["1.1.1.1,,10.0.0.2"], "10.0.0.2"),
            (["unknown"], nil), ([""], nil), ([], nil), ([","], nil),
            (["1.1.1.1, for=2.2.2.2"], nil), (["1.1.1.1, 2.2.2.2.2"], nil),
            (["1.1.1.1, 2.2.2"], nil), (["1.1.1.1, 0x7f.1"], nil), (["1.1.1.1, 010.0.0.256"], nil),
            (["1.1.1.1, fe80::1%lo"], nil), (["1.1.1.1, [::1"], nil), (["1.1.1.1, ::1]"], nil),
            (["1.1.1.1, unix:/tmp/x"], nil), (["1.1.1.1, 2.2.2.2\u{0}"], nil),
            (["1.1.1.1, 2.2.2.2\t3.3.3.3"], nil), (["1.1.1.1, 2.2.2.2:99999"], nil),
            (["1.1.1.1, localhost:80"], nil), (["1.1.1.1, \u{FF11}.1.1.1"], nil),
        ] as [([String], String?)]
    )
    func lists(_ values: [String], _ client: String?) throws {
        let proxies = try TrustedProxies(["10.0.0.0/8"])
        let found = proxies.client(named: values.map { Array($0.utf8)[...] })
        #expect(text(found) == client)
    }

    @Test("a long list, and a long word, are done with")
    func long() throws {
        let proxies = try TrustedProxies(["10.0.0.0/8"])
        let hops = Array(repeating: "10.0.0.1", count: 5000).joined(separator: ",")
        let list = Array("203.0.113.9,\(hops)".utf8)
        #expect(text(proxies.client(named: [list[...]])) == "203.0.113.9")
        let word = [UInt8](repeating: UInt8(ascii: "1"), count: 1 << 16)
        #expect(proxies.client(named: [word[...]]) == nil)
        #expect(proxies.client(named: [[0xFF, 0xFE, 0x2C][...]]) == nil)
    }
}
