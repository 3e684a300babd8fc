import Foundation
import TestCluster
import Testing

@Suite("A listener that other machines reach has TLS, or --insecure")
struct OpenListenerTests {
    private static func refusal(_ flags: [String]) throws -> CommandLine.Result {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-open-\(UUID().uuidString)")
        let flags = ["serve", "--data-dir", place.path] + flags
        let result = try CommandLine(flags, endpoints: "").result()
        #expect(!FileManager.default.fileExists(atPath: place.path), "nothing is made")
        return result
    }

    @Test(
        "without either it does not start, and says what to do",
        arguments: [
            ["--listen", "0.0.0.0:0", "--peer-listen", "127.0.0.1:0"],
            ["--listen", ":0", "--peer-listen", "127.0.0.1:0"],
            ["--listen", "127.0.0.1:0", "--peer-listen", "0.0.0.0:0"],
        ]
    )
    func refused(_ flags: [String]) throws {
        let result = try Self.refusal(flags)
        #expect(result.status == 2)
        for words in ["other machines", "roost certs", "--insecure"] {
            #expect(result.error.contains(words), "\(result.error)")
        }
    }

    @Test("files that can't be read are named")
    func missing() throws {
        for extra in [[], ["--check-config"]] {
            let result = try Self.refusal(
                [
                    "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--tls-cert",
                    "/nonexistent/n1.crt", "--tls-key", "/nonexistent/n1.key",
                ] + extra
            )
            #expect(result.status == 2)
            #expect(result.error.contains("--tls-cert: /nonexistent/n1.crt"), "\(result.error)")
        }
    }

    @Test("a unix socket that everybody may connect to is remarked", arguments: ["000", "077"])
    func socket(umask: String) throws {
        let result = try Script.run(
            """
            umask \(umask)
            "$ROOST" serve --listen unix:s --data-dir d --peer-listen 127.0.0.1:0 2>log &
            member=$!
            ROOST_ENDPOINTS=unix:s "$ROOST" ready --wait 30s -q; echo "ready $?"
            kill $member; wait $member; cat log
            """
        )
        #expect(result.text.contains("ready 0"), "\(result.text) \(result.error)")
        let isTold = result.text.contains("every user of the machine may connect to unix:s")
        #expect(isTold == (umask == "000"), "\(result.text)")
    }

    @Test("with --insecure it serves in the clear")
    func insecure() throws {
        let cluster = try Cluster(count: 1)
        let member = cluster.members[0]
        let port = try PortReservation.ports(count: 1)[0]
        try member.start(flags: ["--listen", "0.0.0.0:\(port)", "--insecure"])
        try cluster.waitUntilReady()
        #expect(try HTTPConnection(port: port).request("GET", target: "/readyz").status == 200)
    }
}
