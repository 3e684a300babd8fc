import Certificates
import Foundation
import TLS
import TestCluster
import TestSupport
import Testing

@Suite("A cluster under TLS, between members and with clients", .serialized)
struct SecureClusterTests {
    @Test("it serves, outlives its leader, and its commands find each other")
    func life() throws {
        let secure = try SecureCluster()
        try secure.start()
        #expect(try secure.run(["put", "/a", "1"]).status == 0)
        for member in secure.members {
            let got = try secure.run(["get", "/a"], endpoints: "https://\(member.endpoint)")
            #expect(got.output == "1", "\(got.error)")
        }
        let page = try Script.run(
            """
            curl -s --cacert '\(secure.path("ca.crt"))' --cert '\(secure.path("ann.crt"))' \
                --key '\(secure.path("ann.key"))' https://\(secure.members[0].endpoint)/
            """
        )
        #expect(page.text.contains("https://") && !page.text.contains("http://"), "\(page.text)")
        // The addresses that members tell are those of TLS, and lead to them.
        let all = try secure.run(
            ["status", "--all"],
            endpoints: "https://\(secure.members[0].endpoint)"
        )
        #expect(all.status == 0, "\(all.error)")
        let json = try secure.run(["member", "list", "--output", "json"]).output
        for member in secure.members {
            #expect(json.contains("https://\(member.endpoint)"), "\(json)")
        }
        // A command under a lock has what its roost has, and so has the guardian.
        let roost = try #require(Member.binary)
        let locked = try secure.run(["lock", "l", "--", roost, "put", "/locked", "yes"])
        #expect(locked.status == 0, "\(locked.error)")
        #expect(try secure.run(["get", "/locked"]).output == "yes")

        let roll = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let rows = roll?["members"] as? [[String: Any]] ?? []
        let name = rows.first { $0["id"] as? String == roll?["leader"] as? String }?["name"]
        let leader = try #require(secure.members.first { $0.name == name as? String }, "\(json)")
        leader.kill()
        let put = try secure.run(["put", "/b", "2", "--timeout", "20s"])
        #expect(put.status == 0, "\(put.error)")
        try secure.start()
        let back = try secure.run(["get", "/b"], endpoints: "https://\(leader.endpoint)")
        #expect(back.output == "2", "\(back.error)")
        let bench = try secure.run(["bench", "write", "--duration", "1s", "--output", "json"])
        #expect(bench.status == 0, "\(bench.error)")
    }

