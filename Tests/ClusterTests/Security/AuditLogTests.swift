import Foundation
import TestCluster
import Testing

@Suite("The audit log (operations.md), with a real process")
struct AuditLogTests {
    @Test("lines that nobody reads are counted as lost, and where they are required end the writes")
    func journal() throws {
        for required in [false, true] {
            let result = try Script.run(
                """
                mkfifo journal; exec 9<>journal
                "$ROOST" serve --listen unix:s --data-dir d --peer-listen 127.0.0.1:0 \
                    --audit-log journal \(required ? "--audit required" : "") 2>journal &
                member=$!
                export ROOST_ENDPOINTS=unix:s
                "$ROOST" ready --wait 30s -q
                name=$(head -c 3000 /dev/zero | tr '\\0' x)
                for number in $(seq 60); do "$ROOST" put /$name$number v -q || break; done
                curl -s --unix-socket s http://localhost/metrics | grep '^roost_audit_lines_total'
                "$ROOST" put /last v -q --timeout 1s; echo "put $?"
                kill -9 $member
                """
            )
            let lost = result.text.split(separator: "\n").first { $0.contains("lost") }
            let count = lost?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            #expect(count > 0, "\(result.text) \(result.error)")
            #expect(result.text.contains("put 0\n") != required, "\(result.text)")
        }
    }

    @Test("a transaction is found by each key that it would change")
    func transactions() throws {
        let result = try Script.run(
            """
            "$ROOST" serve --listen unix:s --data-dir d --peer-listen 127.0.0.1:0 --audit-log a 2>log &
            member=$!
            export ROOST_ENDPOINTS=unix:s
            "$ROOST" ready --wait 30s -q
            "$ROOST" put /app/x 1 -q; "$ROOST" mv /app/x /app/y -q
            "$ROOST" txn '{"then":[{"delete":{"key":"/app","recursive":true}}]}' -q
            for path in /app/y /app/z/deep /ap /other; do
                "$ROOST" audit a --path $path | grep -c 'POST /v1/txn'
            done
            "$ROOST" audit a | grep -o '/app[^ ]*'
            kill $member; wait $member
            """
        )
        #expect(
            result.text.split(separator: "\n").map(String.init).prefix(4) == ["2", "1", "2", "0"],
            "\(result.text) \(result.error)"
        )
        #expect(result.text.contains("/app/**"), "\(result.text)")
    }

    @Test(
        "keys of queries, and what became of users and roles, are told; a file that is none is not"
    )
    func matters() throws {
        let result = try Script.run(
            """
            "$ROOST" serve --listen unix:s --data-dir d --peer-listen 127.0.0.1:0 --audit-log a 2>log &
            member=$!
            export ROOST_ENDPOINTS=unix:s
            "$ROOST" ready --wait 30s -q
            until "$ROOST" settings feature-level | grep -qx '[3-9]'; do :; done
            curl -s --unix-socket s -X PUT -d v 'http://localhost/v1/kv?key=%2Fapp%2Fx'
            "$ROOST" put /app/y/z 1 -q; "$ROOST" rm -r /app/y -q; "$ROOST" settings max-value 2MiB -q
            curl -s --unix-socket s -X POST 'http://localhost/v1/auth/whoami?access_token=SECRET'
            curl -s --unix-socket s -X PUT -d v 'http://localhost/v1/kv?key=%2Fq&value=SECRET'
            "$ROOST" role allow app read,write /app -r -q
            echo 'correct horse' | "$ROOST" user add ann --role app -q
            "$ROOST" user revoke ann app -q
            "$ROOST" audit a --path /app | grep -c 'PUT /v1/kv '
            "$ROOST" audit a --path /app/y/z | grep -c DELETE
            echo "secrets $(grep -c SECRET a)"; grep -o '"object":"key=%2Fq"' a; grep -o '"change":"max_value 2097152"' a
            "$ROOST" audit a | grep auth | sed 's/.*done  //'
            echo no log >b; "$ROOST" audit b; echo "none $?"
            : >c; "$ROOST" audit c; echo "empty $?"
            kill $member; wait $member
            """
        )
        let lines = result.text.split(separator: "\n").map(String.init)
        for line in [
            "1", "none 1", "empty 0", "secrets 0", #""object":"key=%2Fq""#,
            #""change":"max_value 2097152""#, "a new password; becomes app", "revokes app",
            #"grants {"allow":["read","write"],"path":"/app","recursive":true}"#,
        ] { #expect(lines.contains(line), "\(line): \(result.text) \(result.error)") }
        #expect(!result.text.contains("horse") && !result.text.contains("scrypt"))
    }

    @Test("who did what is read back from the files of the members, in the order of time")
    func audit() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let paths = ["a", "b"].map { directory.appending(path: $0).path }
        let clusters = try paths.map { try Cluster.started(count: 1, flags: ["--audit-log", $0]) }
        for round in 1...3 {
            for (place, cluster) in clusters.enumerated() {
                let put = try TestCluster.CommandLine.run(
                    "put",
                    "/app/\(place)",
                    "hidden",
                    on: cluster
                )
                #expect(put.status == 0, "\(put.error)")
                if round == 3 {
                    try TestCluster.CommandLine.run("rm", "/other", on: cluster)
                    try TestCluster.CommandLine.run("get", "/app/\(place)", on: cluster)
                }
            }
        }
        let all = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            paths[1],
            "--path",
            "/app",
            on: clusters[0]
        )
        let rows = all.output.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(rows.count == 6, "\(all.output)")
        #expect(rows.map { $0[6] } == ["/app/0", "/app/1", "/app/0", "/app/1", "/app/0", "/app/1"])
        #expect(rows.map { $0[0] } == rows.map { $0[0] }.sorted())
        #expect(all.error.isEmpty && !all.output.contains("hidden"))
        let json = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            "--output",
            "json",
            "--since",
            "1h",
            on: clusters[0]
        )
        let objects = try json.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["outcome"] as? String } == ["done", "done", "done", "refused"])
        #expect(objects.allSatisfy { $0["address"] as? String == "127.0.0.1" })
        let nobody = try TestCluster.CommandLine.run(
            "audit",
            paths[0],
            "--user",
            "eve",
            on: clusters[0]
        )
        #expect(nobody.status == 0 && nobody.output.isEmpty)
        let missing = try TestCluster.CommandLine.run("audit", "\(paths[0])x", on: clusters[0])
        #expect(missing.status == 1 && missing.error.contains("can't be read"))
    }
}
