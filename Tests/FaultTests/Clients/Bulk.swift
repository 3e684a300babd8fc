import Foundation
import TestCluster
import Testing

/// One client that writes values of a megabyte over a few keys, each until it is acknowledged, so
/// that logs grow and snapshots become due.
struct Bulk {
    private static let keyCount = 8
    private static let padding = String(repeating: "0123456789abcdef", count: 65_000)

    private let cluster: Cluster
    private let caller: Caller
    private(set) var writtenCount = 0
    /// The snapshots that each member was seen to have.
    private var snapshots: [String: Set<Int>] = [:]

    init(_ cluster: Cluster) {
        self.cluster = cluster
        let doors = cluster.members.map { Door(host: $0.host, port: $0.clientPort) }
        caller = Caller(doors: doors, first: 0, timeoutSeconds: 8)
    }

    /// The next value.
    mutating func write() throws {
        let number = writtenCount
        let isWritten = eventually(withinSeconds: 40) {
            let attempt = caller.send(
                "PUT",
                target: "/v1/kv/bulk/\(number % Self.keyCount)?timeout=5s",
                headers: ["Idempotency-Key": "bulk-\(number)"],
                body: "\(number) \(Self.padding)"
            )
            guard case .answered(let answer) = attempt else { return false }
            return answer.status < 300
        }
        try #require(isWritten, "write \(number) was not acknowledged within 40 s")
        writtenCount += 1
        for member in cluster.members where number % 8 == 0 {
            let index = member.status["snapshot_index"] as? Int ?? 0
            if index > 0 { snapshots[member.name, default: []].insert(index) }
        }
    }

    /// Whether every member has taken so many snapshots.
    func hasSnapshots(_ count: Int) -> Bool {
        cluster.members.allSatisfy { snapshots[$0.name]?.count ?? 0 >= count }
    }

    /// The last write of each key whose value is not there.
    func lost(on member: Member) -> [Int] {
        (max(0, writtenCount - Self.keyCount)..<writtenCount).filter { number in
            let key = "/v1/kv/bulk/\(number % Self.keyCount)"
            let answer = member.ask("GET", target: "\(key)?raw&timeout=10s", timeoutSeconds: 20)
            return answer?.text.hasPrefix("\(number) ") != true
        }
    }
}
