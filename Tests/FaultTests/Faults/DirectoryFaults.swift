import Foundation
import TestCluster
import Testing

extension FaultRow {
    /// Data directories that were damaged, lost or copied.
    static let ofDirectories: [FaultRow] = [
        FaultRow("a log flipped in its middle, of three", measure: "start … ready") { trial in
            let (_, followers) = try trial.roles()
            let member = followers[0]
            member.kill()
            try trial.strike { try DataFile.log(of: member).flipMiddle() }
            let others = trial.cluster.members.filter { $0 !== member }
            let place = trial.place(of: member)
            for other in others { try trial.network?.cut(place, other: trial.place(of: other)) }
            try trial.heal { try member.start() }
            if let network = trial.network {
                var reasons = ""
                let saysSo = eventually(withinSeconds: 10) {
                    reasons = member.ask("GET", target: "/readyz", timeoutSeconds: 2)?.text ?? ""
                    return reasons.contains("damaged log")
                }
                trial.expect(saysSo, what: "/readyz does not tell of the damage: \(reasons)")
                trial.work(forSeconds: 1)
                trial.expect(
                    member.status["role"] as? String == "follower",
                    what: "a member that doubts its log campaigns"
                )
                try trial.heal { try network.heal() }
            }
            try trial.awaitReady(member)
            trial.recovered()
        },
        FaultRow("a log flipped in its middle, its vote needed", measure: "third … first new write")
        {
            trial in
            let (leader, followers) = try trial.roles()
            for member in trial.cluster.members { member.kill() }
            try trial.strike { try DataFile.log(of: followers[0]).flipMiddle() }
            for follower in followers { try follower.start() }
            let hasLeader = eventually(withinSeconds: 3) {
                followers.contains { $0.status["role"] as? String == "leader" }
            }
            trial.expect(!hasLeader, what: "a member that doubts its log has voted")
            try trial.heal { try leader.start() }
            try trial.awaitWrite()
            try trial.awaitReady(followers[0])
        },
        FaultRow("a wiped directory, of three", measure: "start … exit, new write") { trial in
            let (_, followers) = try trial.roles()
            let member = followers[1]
            member.kill()
            let kept = trial.cluster.directory.appending(path: "kept")
            try FileManager.default.moveItem(at: member.directory, to: kept)
            try trial.expectRefusal(of: member, own: kept)
        },
        FaultRow("a copied directory, of three", measure: "start … exit, new write") { trial in
            let (_, followers) = try trial.roles()
            let member = followers[1]
            trial.expect(member.terminate() == 0, what: "SIGTERM does not end it with 0")
            let copy = trial.cluster.directory.appending(path: "copy")
            let kept = trial.cluster.directory.appending(path: "kept")
            try FileManager.default.copyItem(at: member.directory, to: copy)
            try member.start()
            try trial.cluster.waitUntilReady()
            member.kill()
            try FileManager.default.moveItem(at: member.directory, to: kept)
            try FileManager.default.moveItem(at: copy, to: member.directory)
            try trial.expectRefusal(of: member, own: kept)
        },
        FaultRow(alone: "a log flipped in its middle, alone", measure: "start … exit") {
            outcome,
            chance in
            let cluster = try Cluster.started(count: 1)
            let member = cluster.members[0]
            for number in 0..<50 {
                let answer = member.ask("PUT", target: "/v1/kv/a\(number)", body: "\(number)")
                outcome.expect(answer?.status == 201, what: answer?.text ?? "no answer")
            }
            member.kill()
            try DataFile.log(of: member).flipMiddle()
            outcome.count += 1
            let said = member.standardError.count
            let start = Date()
            try member.start()
            let status = member.exitStatus(withinSeconds: 10)
            outcome.recoveries.append(Date().timeIntervalSince(start))
            let line = member.standardError.dropFirst(said)
            outcome.expect(status == 65, what: "ended with \(status.map(String.init) ?? "-")")
            outcome.expect(line.contains(".segment"), what: "names no file: \(line)")
            outcome.expect(line.contains(/\d+/), what: "names no offset: \(line)")
        },
        FaultRow(alone: "snapshots are taken", measure: "longest wait between two writes") {
            outcome,
            chance in
            let cluster = try Cluster.started(count: 3)
            var bulk = Bulk(cluster)
            let pulse = WritePulse(cluster)
            pulse.start()
            while bulk.writtenCount < 1200, !bulk.hasSnapshots(2) {
                for _ in 0..<16 { try bulk.write() }
            }
            outcome.count += 1
            outcome.recoveries.append(pulse.stop())
            outcome.expect(bulk.hasSnapshots(2), what: "no snapshot after much was written")
        },
        FaultRow(alone: "kill -9 while snapshots are taken", measure: "kill … next write") {
            outcome,
            chance in
            let cluster = try Cluster.started(count: 3)
            var bulk = Bulk(cluster)
            while bulk.writtenCount < 1200, !bulk.hasSnapshots(2) {
                for _ in 0..<chance.number(in: 4...24) { try bulk.write() }
                let victim = cluster.members[chance.number(in: 0...2)]
                outcome.count += 1
                let start = Date()
                victim.kill()
                try bulk.write()
                outcome.recoveries.append(Date().timeIntervalSince(start))
                for _ in 0..<chance.number(in: 0...8) { try bulk.write() }
                try victim.start()
                try cluster.waitUntilReady(withinSeconds: 60)
            }
            outcome.expect(bulk.hasSnapshots(2), what: "no snapshot after much was written")
            try cluster.waitUntilEqual(withinSeconds: 60)
            for number in bulk.lost(on: cluster.members[0]) {
                outcome.violations.append("acknowledged write \(number) is lost")
            }
        },
        FaultRow(alone: "a snapshot flipped, of three", measure: "start … equal to the others") {
            outcome,
            chance in
            let cluster = try Cluster.started(count: 3)
            var bulk = Bulk(cluster)
            while bulk.writtenCount < 1200, !bulk.hasSnapshots(2) {
                for _ in 0..<16 { try bulk.write() }
            }
            outcome.expect(bulk.hasSnapshots(2), what: "no snapshot after much was written")
            let member = try cluster.members.filter { $0 !== (try cluster.leader()) }[0]
            member.kill()
            try DataFile.newestSnapshot(of: member).flipMiddle()
            outcome.count += 1
            let start = Date()
            try member.start()
            try cluster.waitUntilReady()
            try cluster.waitUntilEqual(withinSeconds: 30)
            outcome.recoveries.append(Date().timeIntervalSince(start))
        },
    ]
}

