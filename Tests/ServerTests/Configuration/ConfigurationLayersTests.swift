import Testing

@testable import Server

@Suite("Flags, variables and a file say the same (operations.md, Configuration)")
struct ConfigurationLayersTests {
    private static let names = [
        ConfigurationName("name", isRepeatable: false),
        ConfigurationName("listen", isRepeatable: true),
        ConfigurationName("heartbeat", isRepeatable: false),
        ConfigurationName("election-timeout", isRepeatable: false),
        ConfigurationName("allow-host", isRepeatable: true),
        ConfigurationName("disk-reserve", isRepeatable: false),
    ]

    private static func layers(
        flags: [(name: String, value: String)] = [],
        environment: [String: String] = [:],
        file: String? = nil
    ) -> ConfigurationLayers {
        ConfigurationLayers(
            names: names,
            flags: flags,
            environment: { environment[$0] },
            file: file.map { ConfigurationFile(Array($0.utf8), path: "f", names: names) }
        )
    }

    private static func mistakes(in layers: ConfigurationLayers) -> [String] {
        do {
            _ = try layers.configuration()
            return []
        } catch { return error.all.map(\.description) }
    }

    @Test("the flag wins, then the variable, then the file, each with all that it says")
    func order() throws {
        let layers = Self.layers(
            flags: [("name", "a"), ("listen", "127.0.0.1:1"), ("listen", "127.0.0.1:2")],
            environment: ["ROOST_NAME": "b", "ROOST_ELECTION_TIMEOUT": "2s"],
            file: "name = c\nlisten = 127.0.0.1:3\nelection-timeout = 3s\nheartbeat=7ms\n"
        )
        let configuration = try layers.configuration()
        #expect(configuration.name == "a")
        #expect(configuration.listen == ["127.0.0.1:1", "127.0.0.1:2"])
        #expect(configuration.electionTimeoutMilliseconds == 2000)
        #expect(configuration.heartbeatMilliseconds == 7)
        let places = layers.items.map { "\($0.name) \($0.place)" }
        #expect(
            places == [
                "name command line", "listen command line", "listen command line",
                "heartbeat f:4", "election-timeout ROOST_ELECTION_TIMEOUT",
            ]
        )
    }

    @Test("comments, blanks, lists and repeated lines of a file")
    func form() throws {
        let file = """
            # all of it
              name=n#1 # the name

            allow-host = a,b
            \tallow-host =  c
            heartbeat = 9ms\r
            """
        let configuration = try Self.layers(file: file).configuration()
        #expect(configuration.name == "n#1")
        #expect(configuration.allowedHosts == ["a", "b", "c"])
        #expect(configuration.heartbeatMilliseconds == 9)
    }

    @Test("every mistake is told, with its place")
    func everyMistake() {
        let layers = Self.layers(
            flags: [("listen", "nowhere")],
            environment: ["ROOST_DISK_RESERVE": "1KB"],
            file: """
                name = a/b
                no line
                nonsense = 1
                heartbeat = 50ms
                heartbeat = 60ms
                election-timeout = 100ms
                allow-host = ok,a b
                disk-reserve = "1GiB"
                """
        )
        let mistakes = Self.mistakes(in: layers)
        for beginning in [
            "f:1: name: ", "f:2: no line: ", "f:3: nonsense: ", "f:5: heartbeat: is given twice",
            "f:6: election-timeout: ", "f:7: allow-host: ", "--listen: ", "ROOST_DISK_RESERVE: ",
            "f:8: disk-reserve: values are written without quotes",
        ] {
            #expect(mistakes.contains { $0.hasPrefix(beginning) }, "\(beginning) in \(mistakes)")
        }
        #expect(mistakes.count == 9)
    }

    @Test("what is no text is a mistake, whatever it holds")
    func hostile() {
        for bytes: [UInt8] in [[0xFF, 0xFE], [0], Array("name = a\0b".utf8)] {
            let file = ConfigurationFile(bytes, path: "f", names: Self.names)
            #expect(file.items.isEmpty && file.mistakes.count == 1)
        }
        var chance = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in UInt8.random(in: 9...126, using: &chance) }
            _ = ConfigurationFile(bytes, path: "f", names: Self.names)
        }
    }

    @Test("a reload takes what may change, and tells what waits for the next start")
    func reload() throws {
        var written = "allow-host = a\nheartbeat = 50ms\n"
        func read() throws(ConfigurationMistakes) -> Configuration {
            try Self.layers(file: written).configuration()
        }
        var reload = ConfigurationReload(of: try read(), names: Self.names, read: read)
        written = "allow-host = b\nheartbeat = 60ms\ndisk-reserve = 1GiB\n"
        let changes = try reload.carryOut()
        #expect(changes.taken == ["allow-host", "disk-reserve"])
        #expect(changes.waiting == ["heartbeat"])
        #expect(changes.configuration.allowedHosts == ["b"])
        #expect(changes.configuration.diskReserveByteCount == 1 << 30)
        #expect(changes.configuration.heartbeatMilliseconds == 50)
        written = "heartbeat = x\n"
        #expect(throws: ConfigurationMistakes.self) { _ = try reload.carryOut() }
        written = "allow-host = b\nheartbeat = 60ms\ndisk-reserve = 1GiB\n"
        let again = try reload.carryOut()
        #expect(again.taken.isEmpty && again.waiting == ["heartbeat"])
    }

    @Test("what is printed says the same when it is read again")
    func printed() throws {
        let flags = [
            ("name", "n1"), ("listen", "127.0.0.1:1,unix:/tmp/s"), ("heartbeat", "20ms"),
            ("election-timeout", "1s"), ("allow-host", "a"), ("allow-host", "b"),
            ("disk-reserve", "1025KiB"),
        ].map { (name: $0.0, value: $0.1) }
        let configuration = try Self.layers(flags: flags).configuration()
        let file = Self.names.compactMap { name in
            configuration.text(of: name.name).map { "\(name.name) = \($0)  # x\n" }
        }.joined()
        #expect(try Self.layers(file: file).configuration() == configuration)
    }
}
