import Testing
import Wire
import roost

@Suite("roost doctor: what is wrong is found, and nothing else (Docs/cli.md)")
struct DiagnosisTests {
    /// Something that is wrong, and the words that the finding has.
    struct Row: Sendable, CustomTestStringConvertible {
        let subject: Checkup.Subject
        let says: [String]
        let plant: @Sendable (inout StagedCluster) -> Void

        init(
            _ subject: Checkup.Subject,
            _ says: String...,
            plant: @escaping @Sendable (inout StagedCluster) -> Void
        ) {
            self.subject = subject
            self.says = says
            self.plant = plant
        }

        var testDescription: String { "\(subject.rawValue): \(says.joined(separator: " … "))" }
    }

    private static func findings(in cluster: StagedCluster, of subject: Checkup.Subject) throws
        -> [Ailment]
    {
        let checkups = Diagnosis(try cluster.look).checkups
        return checkups.first { $0.subject == subject }?.findings ?? []
    }

    private static func histogram(_ name: String, labels: String = "", seconds: String) -> String {
        let comma = labels.isEmpty ? "" : ","
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        return """
            \(name)_bucket{\(labels)\(comma)le="\(seconds)"} 100
            \(name)_bucket{\(labels)\(comma)le="+Inf"} 100
            \(name)_sum\(braced) \(seconds)

            """
    }

    @Test("where nothing is wrong nothing is found, whatever was looked at", arguments: [1, 3, 5])
    func sound(_ count: Int) throws {
        let diagnosis = Diagnosis(try StagedCluster(count).look)
        #expect(diagnosis.findings == [])
        #expect(diagnosis.checkups.count == Checkup.Subject.allCases.count - 3)
        #expect(diagnosis.checkups.allSatisfy { !$0.measured.isEmpty })
    }

    private static let rows = [
        Row(.members, "n2 (10.0.0.2:2379) does not answer", "refused") {
            $0["n2"].fault = "connect: Connection refused (111)"
        },
        Row(.members, "n3 is not ready", "the disk has not finished") {
            $0["n3"].unready = ["the disk has not finished a write of the log for long"]
        },
        Row(.members, "n2 does not hear n3, which answers here") { $0["n2"].silent = ["n3"] },
        Row(.members, "n4 was added and has not come") {
            $0.changes = #"[{"number":7,"change":"add","name":"n4","newcomer":null}]"#
        },
        Row(.members, "n9 at 10.0.0.9:2379 has no cluster yet", "awaits n8") { cluster in
            var stranger = StagedCluster.Member("n9")
            stranger.role = "forming"
            stranger.silent = ["n8"]
            guard let answer = try? cluster.answer(of: stranger, at: "10.0.0.9:2379") else {
                return
            }
            cluster.extra = [.init(address: "10.0.0.9:2379", outcome: .answered(answer))]
        },
        Row(.leader, "no member that answers leads") {
            for name in ["n1", "n2", "n3"] { ($0[name].role, $0[name].leader) = ("follower", nil) }
        },
        Row(.voters, "2 voters bear the loss of 0, as 1 would") { $0["n3"].kind = "observer" },
        Row(.voters, "n1 alone votes") {
            $0["n2"].kind = "observer"
            $0["n3"].kind = "observer"
        },
        Row(.addresses, "the client address of n2", "leads nowhere", "it answers at 1.2.3.4:1") {
            $0["n2"].fault = "no connection in time"
            $0["n2"].foundAt = "1.2.3.4:1"
        },
        Row(.addresses, "the client address of n3, 127.0.0.1:2379, means another place") {
            $0["n3"].host = "127.0.0.1"
        },
        Row(.addresses, "the peer address of n3, 0.0.0.0:2380, means another place") {
            $0["n3"].host = "0.0.0.0"
        },
        Row(.clocks, "the clock of n2 is 5.00 s behind (give or take 9 ms) of this machine's") {
            $0["n2"].clock = ClockReading(offsetMilliseconds: -5_000, uncertaintyMilliseconds: 9)
        },
        Row(.clocks, "the clocks of n1 and n3 are 1 s or more apart") {
            $0["n1"].clock = ClockReading(offsetMilliseconds: -600, uncertaintyMilliseconds: 9)
            $0["n3"].clock = ClockReading(offsetMilliseconds: 900, uncertaintyMilliseconds: 9)
        },
        Row(.disks, "the disk of n2 is slow", "2.00 ms", "198 ms") {
            $0["n2"].metrics = histogram("roost_log_fdatasync_seconds", seconds: "0.2")
        },
        Row(.disks, "1,234 writes of n1's log took longer") {
            $0["n1"].metrics = "roost_log_slow_batches_total 1234\n"
        },
        Row(.disks, "the disk of n2 is full") {
            $0["n2"].metrics = "roost_disk_reserve_used 1\n"
        },
        Row(.disks, "the disk of n2 has 512 MiB free, and its data 1 KiB") {
            $0["n2"].freeByteCount = 512 << 20
        },
        Row(.roundTrips, "from n1 to n3 and back takes 40.0 ms", "(300 ms)") {
            $0["n1"].metrics = histogram(
                "roost_peer_round_trip_seconds",
                labels: #"peer="n3""#,
                seconds: "4"
            )
        },
        Row(.roundTrips, "election timeouts differ: n1 300 ms, n2 900 ms, n3 300 ms") {
            $0["n2"].electionMilliseconds = 900
        },
        Row(.lag, "n3 is 5,000 entries behind n1") { $0["n3"].lagEntryCount = 5_000 },
        Row(.versions, "different builds: n1 1.0.0, n2 1.0.1, n3 1.0.0") {
            $0["n2"].version = "1.0.1"
        },
        Row(.limits, "n2 may open 1,024 files and connections, and has 900") {
            $0["n2"].metrics = "process_max_fds 1024\nprocess_open_fds 900\n"
        },
        Row(.limits, "keys and values have 900 B of the quota of 1 KiB") {
            $0["n1"].metrics = "roost_key_bytes 900\nroost_quota_bytes 1024\n"
        },
        Row(.certificates, "the certificate /etc/roost/n2.crt of n2 ends in 13 d") {
            $0["n1"].metrics =
                #"roost_certificate_expiry_seconds{file="/etc/roost/n1.crt"} 1209600"# + "\n"
            $0["n2"].metrics =
                #"roost_certificate_expiry_seconds{file="/etc/roost/n2.crt"} 1123200"# + "\n"
        },
        Row(.certificates, "the certificate n3.crt of n3 has ended") {
            $0["n3"].metrics = #"roost_certificate_expiry_seconds{file="n3.crt"} 0"# + "\n"
        },
        Row(.backups, "the newest regular backup is 2 h 1 min old, and one is due every 1 h") {
            $0["n1"].metrics = "roost_backup_interval_seconds 3600\nroost_backup_age_seconds 7260\n"
            $0["n2"].metrics = "roost_backup_interval_seconds 3600\nroost_backup_age_seconds 9999\n"
        },
        Row(.backups, "no member has made a regular backup") {
            $0["n1"].metrics = "roost_backup_interval_seconds 3600\n"
        },
    ]