extension Trial {
    /// Waits until the member serves.
    func awaitReady(_ member: Member, withinSeconds seconds: Double = 30) throws {
        let isReady = eventually(withinSeconds: seconds) {
            member.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
        }
        try #require(isReady, "\(member.name) is not ready:\n\(member.standardError.suffix(2000))")
    }

    /// The member may not join with the directory that it has; then it gets its own back.
    fileprivate func expectRefusal(of member: Member, own: URL) throws {
        let status = try strike {
            try member.start()
            return member.exitStatus(withinSeconds: 20)
        }
        expect(status == 78, what: "ended with \(status.map(String.init) ?? "-")")
        try awaitWrite()
        try FileManager.default.removeItem(at: member.directory)
        try FileManager.default.moveItem(at: own, to: member.directory)
        try member.start()
    }
}

/// A file of a data directory, to be damaged while nobody runs there.
struct DataFile {
    private let location: URL

    /// The newest segment that holds something.
    static func log(of member: Member) throws -> DataFile {
        let segments = member.directory.appending(path: "wal")
        let names = try FileManager.default.contentsOfDirectory(atPath: segments.path)
        for name in names.sorted().reversed() where name.hasSuffix(".segment") {
            let file = DataFile(location: segments.appending(path: name))
            if try file.usedByteCount() > 1024 { return file }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    static func newestSnapshot(of member: Member) throws -> DataFile {
        let snapshots = try FileManager.default.contentsOfDirectory(atPath: member.directory.path)
            .filter { $0.hasPrefix("snapshot-") && !$0.hasSuffix(".part") }
        let newest = snapshots.max { index(of: $0) < index(of: $1) }
        return DataFile(location: member.directory.appending(path: try #require(newest)))
    }

    /// The index in `snapshot-TERM-INDEX`.
    private static func index(of name: String) -> Int {
        name.split(separator: "-").last.flatMap { Int($0) } ?? 0
    }

    /// Turns one bit in the middle of what is used.
    func flipMiddle() throws {
        let middle = UInt64(try usedByteCount() / 2)
        let file = try FileHandle(forUpdating: location)
        defer { try? file.close() }
        try file.seek(toOffset: middle)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: middle)
        try file.write(contentsOf: Data([byte ^ 0x10]))
        try file.synchronize()
    }

    /// Up to the last byte that is not zero.
    private func usedByteCount() throws -> Int {
        let bytes = try Data(contentsOf: location, options: .alwaysMapped)
        return unsafe bytes.withUnsafeBytes { raw in
            var count = raw.count
            while count > 0, unsafe raw[count - 1] == 0 { count -= 1 }
            return count
        }
    }
}