    @Test("who is not let in is told why, on either side")
    func refusals() throws {
        let secure = try SecureCluster()
        try secure.start()
        let early = try secure.authority.client(
            "old",
            validity: Validity(from: 1_500_000_000, until: 1_500_000_100)
        )
        try secure.write(early, as: "old")
        try secure.write(try Authority().client("ann"), as: "stranger")
        try secure.write(try Authority().trust.authorities, to: "other-ca.crt")
        func certificate(_ name: String) -> [String: String] {
            [
                "ROOST_CERT": secure.path("\(name).crt"),
                "ROOST_CERT_KEY": secure.path("\(name).key"),
            ]
        }
        let get = ["get", "/a", "--timeout", "1s"]
        for (result, words) in [
            (
                try secure.run(get, without: ["ROOST_CERT", "ROOST_CERT_KEY"]),
                "certificate required"
            ),
            (try secure.run(get, environment: certificate("old")), "certificate expired"),
            (try secure.run(get, environment: certificate("stranger")), "unknown CA"),
            (
                try secure.run(get, environment: ["ROOST_CACERT": secure.path("other-ca.crt")]),
                "unable to get local issuer certificate"
            ),
            (try secure.run(get, without: ["ROOST_CACERT"]), "unable to get local issuer"),
            (
                try secure.run(get, environment: ["ROOST_TLS_SERVER_NAME": "db.example.org"]),
                "hostname mismatch"
            ),
            (
                try secure.run(get, endpoints: secure.cluster.endpoints),
                "This address speaks TLS only: write https:// in place of http://"
            ),
        ] {
            #expect(result.status != 0)
            #expect(result.error.contains(words), "\(result.error)")
        }
        let careless = try secure.run(
            ["put", "/a", "1", "--insecure-skip-verify"],
            without: ["ROOST_CACERT"]
        )
        #expect(careless.status == 0, "\(careless.error)")
        #expect(careless.error.contains("--insecure-skip-verify"), "it says so each time")
        let pointless = try secure.run(
            ["get", "/a", "--cacert", secure.path("ca.crt")],
            endpoints: secure.cluster.endpoints
        )
        #expect(pointless.status == 2 && pointless.error.contains("https://"))

        let plain = try HTTPConnection(port: secure.members[0].clientPort)
            .request("GET", target: "/v1/kv/a")
        #expect(plain.status == 400)
        #expect(plain.text.contains("https://"))
        #expect(
            eventually(withinSeconds: 20) {
                secure.members.contains {
                    $0.standardError.contains("no certificate was shown, and one is required")
                }
            }
        )
    }

    @Test("a program that knows nothing of roost speaks with it")
    func curl() throws {
        let secure = try SecureCluster()
        try secure.start()
        for version in [["--tlsv1.3"], ["--tls-max", "1.2"]] {
            let target = "https://\(secure.members[0].endpoint)/v1/kv/c"
            let script =
                "curl -sS \(version.joined(separator: " ")) --cacert \(secure.path("ca.crt")) "
                + "--cert \(secure.path("ann.crt")) --key \(secure.path("ann.key")) -X PUT -d v "
                + "-o /dev/null -w '%{http_code} %{http_version}' \(target)"
            let result = try Script.run(script)
            #expect(["200 1.1", "201 1.1"].contains(result.text), "\(result)")
        }
    }

    @Test("certificates are replaced under load, and no request fails")
    func replacement() throws {
        let secure = try SecureCluster()
        try secure.start()
        let load = try CommandLine(
            ["bench", "write", "--duration", "8s", "--connections", "8", "--output", "json"],
            endpoints: secure.endpoints,
            environment: secure.environment
        )
        #expect(eventually(withinSeconds: 20) { (try? secure.run(["ls", "/bench"]).status) == 0 })
        for member in secure.members { try secure.issue(member.name) }
        secure.members[0].signal(SIGHUP)
        for member in secure.members {
            let isRenewed = eventually(withinSeconds: 20) {
                let log = member.standardError
                return log.contains("for=clients") && log.contains("for=peers")
            }
            #expect(isRenewed, "\(member.standardError)")
        }
        // A peer that comes back meets the new ones, and new connections do.
        #expect(try secure.run(["put", "/new", "1"]).status == 0)
        let result = load.result()
        #expect(result.status == 0, "\(result.error)")
        let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let rows = (report as? [String: Any])?["operations"] as? [[String: Any]] ?? []
        #expect(!rows.isEmpty, "\(result.output)")
        for row in rows { #expect(row["failed"] as? Int == 0, "\(row)") }

        try secure.write(Array("no key\n".utf8), to: "n1.key")
        #expect(
            eventually(withinSeconds: 20) {
                secure.members[0].standardError.contains("were not read anew")
            }
        )
        #expect(try secure.run(["put", "/still", "1"]).status == 0)
        secure.members[1].kill()
        try secure.start()
    }

    @Test("no member is let in with another's certificate, or with a client's")
    func posers() throws {
        let secure = try SecureCluster()
        let (first, second, third) = (secure.members[0], secure.members[1], secure.members[2])
        for member in [first, second] { try member.start(flags: secure.flags(member.name)) }
        try third.start(flags: secure.flags("n1") + ["--peer-name", "n1.test.roost"])
        let isToldOf = eventually(withinSeconds: 20) {
            [first, second].contains {
                $0.standardError.contains("does not carry the DNS name n3.test.roost")
            }
        }
        #expect(isToldOf, "\(first.standardError)")
        third.kill()
        #expect(!third.standardError.contains("ready member=n3"))

        try third.start(flags: secure.flags("n1"))
        #expect(
            eventually(withinSeconds: 20) { !third.isRunning }
                && third.standardError.contains("is not the certificate of member n3"),
            "\(third.standardError)"
        )
        try third.start(flags: [])
        let isRefused = eventually(withinSeconds: 20) {
            [first, second].contains {
                $0.standardError.contains("connected to --peer-listen without TLS")
            }
        }
        #expect(isRefused, "\(first.standardError)")
        third.kill()
        try secure.start()
    }

    @Test("who does not finish its handshake is given up")
    func deadline() throws {
        let secure = try SecureCluster()
        try secure.start()
        let silent = try HTTPConnection(port: secure.members[0].clientPort, timeoutSeconds: 60)
        let slow = try HTTPConnection(port: secure.members[0].clientPort, timeoutSeconds: 60)
        try slow.send(Data([0x16, 3, 1, 0, 200, 1]))
        for connection in [silent, slow] {
            #expect(throws: ConnectionError.noAnswer) { try connection.answer() }
        }
    }
}