    @Test("each thing that is wrong", arguments: rows)
    func found(_ row: Row) throws {
        var cluster = StagedCluster()
        row.plant(&cluster)
        let findings = try Self.findings(in: cluster, of: row.subject)
        let isFound = findings.contains { finding in row.says.allSatisfy(finding.what.contains) }
        #expect(isFound && findings.allSatisfy { !$0.advice.isEmpty }, "\(findings)")
    }

    @Test("clocks that may be as far apart only by how badly they are known are not found")
    func doubt() throws {
        var cluster = StagedCluster()
        cluster["n2"].clock = ClockReading(offsetMilliseconds: 1_400, uncertaintyMilliseconds: 401)
        #expect(try Self.findings(in: cluster, of: .clocks) == [])
        cluster["n2"].clock = ClockReading(offsetMilliseconds: 1_400, uncertaintyMilliseconds: 390)
        #expect(try Self.findings(in: cluster, of: .clocks) != [])
    }

    @Test("an offset is found by the answer's time, half of the round trip its uncertainty")
    func offset() {
        let asked = PointInTime(unixMilliseconds: 10_000)
        let reading = ClockReading(
            told: PointInTime(unixMilliseconds: 9_050),
            asked: asked,
            roundTripNanoseconds: 100_000_000
        )
        #expect(reading == ClockReading(offsetMilliseconds: -1_000, uncertaintyMilliseconds: 51))
        #expect(reading.gapMilliseconds == 949)
        let far = ClockReading(
            told: PointInTime(unixMilliseconds: .max),
            asked: PointInTime(unixMilliseconds: 0),
            roundTripNanoseconds: .max
        )
        #expect(ClockReading.gapMilliseconds(between: far, and: reading) > 0)
    }

    @Test("one loopback among loopbacks is a cluster of one machine, and nothing to tell of")
    func oneMachine() throws {
        var cluster = StagedCluster()
        for name in ["n1", "n2", "n3"] { cluster[name].host = "127.0.0.\(name.suffix(1))" }
        #expect(try Self.findings(in: cluster, of: .addresses) == [])
    }

    @Test("a disk's figures are those of its syncs")
    func probe() throws {
        let durations = [UInt64](repeating: 1_000, count: 98) + [300_000_000, 500_000_000]
        let figures = DiskProbe.Figures(directory: "/data", durations: durations)
        #expect(figures.count == 100 && figures.tailNanoseconds == 300_000_000)
        #expect(figures.maxNanoseconds == 500_000_000)
        let diagnosis = Diagnosis(try StagedCluster().look, probe: figures)
        #expect(diagnosis.findings.count == 1 && diagnosis.findings[0].what.contains("/data"))
    }
}
