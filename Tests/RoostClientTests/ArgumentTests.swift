import Platform
import RoostClient
import Testing
import roost

@Suite("Subcommand lines")
struct ArgumentTests {
    private static func parse(_ line: String) throws(Failure) -> ArgumentParser.Request {
        try CommandTable.parse(line.split(separator: " ").map { Array($0.utf8) })
    }

    private static func invocation(_ line: String) throws -> Invocation {
        guard case .invocation(let invocation) = try parse(line) else {
            throw Failure.local("'\(line)' asks for help")
        }
        return invocation
    }

    @Test(
        "what cannot be understood is a usage error: exit code 2",
        arguments: [
            "frobnicate", "lease", "lease frob", "put", "put /a 1 2", "get", "watch",
            "ls /a /b", "ls -lx", "ls -xl", "get -o", "put /a -5", "get /a --frob",
            "get /a --revision", "get /a --endpoints", "lock", "lock x",
            "lock x --", "lock x y -- z", "cas /a", "rm", "compact", "lease grant", "completions",
            "put /a 1 --ttl 1s --ttl 2s", "ls --recursive=yes", "--frob get /a", "wal",
            "member frob", "lese grant", "ls --from", "rm --bytes", "get --prefix", "ls -ljson",
            "snapshot save", "leader", "leader transfer a b", "member add n4", "member remove",
            "bench",
        ]
    )
    func usage(_ line: String) {
        let error = #expect(throws: Failure.self) { try Self.parse(line) }
        #expect(error?.exitCode == .usage)
        #expect(error?.explanation.contains(";") ?? false, "it says what to write instead")
    }

    @Test("flags may stand before and after the verb, with = or a blank")
    func flags() throws {
        let invocation = try Self.invocation("--endpoints a:1 put /a --ttl=5s -f x -o json")
        #expect(invocation.verb.name == "put")
        #expect(invocation.text("endpoints") == "a:1")
        #expect(try invocation.duration("ttl") == 5_000)
        #expect(invocation.text("file") == "x")
        #expect(invocation.text("output") == "json")
        #expect(invocation.operands == [Array("/a".utf8)])
    }

    @Test(
        "short flags stand alone, together, and before their value",
        arguments: [
            ("ls -lr /a", ["long", "recursive"], nil), ("ls -rl /a", ["long", "recursive"], nil),
            ("ls -l -r /a", ["long", "recursive"], nil), ("get -ojson /a", [], "json"),
            ("get -o=json /a", [], "json"), ("get -o json /a", [], "json"),
            ("ls -lrojson /a", ["long", "recursive"], "json"),
            ("-qv ls -lo json /a", ["quiet", "verbose", "long"], "json"),
            ("-ojson get /a", [], "json"), ("get -vv /a", ["verbose"], nil),
            ("version -q", ["quiet"], nil), ("lock n -q -- c -x", ["quiet"], nil),
        ] as [(String, [String], String?)]
    )
    func shortFlags(_ line: String, flags: [String], output: String?) throws {
        let invocation = try Self.invocation(line)
        for flag in ["quiet", "verbose", "long", "recursive"] {
            #expect(invocation.has(flag) == flags.contains(flag), "\(flag)")
        }
        #expect(invocation.text("output") == output)
    }

    @Test("--from or --to stand in KEY's place, and not beside another operand's")
    func alternatives() throws {
        for line in ["get --from a", "rm --to b", "get --from a --to b", "get /a"] {
            #expect(throws: Never.self, "\(line)") { try Self.invocation(line) }
        }
        #expect(throws: Failure.self) { try Self.invocation("watch --from 1") }
        #expect(throws: Failure.self) { try Self.invocation("put --from 1") }
    }

    @Test("-fFILE is a file of any bytes")
    func attachedFile() throws {
        #expect(try Self.invocation("put -f/etc/x=y /a").text("file") == "/etc/x=y")
        #expect(try Self.invocation("put /a -f-").text("file") == "-")
    }

