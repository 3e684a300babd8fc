import API
import Bytes
import Keyspace
import Platform
import Testing

@testable import Server

@Suite("The audit log (operations.md, Audit log)")
struct AuditTests {
    private let place: String

    init() throws { place = "/tmp/roost-audit-" + String(try Entropy.word(), radix: 16) }

    private func trail(_ policy: AuditPolicy = []) throws -> AuditTrail {
        var configuration = Configuration()
        configuration.auditLog = "\(place)/audit"
        let plan = try #require(try AuditPlan(configuration))
        return try AuditTrail(
            AuditPlan(place: plan.place, policy: policy, keptCount: 3),
            member: Array("n1".utf8)
        )
    }

    /// The lines of the file, their times taken out.
    private func lines() throws -> [String] {
        let folder = try DirectoryHandle(opening: place)
        let count = try folder.byteCount(of: "audit") ?? 0
        let bytes = try folder.open("audit", for: .reading).read(at: 0, byteCount: count)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            "{" + line.split(separator: ",").dropFirst().joined(separator: ",")
        }
    }

    private func withPlace(_ body: () throws -> Void) throws {
        _ = try DirectoryHandle(creating: place)
        defer {
            do {
                let folder = try DirectoryHandle(opening: place)
                for name in try folder.names() { try folder.remove(name) }
                try DirectoryHandle.removeEmpty(place)
            } catch { Issue.record("\(place) is left behind: \(error)") }
        }
        try body()
    }

    private static let put =
        "PUT /v1/kv/secret-key HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nvalue"
    private static let get = "GET /v1/kv/secret-key HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("a write is written down before its answer leaves, a read is not, and no value is")
    func writes() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            let client = try harness.connect()
            for count in [2, 4] {
                client.send(Self.put + Self.get)
                try harness.turn {
                    harness.answerAll()
                    return client.statuses.count == count
                }
            }
            let first =
                #"{"member":"n1","address":"127.0.0.1","call":"PUT /v1/kv/{path}","object":"/secret-key""#
            #expect(
                try lines() == [
                    first + #","revision":2,"status":201,"outcome":"done"}"#,
                    first + #","revision":3,"status":200,"outcome":"done"}"#,
                ]
            )
            #expect(client.text.contains("value"))
        }
    }

    @Test("reads are written down where that is asked for, in batches too")
    func reads() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail(.reads))
            let client = try harness.connect()
            for count in 1...3 {
                client.send(Self.get)
                try harness.turn { !harness.frontend.inputs.isEmpty }
                harness.answerAll()
                try harness.turn { client.statuses.count == count }
            }
            let line =
                #"{"member":"n1","address":"127.0.0.1","call":"GET /v1/kv/{path}","object":"/secret-key","status":404,"outcome":"refused"}"#
            #expect(try lines() == [line, line, line])
        }
    }

    @Test("what a trusted proxy passes on is told of the client's own address")
    func forwarded() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            for proxy in ["10.0.0.1", "127.0.0.1"] {
                harness.frontend.proxies = try TrustedProxies([proxy])
                let client = try harness.connect()
                client.send(
                    "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\n"
                        + "Content-Length: 0\r\n\r\n"
                )
                try harness.turn {
                    harness.answerAll()
                    return client.statuses.count == 1
                }
            }
            let told = try lines()
            #expect(told.first?.contains(#""address":"127.0.0.1""#) == true, "\(told)")
            #expect(told.last?.contains(#""address":"203.0.113.7""#) == true, "\(told)")
        }
    }

    @Test("a transaction is told with what it would change or read, nested and in either branch")
    func transactions() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            let client = try harness.connect()
            let body =
                #"{"then":[{"put":{"key":"/a","value":"secret"}},{"txn":{"then":[{"delete":{"key":"/b","recursive":true}},{"get":{"key":"/c"}}],"else":[{"put":{"key_base64":"/w==","value":"x"}}]}}],"else":[{"delete":{"prefix":"/d"}}]}"#
            client.send(
                "POST /v1/txn HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            try harness.turn {
                harness.answerAll()
                return client.statuses.count == 1
            }
            #expect(client.statuses == ["200"], "\(client.text)")
            let line = try #require(try lines().first)
            #expect(
                line.contains(
                    #""call":"POST /v1/txn","keys":["/a","/b/**","/c",{"key_base64":"/w=="},{"from_base64":"L2Q=","to_base64":"L2U="}],"revision""#
                ),
                "\(line)"
            )
            #expect(!line.contains("secret"))
        }
    }

    @Test("of very many keys some are named, and the rest counted")
    func manyKeys() {
        var matter = AuditRecord.Matter(subject: .keyWrite, object: [])
        matter.keys = (0..<70).map { .key(Key(unchecked: Array("/k/\($0)".utf8))) }
        matter.keys[0] = .subtree(.root)
        let record = AuditRecord(
            origin: AuditRecord.Origin(principal: [], address: []),
            matter: matter,
            status: 200,
            revision: nil
        )
        var lines: [UInt8] = []
        record.append(to: &lines, unixMilliseconds: 0, member: Array("n1".utf8))
        let text = String(decoding: lines, as: UTF8.self)
        #expect(text.contains(#""keys":["/**","/k/1""#) && text.contains(#""more_keys":6"#))
        #expect(!text.contains("/k/64"))
    }

    @Test(
        "lines go to the journal page by page, and none is cut",
        arguments: [([10, 20], [30]), ([4000, 96, 1], [4096, 1]), ([5000, 10], [5000, 10])]
    )
    func pages(_ lineByteCounts: [Int], _ pageByteCounts: [Int]) {
        let lines = lineByteCounts.flatMap {
            [UInt8](repeating: UInt8(ascii: "x"), count: $0 - 1) + [UInt8(ascii: "\n")]
        }
        var rest = lines[...]
        var found: [Int] = []
        while !rest.isEmpty {
            found.append(rest.linesOfPage.count)
            rest = rest.dropFirst(rest.linesOfPage.count)
        }
        #expect(found == pageByteCounts)
    }

    @Test("a refused write is told as one, with what selects keys in its query")
    func refused() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            let client = try harness.connect()
            client.send(
                "POST /v1/compact?x=secret&key=%2Fa HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
            )
            try harness.turn { client.statuses.count == 1 }
            #expect(
                try lines() == [
                    #"{"member":"n1","address":"127.0.0.1","call":"POST /v1/compact","object":"key=%2Fa","status":400,"outcome":"refused"}"#
                ]
            )
        }
    }

    @Test("what is refused as soon as the answer before it is written is written down as well")
    func refusedWithinFlush() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            let client = try harness.connect()
            client.send(
                Self.get + "POST /v1/compact HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
            )
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
            try harness.turn { client.statuses == ["404", "400"] }
            #expect(try lines().count == 1)
        }
    }

    @Test("a write whose client leaves before it is applied is written down when it is")
    func clientGone() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail())
            // A form of its own, and then one that is known: alone, and in a batch.
            for form in ["PUT /v1/kv/a?x=1", "PUT /v1/kv/b"] {
                let client = try harness.connect()
                client.send("\(form) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                try harness.turn { client.statuses.count == 1 || !harness.asked.isEmpty }
                harness.answerAll()
                try harness.turn { client.statuses.count == 1 }
                client.send("PUT /v1/kv/b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                try harness.turn { !harness.asked.isEmpty }
                let connection = try #require(harness.frontend.connections.values.first)
                harness.frontend.close(connection, in: harness.context)
                harness.answerAll()
                try harness.turn()
            }
            let told = try lines()
            #expect(
                told.filter { $0.contains(#""object":"/b""#) && !$0.contains("status") }.count == 2,
                "\(told)"
            )
            #expect(told.allSatisfy { $0.contains(#""outcome":"done""#) || $0.contains("400") })
        }
    }

    @Test("where it is required, no write is taken while nothing can be written down")
    func required() throws {
        _ = try DirectoryHandle(creating: place)
        let harness = try FrontendHarness(audit: try trail(.required))
        let folder = try DirectoryHandle(opening: place)
        try folder.remove("audit")
        try DirectoryHandle.removeEmpty(place)
        let client = try harness.connect()
        client.send(Self.put)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses == ["201"] }
        #expect(harness.frontend.audit?.failure != nil && harness.frontend.audit?.lostCount == 1)
        #expect(harness.frontend.audit?.takeFailure() != nil)
        #expect(harness.frontend.audit?.takeFailure() == nil, "it is told once")
        for form in ["PUT /v1/kv/c?note=1", "PUT /v1/kv/secret-key"] {
            client.send("\(form) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            try harness.turn { client.statuses.count > 1 }
        }
        client.send(Self.get)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        #expect(harness.asked == ["read"], "reads go on, and no write came through")
        harness.answerAll()
        try harness.turn { client.statuses.count == 4 }
        #expect(client.text.contains("--audit required"))
        try withPlace {
            client.send(Self.put)
            try harness.turn { client.statuses.count == 5 }
            #expect(client.statuses.last == "503", "this one is what finds the file writable")
            client.send(Self.put)
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
            try harness.turn { client.statuses.last == "200" }
            #expect(try lines().count == 2)
        }
    }

    @Test(
        "what a status and a revision say",
        arguments: [
            (nil, 5, "done"), (nil, nil, "unknown"), (200, 5, "done"), (201, nil, "done"),
            (401, nil, "denied"), (403, nil, "denied"), (412, nil, "refused"),
            (503, nil, "unknown"), (429, nil, "refused"), (500, 5, "failed"),
        ] as [(UInt16?, UInt64?, String)]
    )
    func outcomes(_ status: UInt16?, _ revision: UInt64?, _ outcome: String) {
        let record = AuditRecord(
            origin: AuditRecord.Origin(principal: Array("al\"ice".utf8), address: []),
            matter: AuditRecord.Matter(subject: .keyWrite, object: [0x2F, 0xFF]),
            status: status,
            revision: revision.map { Revision(rawValue: $0) }
        )
        var lines: [UInt8] = []
        record.append(to: &lines, unixMilliseconds: 0, member: Array("n1".utf8))
        let text = String(decoding: lines, as: UTF8.self)
        #expect(text.hasSuffix("\"outcome\":\"\(outcome)\"}\n"))
        #expect(text.contains(#""principal":"al\"ice","address":"unix""#))
        #expect(text.contains(#""object_base64":"L/8=""#))
    }

    @Test(
        "the flags are checked together",
        arguments: [
            ([("audit", "reads")], "--audit: needs --audit-log FILE"),
            (
                [("audit", "all"), ("audit-log", "a")],
                "--audit: is a list of 'reads' and 'required'"
            ),
            ([("audit-log", "a/")], "--audit-log: is no path of a file"),
            ([("audit-log", "a"), ("audit-keep", "0")], "--audit-keep: is between 1 and 10000"),
        ]
    )
    func flags(_ flags: [(String, String)], _ mistake: String) throws {
        let configuration = try Configuration(flags: flags.map { (name: $0.0, value: $0.1) })
        let error = #expect(throws: ConfigurationError.self) { try Settings(configuration) }
        #expect(error?.description == mistake)
    }

    @Test(
        "where it is required, a backup, a transfer and the reads that belong in it are refused too"
    )
    func requiredOfAll() throws {
        for policy in [AuditPolicy.required, [.required, .reads]] {
            _ = try DirectoryHandle(creating: place)
            let harness = try FrontendHarness(audit: try trail(policy))
            let folder = try DirectoryHandle(opening: place)
            try folder.remove("audit")
            try DirectoryHandle.removeEmpty(place)
            let client = try harness.connect()
            client.send(Self.put)
            try harness.turn {
                harness.answerAll()
                return client.statuses.count == 1
            }
            let head = " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            for form in ["GET /v1/snapshot", "POST /v1/leader/transfer", "POST /v1/auth/login"] {
                let count = client.statuses.count
                client.send(form + head)
                try harness.turn { client.statuses.count > count }
                #expect(client.statuses.last == "503", "\(form)")
            }
            #expect(harness.asked.isEmpty, "nothing came through")
            client.send("GET /livez" + head)
            try harness.turn { client.statuses.count == 5 }
            #expect(client.statuses.last == "200")
            client.send("GET /v1/kv?key=a" + head)
            try harness.turn { client.statuses.count == 6 || !harness.asked.isEmpty }
            #expect((client.statuses.last == "503") == policy.contains(.reads))
        }
    }

    @Test("keys that a query names are told, whatever was answered")
    func queries() throws {
        try withPlace {
            let harness = try FrontendHarness(audit: try trail(.reads))
            let client = try harness.connect()
            for (place, form) in [
                "GET /v1/kv?key=%2Fa%20b", "PUT /v1/kv?key=c%FF", "GET /v1/kv?prefix=%2Fd",
                "DELETE /v1/kv?key=e",
            ].enumerated() {
                client.send("\(form) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                try harness.turn {
                    harness.answerAll()
                    return client.statuses.count == place + 1
                }
            }
            let told = try lines()
            for (line, keys) in zip(
                told,
                [
                    #""keys":["/a b"]"#, #""keys":[{"key_base64":"Y/8="}]"#,
                    #""keys":[{"from_base64":"L2Q=","to_base64":"L2U="}]"#, #""keys":["e"]"#,
                ]
            ) { #expect(line.contains(keys), "\(line)") }
            #expect(told.count == 4)
        }
    }

    @Test("a file is put aside when a day is over, and the oldest is let go")
    func days() throws {
        try withPlace {
            var file = try RotatedFile(
                "\(place)/audit",
                rotation: RotatedFile.Rotation(keptCount: 2, age: .day)
            )
            for day in [10, 10, 11, 12, 13] as [UInt64] {
                try file.append(Array("\(day)\n".utf8), unixMilliseconds: day * 86_400_000 + 7)
            }
            #expect(try DirectoryHandle(opening: place).names() == ["audit", "audit.1", "audit.2"])
            #expect(try lines() == ["{"])
        }
    }
}
