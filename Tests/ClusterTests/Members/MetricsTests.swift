import Foundation
import TestCluster
import Testing

/// `/metrics` taken apart, and held against Prometheus' conventions.
private struct Exposition {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    /// By the family's name.
    private(set) var types: [String: String] = [:]
    private(set) var samples: [Sample] = []
    private(set) var complaints: [String] = []

    init(_ text: String) {
        var family = ""
        var helped = ""
        for line in text.split(separator: "\n").map(String.init) {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                helped = words[2]
                if words.count < 4 { complaints.append("no help: \(line)") }
            } else if line.hasPrefix("# TYPE ") {
                family = words[2]
                if helped != family { complaints.append("type without help: \(line)") }
                if types[family] != nil { complaints.append("told twice: \(family)") }
                types[family] = words[3]
                judge(family, type: words[3])
            } else if let sample = Self.sample(line) {
                if Self.family(of: sample.name, types: types) != family {
                    complaints.append("outside its family: \(line)")
                }
                samples.append(sample)
            } else {
                complaints.append("no sample: \(line)")
            }
        }
        judgeHistograms()
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }?.value
    }

    private mutating func judge(_ family: String, type: String) {
        if family.wholeMatch(of: /[a-z][a-z0-9_]*/) == nil { complaints.append("name: \(family)") }
        if family.hasSuffix("_total") != (type == "counter") {
            complaints.append("_total is for counters, and for all of them: \(family)")
        }
        let words = Set(family.split(separator: "_").map(String.init))
        let units: Set = [
            "ms", "us", "ns", "milliseconds", "microseconds", "nanoseconds", "minutes", "hours",
            "kb", "mb", "kib", "mib", "kilobytes", "megabytes", "percent", "bits",
        ]
        if !words.isDisjoint(with: units) { complaints.append("no base unit: \(family)") }
        if !["gauge", "counter", "histogram"].contains(type) { complaints.append("type: \(type)") }
    }

    private mutating func judgeHistograms() {
        for (family, type) in types where type == "histogram" {
            let buckets = samples.filter { $0.name == "\(family)_bucket" }
            let series = Dictionary(grouping: buckets) { bucket in
                bucket.labels.filter { $0.key != "le" }.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            }
            for (labels, buckets) in series {
                let bounds = buckets.map { Double($0.labels["le"] ?? "") ?? .nan }
                let isRising =
                    zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
                    && zip(buckets, buckets.dropFirst()).allSatisfy { $0.value <= $1.value }
                let own = buckets[0].labels.filter { $0.key != "le" }
                let count = value("\(family)_count", own)
                let isWhole = bounds.last == .infinity && buckets.last?.value == count
                if !isRising || !isWhole { complaints.append("buckets: \(family){\(labels)}") }
            }
        }
    }

    private static func family(of name: String, types: [String: String]) -> String {
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let family = String(name.dropLast(suffix.count))
            if types[family] == "histogram" { return family }
        }
        return name
    }

    private static func sample(_ line: String) -> Sample? {
        guard let match = line.wholeMatch(of: /([a-z_0-9]+)(?:\{(.*)\})? (\S+)/),
            let value = Double(match.3)
        else { return nil }
        var labels: [String: String] = [:]
        for label in (match.2 ?? "").matches(of: /([a-z]+)="((?:[^"\\]|\\.)*)"/) {
            labels[String(label.1)] = String(label.2)
        }
        return Sample(name: String(match.1), labels: labels, value: value)
    }
}

@Suite("Metrics by Prometheus' conventions (operations.md), with real processes", .serialized)
struct MetricsTests {
    private func exposition(_ member: Member) throws -> Exposition {
        Exposition(try #require(member.ask("GET", target: "/metrics")).text)
    }

    @Test("three members under load: every family keeps the conventions, and the stages are told")
    func stages() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let load = WriteLoad(cluster: cluster, keyCount: 300, threadCount: 4)
        load.start()
        #expect(try load.finish(withinSeconds: 60).count == 300)
        #expect(leader.ask("GET", target: "/v1/kv/load/1?raw")?.status == 200)
        #expect(leader.ask("GET", target: "/v1/kv/none")?.status == 404)
        #expect(leader.ask("POST", target: "/v1/locks/m", body: "{\"ttl\":\"15s\"}")?.status == 200)
        for member in cluster.members { #expect(try exposition(member).complaints == []) }

        let told = try exposition(leader)
        let stages = ["queue", "append", "fdatasync", "replicate", "commit", "apply", "respond"]
        for stage in stages {
            let count = told.value("roost_write_stage_seconds_count", ["stage": stage]) ?? 0
            #expect(count >= 300, "\(stage): \(count)")
        }
        #expect((told.value("roost_log_fdatasync_seconds_count") ?? 0) > 0)
        #expect((told.value("roost_read_stage_seconds_count", ["stage": "confirm"]) ?? 0) >= 2)
        #expect((told.value("roost_elections_total") ?? 0) >= 1)
        #expect((told.value("roost_leader_changes_total") ?? 0) >= 1)
        let reads = ["method": "GET", "route": "/v1/kv/{path}"]
        let counted = told.value("roost_http_requests_total", reads.merging(["code": "404"]) { $1 })
        #expect(counted == 1)
        #expect((told.value("roost_http_request_seconds_count", reads) ?? 0) >= 2)
        #expect(told.value("roost_lock_wait_seconds_count", ["kind": "lock"]) == 1)
        #expect(told.value("roost_build_info") == 1)
        let names = cluster.members.map(\.name).filter { $0 != leader.name }
        let areHeard = eventually(withinSeconds: 20) {
            guard let told = try? exposition(leader) else { return false }
            return names.allSatisfy { name in
                (told.value("roost_peer_round_trip_seconds_count", ["peer": name]) ?? 0) > 0
            }
        }
        #expect(areHeard)
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes",
            "process_virtual_memory_bytes", "process_max_fds", "process_start_time_seconds",
        ] { #expect((told.value(name) ?? 0) > 0, "\(name)") }
    }

    @Test("no key, name or value of a client is in a label, whatever clients ask")
    func labels() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        for target in [
            "/v1/kv/secret-key", "/v1/locks/secret-lock", "/v1/leases/5ec7e7", "/secret-page",
            "/v1/elections/secret-election/observe?secret", "/v1/kv?prefix=secret",
        ] { _ = member.ask("GET", target: target) }
        for method in ["SECRET", "PUT"] {
            _ = member.ask(method, target: "/v1/kv/secret", body: "secret")
        }
        let text = try #require(member.ask("GET", target: "/metrics")).text
        #expect(!text.lowercased().contains("secret") && !text.contains("5ec7e7"))
        #expect(Exposition(text).complaints == [])
        let unknown = ["route": "other", "method": "GET", "code": "404"]
        #expect(Exposition(text).value("roost_http_requests_total", unknown) == 1)
    }

    @Test("a watch that tells what came is counted with how long that took")
    func watches() throws {
        let cluster = try Cluster.started(count: 1)
        let member = cluster.members[0]
        let connection = try member.connect()
        let head = "GET /v1/watch?key=/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try connection.send(Data(head.utf8))
        #expect(try connection.headOfAnswer().status == 200)
        _ = eventually(withinSeconds: 20) {
            (try? exposition(member))?.value("roost_watches") == 1
        }
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "1")?.status == 201)
        let isTold = eventually(withinSeconds: 20) {
            guard let told = try? exposition(member) else { return false }
            return (told.value("roost_watch_lag_seconds_count") ?? 0) >= 1
                && told.value("roost_watches_behind") == 0
        }
        #expect(isTold)
        connection.close()
    }
}
