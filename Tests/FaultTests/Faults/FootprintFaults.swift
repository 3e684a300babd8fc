import Foundation
import TestCluster
import Testing

extension FaultRow {
    /// What a member takes of memory and disk stays within its bounds, however much is written.
    static let ofFootprints: [FaultRow] = [
        FaultRow(alone: "18 MiB of data rewritten at 30 MB/s", measure: "-") { outcome, chance in
            let cluster = try Cluster.started(count: 1)
            let member = cluster.members[0]
            outcome.count += 1
            // Values of a size that does not fill the pieces of the history evenly.
            let load = try CommandLine(
                ["bench", "write", "--value-size", "20000", "--keys", "900"]
                    + ["--rate", "1500", "--duration", "60s", "--connections", "16"],
                endpoints: cluster.endpoints
            )
            let finished = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                _ = load.result()
                finished.signal()
            }
            var footprint = Footprint()
            while finished.wait(timeout: .now() + 0.25) == .timedOut {
                footprint.note(member.status)
            }
            let bound = Footprint.bound(liveByteCount: 18 << 20)
            outcome.expect(footprint.writtenByteCount > 1 << 30, what: "little was written")
            outcome.expect(
                footprint.memoryByteCount <= bound.memoryByteCount,
                what: "\(footprint.memoryByteCount >> 20) MiB of memory"
            )
            outcome.expect(
                footprint.diskByteCount <= bound.diskByteCount,
                what: "\(footprint.diskByteCount >> 20) MiB on the disk"
            )
            print("\(footprint), bound \(bound)")
        }
    ]
}

/// The most that a member took, and the most that it may take (Docs/operations.md).
private struct Footprint: CustomStringConvertible {
    private static let mebibyte = 1 << 20

    var memoryByteCount = 0
    var diskByteCount = 0
    /// How much was written in values, by the revisions.
    var writtenByteCount = 0

    mutating func note(_ status: [String: Any]) {
        memoryByteCount = max(memoryByteCount, status["resident_bytes"] as? Int ?? 0)
        diskByteCount = max(diskByteCount, status["data_bytes"] as? Int ?? 0)
        writtenByteCount = max(writtenByteCount, 20_000 * (status["revision"] as? Int ?? 0))
    }

    static func bound(liveByteCount: Int) -> Footprint {
        let snapshot = liveByteCount + 260 * mebibyte
        var bound = Footprint()
        // What is written in two seconds, while a snapshot is drawn.
        bound.memoryByteCount = snapshot + 80 * mebibyte + 64 * mebibyte
        bound.diskByteCount = 3 * snapshot + 2 * max(256 * mebibyte, 2 * snapshot) + 192 * mebibyte
        return bound
    }

    var description: String {
        "memory \(memoryByteCount >> 20) MiB, disk \(diskByteCount >> 20) MiB"
    }
}