    @Test(
        "a wrong word is answered with what is near, or nothing",
        arguments: [
            ("auth", nil), ("fly", nil), ("x", nil), ("gte", "'get'"), ("pt", nil),
            ("putt", "'put'"), ("lokc", "'lock'"), ("statsu", "'status'"), ("lese", "'lease'"),
            ("lease grnt", "'lease grant'"), ("lease frob", nil), ("memberlist", "'member list'"),
            ("ls --recusive", "'--recursive'"), ("ls -recursive", "'--recursive'"),
            ("ls --frobnicate", nil), ("rn", nil), ("los", "'ls'"),
        ] as [(String, String?)]
    )
    func near(_ line: String, suggestion: String?) {
        let error = #expect(throws: Failure.self) { try Self.parse(line) }
        let explanation = error?.explanation ?? ""
        #expect(explanation.contains("did you mean") == (suggestion != nil), "\(explanation)")
        if let suggestion {
            #expect(explanation.contains("did you mean \(suggestion)"), "\(explanation)")
        }
    }

    @Test("help lists a common flag where it does something, and only there")
    func commonFlags() throws {
        func common(_ name: String) throws -> String {
            let verb = try #require(CommandTable.verbs.first { $0.name == name })
            let page = CommandTable.help(for: verb)
            return String(page.split(separator: "Common flags:").last ?? "")
        }
        for (verb, listed, unlisted) in [
            ("put", ["--endpoints", "-o,", "--timeout", "--no-fence", "-q,", "-v,"], []),
            ("get", ["--endpoints", "-o,", "--timeout", "-v,"], ["--no-fence", "-q,"]),
            ("watch", ["--endpoints", "-q,", "-v,"], ["--no-fence"]),
            ("lock", ["--endpoints", "--no-fence", "-q,", "-v,"], []),
            ("version", ["-h,"], ["--endpoints", "--no-fence", "-q,", "-v,"]),
        ] as [(String, [String], [String])] {
            let text = try common(verb)
            for flag in listed { #expect(text.contains(flag), "\(verb) \(flag)") }
            for flag in unlisted { #expect(!text.contains(flag), "\(verb) \(flag)") }
        }
    }

    @Test("no verb has two flags of a name, and -q may be repeated before and after each")
    func flagsOnce() throws {
        for verb in CommandTable.verbs {
            let lines = CommandTable.help(for: verb).split(separator: "\n")
            let flags = lines.filter { $0.hasPrefix("  -") }
                .compactMap { $0.firstMatch(of: /--[a-z-]+/)?.output }
            #expect(Set(flags).count == flags.count, "\(verb.name): \(flags)")
        }
        #expect(try Self.invocation("-q lock n -q -- c").has("quiet"))
    }

    @Test("after -- a command's own flags are its own; for other verbs they are operands")
    func tail() throws {
        let lock = try Self.invocation("lock n --ttl 5s -- sh -c --ttl -- x")
        #expect(
            lock.tail.map { String(decoding: $0, as: UTF8.self) } == [
                "sh", "-c", "--ttl", "--", "x",
            ]
        )
        let put = try Self.invocation("put /a -- -5")
        #expect(put.operands.last == Array("-5".utf8))
    }

    @Test(
        "--wait: without a value for ever, with one that long (Docs/cli.md)",
        arguments: [
            ("lock n -- c", nil, false), ("lock n --wait -- c", nil, true),
            ("lock n --wait 0 -- c", 0, true), ("lock n --wait=2s -- c", 2_000, true),
            ("lock --wait 2s n -- c", 2_000, true), ("lock --wait n -- c", nil, true),
        ] as [(String, UInt64?, Bool)]
    )
    func wait(_ line: String, milliseconds: UInt64?, isGiven: Bool) throws {
        let invocation = try Self.invocation(line)
        #expect(invocation.has("wait") == isGiven)
        #expect(try invocation.duration("wait") == milliseconds)
        #expect(invocation.operands == [Array("n".utf8)])
    }

    @Test("arguments are bytes, valid UTF-8 or not")
    func bytes() throws {
        let line: [[UInt8]] = [Array("put".utf8), Array("/a".utf8), [0xFF, 0x00, 0xFE]]
        guard case .invocation(let invocation) = try CommandTable.parse(line) else { return }
        #expect(invocation.operands[1] == [0xFF, 0x00, 0xFE])
    }

    @Test("--help explains the verb whatever else is wrong, nothing at all the whole")
    func help() throws {
        for line in ["put --help", "put -h /a b c d"] {
            guard case .help(let verb?) = try Self.parse(line) else {
                Issue.record("'\(line)' is no help")
                continue
            }
            #expect(verb.name == "put")
        }
        guard case .help(nil) = try Self.parse("") else {
            Issue.record("no argument is no help")
            return
        }
    }

    @Test("the verbs of Docs/cli.md that this version has, and no others")
    func verbs() {
        let names = CommandTable.verbs.map(\.name)
        #expect(Set(names).count == names.count)
        for name in [
            "serve", "put", "get", "ls", "tree", "rm", "cas", "txn", "watch", "lease grant",
            "lease keepalive", "lease show", "lease list", "lease revoke", "lock", "elect",
            "locks", "status", "ready", "member list",
            "member add", "member replace", "member remove", "member update", "member demote",
            "member promote", "leader transfer", "settings", "compact", "wal dump", "wal verify",
            "bench",
            "completions", "version", "help",
        ] { #expect(names.contains(name)) }
    }

    @Test("every verb's own examples are command lines that parse")
    func examples() throws {
        for verb in CommandTable.verbs {
            #expect(!verb.examples.isEmpty, "\(verb.name) shows no example")
            for example in verb.examples where example.command.hasPrefix("roost ") {
                let words = example.command.split(separator: " ").dropFirst()
                // What a shell would have to quote or carry out is not this parser's matter.
                guard !words.contains(where: { $0.contains("'") || $0.contains("$") }) else {
                    continue
                }
                #expect(throws: Never.self, "\(example.command)") {
                    try CommandTable.parse(words.map { Array($0.utf8) })
                }
            }
        }
    }
}

@Suite("--endpoints")
struct EndpointListTests {
    @Test(
        arguments: [
            ("127.0.0.1:2379", ["127.0.0.1:2379"]), ("a:1,b:2", ["a:1", "b:2"]),
            ("http://a:1/,http://b:2", ["a:1", "b:2"]), ("[::1]:5", ["[::1]:5"]),
            ("unix:/run/roost", ["unix:/run/roost"]), (" a:1 ,\tb:2\n", ["a:1", "b:2"]),
            ("a:1,", ["a:1"]), (",a:1,,b:2", ["a:1", "b:2"]), ("HTTP://a:1", ["a:1"]),
            ("b:1,https://a:1/,HTTPS://c:3", ["b:1", "https://a:1", "https://c:3"]),
        ] as [(String, [String])]
    )
    func accepted(_ text: String, expected: [String]) throws {
        #expect(try EndpointList.parse(text).map(\.description) == expected)
    }

    @Test(
        "what is refused is named",
        arguments: [
            ("", "no member"), (" , ,", "no member"), ("b:1,a", "'a'"), ("b:1, a:", "'a:'"),
            ("a:99999", "'a:99999'"), ("b:1,ftp://a:1", "'ftp://a:1'"),
            ("https://unix:/a", "'https://unix:/a'"), (":1", "':1'"),
            ("unix:", "'unix:'"), ("::1:5", "'::1:5'"), ("http://a:1/v1", "'http://a:1/v1'"),
            ("a b:1", "'a b:1'"),
        ] as [(String, String)]
    )
    func refused(_ text: String, name: String) {
        let error = #expect(throws: EndpointListError.self) { try EndpointList.parse(text) }
        #expect(error?.description.contains(name) ?? false, "\(String(describing: error))")
    }
}
