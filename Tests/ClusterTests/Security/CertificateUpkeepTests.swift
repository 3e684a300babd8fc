import Foundation
import TestCluster
import Testing

@Suite("Certificates of roost certs, from the first to their renewal", .serialized)
struct CertificateUpkeepTests {
    private static func certs(_ arguments: [String], in directory: URL) throws {
        let result = try CommandLine(
            ["certs"] + arguments + ["--dir", directory.path],
            endpoints: ""
        ).result()
        try #require(result.status == 0, "\(result.error)")
    }

    @Test("members serve with them, doctor tells that they end, renewed ones need no restart")
    func life() throws {
        let cluster = try Cluster(count: 3)
        let place = cluster.directory.appending(path: "certs")
        let made = try CommandLine(["certs", "init", place.path], endpoints: "").result()
        try #require(made.status == 0, "\(made.error)")
        for member in cluster.members {
            let issue = ["issue", "member", member.name, "--host", "127.0.0.1", "--days", "5"]
            try Self.certs(issue, in: place)
        }
        func file(_ name: String) -> String { place.appending(path: name).path }
        for member in cluster.members {
            try member.start(flags: [
                "--tls-cert", file("\(member.name).crt"), "--tls-key", file("\(member.name).key"),
                "--tls-ca", file("ca.crt"),
            ])
        }
        let endpoints = cluster.members.map { "https://\($0.endpoint)" }.joined(separator: ",")
        func run(_ arguments: String...) throws -> CommandLine.Result {
            try CommandLine(
                arguments,
                endpoints: endpoints,
                environment: ["ROOST_CACERT": file("ca.crt")]
            ).result()
        }
        let ready = try run("ready", "--all", "--wait", "30s")
        try #require(ready.status == 0, "\(ready.error)")
        #expect(try run("put", "/a", "1").status == 0)
        let before = try run("doctor")
        #expect(before.status == 1, "\(before.output)\(before.error)")
        for member in cluster.members {
            // In five days, or what is left of them when they are counted.
            let words = "the certificate \(file("\(member.name).crt")) of \(member.name) ends in "
            #expect(
                ["5 d", "4 d"].contains { before.output.contains(words + $0) },
                "\(before.output)"
            )
        }
        try Self.certs(["renew", "--days", "300"], in: place)
        let isTold = eventually(withinSeconds: 30) {
            let told = (try? run("doctor"))?.output ?? ""
            return ["300 d", "299 d"].contains { told.contains("the first ends in \($0)") }
        }
        let after = try run("doctor")
        #expect(isTold, "\(after.output)")
        #expect(try run("get", "/a").output.hasPrefix("1"))
        let all = cluster.members.map(\.standardError).joined()
        #expect(all.contains("certificates read anew"))
    }

    @Test("revoked, a client and a member are refused at once, on what stands too")
    func revocation() throws {
        let cluster = try Cluster(count: 3)
        let place = cluster.directory.appending(path: "certs")
        func file(_ name: String) -> String { place.appending(path: name).path }
        let made = try CommandLine(["certs", "init", place.path], endpoints: "").result()
        try #require(made.status == 0, "\(made.error)")
        for name in cluster.members.map(\.name) {
            try Self.certs(["issue", "member", name, "--host", "127.0.0.1"], in: place)
        }
        for name in ["ann", "bob", "eve"] { try Self.certs(["issue", "client", name], in: place) }
        // There is a list from the first revocation on, and members are started with it.
        try Self.certs(["revoke", "eve"], in: place)
        func start(_ member: Member) throws {
            try member.start(flags: [
                "--tls-cert", file("\(member.name).crt"), "--tls-key", file("\(member.name).key"),
                "--tls-ca", file("ca.crt"), "--tls-crl", file("ca.crl"),
                "--client-cert", "required",
            ])
        }
        for member in cluster.members { try start(member) }
        let endpoints = cluster.members.map { "https://\($0.endpoint)" }.joined(separator: ",")
        func put(as name: String, timeout: String = "20s") throws -> CommandLine.Result {
            try CommandLine(
                ["put", "/a", name, "--timeout", timeout],
                endpoints: endpoints,
                environment: [
                    "ROOST_CACERT": file("ca.crt"), "ROOST_CERT": file("\(name).crt"),
                    "ROOST_CERT_KEY": file("\(name).key"),
                ]
            ).result()
        }
        for name in ["ann", "bob"] {
            let result = try put(as: name)
            #expect(result.status == 0, "\(result.error)")
        }
        let refused = try put(as: "eve", timeout: "1s")
        #expect(refused.status != 0 && refused.error.contains("revoked"), "\(refused.error)")

        let watches = try Script.run(
            """
            cd '\(place.path)'
            follow() {
                timeout 60 curl -sN --cacert ca.crt --cert $1.crt --key $1.key \\
                    'https://\(cluster.members[0].endpoint)/v1/watch?path=/a&initial' >$1.events
            }
            follow ann & ann=$!; follow bob & bob=$!
            for name in ann bob; do until [ -s $name.events ]; do :; done; done
            "$ROOST" certs revoke ann n3 --dir . >revoked || exit 9
            wait $ann; [ $? != 124 ] && echo "ann is out"
            kill -0 $bob && echo "bob stays"; kill $bob
            """
        )
        #expect(watches.text == "ann is out\nbob stays\n", "\(watches.error)")
        // The links that the member had.
        let isApart = eventually(withinSeconds: 30) {
            cluster.members[..<2].allSatisfy { $0.standardError.contains("not believed any more") }
        }
        #expect(isApart, "\(cluster.members[0].standardError)")
        let isOut = eventually(withinSeconds: 30) {
            (try? put(as: "ann", timeout: "1s"))?.error.contains("revoked") == true
        }
        #expect(isOut, "\(cluster.members[0].standardError)")
        let isRead = eventually(withinSeconds: 30) {
            cluster.members.allSatisfy { $0.standardError.contains("for=peers") }
        }
        #expect(isRead, "\(cluster.members[1].standardError)")
        cluster.members[2].kill()
        try start(cluster.members[2])
        let isToldOf = eventually(withinSeconds: 30) {
            cluster.members[..<2].contains {
                $0.standardError.contains("certificate revoked")
            }
        }
        #expect(isToldOf, "\(cluster.members[0].standardError)")
        #expect(try put(as: "bob").status == 0)
        // It was ready once, before.
        let starts = cluster.members[2].standardError.ranges(of: "ready member=n3")
        #expect(starts.count == 1, "\(cluster.members[2].standardError)")
    }
}
