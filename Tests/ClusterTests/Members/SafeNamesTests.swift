import Foundation
import TestCluster
import Testing

@Suite("Names are printed as safely as values, wherever they stand", .serialized)
struct SafeNamesTests {
    /// What a terminal would act on: C0, DEL, C1, the direction of the text.
    private static let hostile = "a\u{1B}[31mb\nc\u{7F}d\u{9B}31me\u{202E}f"
    private static let shown = #"a\u001b[31mb\nc\u007fd\u009b31me\u202ef"#

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: true
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }

    /// - Parameter isNamed: whether the name is said at all.
    private static func check(
        _ result: CommandLine.Result,
        _ name: String,
        isNamed: Bool = true
    ) {
        let text = result.output + result.error
        #expect(text.unicodeScalars.allSatisfy(isSafe), "\(name): \(text.debugDescription)")
        #expect(!isNamed || text.contains(shown), "\(name): \(text.debugDescription)")
    }

    @Test("keys: every verb that shows one, results and refusals")
    func keys() throws {
        let cluster = try SharedMember.cluster()
        let key = "/safe/\(Self.hostile)"
        let lease = try CommandLine.run("lease", "grant", "60s", on: cluster).output
            .trimmingCharacters(in: .newlines)
        let lines: [[String]] = [
            ["put", key, "1"], ["put", key, "1", "--lease", lease], ["ls", "/safe"],
            ["ls", "-l", "/safe"], ["ls", "-r", "/safe"], ["tree", "/safe"], ["tree", key],
            ["tree", "/safe", "--values"], ["lease", "show", lease], ["cas", key, "0", "2"],
            ["cas", key, "1", "1"], ["put", key, "1", "--if-absent"], ["get", key + "x"],
            ["get", key + "x", key + "y"], ["rm", key + "x"], ["ls", key + "x"],
            ["tree", key + "x"], ["get", "no slash " + key], ["get", key + "/"],
            ["txn", #"{"then":[{"get":{"key":"/safe","recursive":true}}]}"#],
            ["txn", #"{"then":[{"put":{"key":"/safe/x","value":"\u001b"}}]}"#],
            ["put", key + "/sub", "1"], ["get", "/safe", "--output", "json"], ["rm", key],
            ["get", key],
        ]
        for line in lines {
            let result = try CommandLine(line, endpoints: cluster.endpoints).result()
            let isNamed = line[0] != "rm" || result.status != 0
            let isPlain = line.contains("/safe/x") || line.contains("json") || line[0] == "txn"
            Self.check(result, line[0], isNamed: isNamed && !isPlain)
        }
        let watch = try CommandLine(
            ["watch", "-r", "--initial", "/safe"],
            endpoints: cluster.endpoints
        )
        _ = eventually(withinSeconds: 10) { watch.outputSoFar.contains("synced") }
        watch.signal(SIGTERM)
        Self.check(watch.result(), "watch")
    }

    @Test("locks, elections, words of the command line")
    func contests() throws {
        let cluster = try SharedMember.cluster()
        let name = Self.hostile
        let binary = try #require(Member.binary)
        let inner =
            "'\(binary)' locks; '\(binary)' locks \"$ROOST_LOCK_NAME\""
            + "; '\(binary)' locks --elections; '\(binary)' lock \"$ROOST_LOCK_NAME\" --no-fence"
            + " --wait 0 -- true"
        for line in [
            ["lock", name, "--owner", name, "--", "sh", "-c", inner],
            ["elect", name, "--value", name, "--", "sh", "-c", "'\(binary)' locks --elections"],
            ["locks", name + "x"], [name], ["get", "--\(name)"], ["lease", name],
            ["get", "/a", "--timeout", name], ["get", "/a", "--endpoints", name],
            ["put", "/a", "-f\(name)"], ["compact", name], ["lock", name + "/", "--", "true"],
            ["help", name], ["completions", name], ["lock", "safe", "--", "/\(name)"],
        ] {
            let result = try CommandLine(line, endpoints: cluster.endpoints).result()
            Self.check(result, line[0])
        }
    }
}
