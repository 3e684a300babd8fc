import Foundation
import TestCluster
import Testing

@Suite("Ready is a member that is caught up (operations.md), with real processes", .serialized)
struct ReadinessTests {
    @Test("a follower that missed 5,000 writes is never ready before it has them")
    func restartedFollower() throws {
        let cluster = try Cluster.started(count: 3)
        let leader = try cluster.leader()
        let follower = try #require(cluster.members.first { $0.name != leader.name })
        follower.kill()
        let load = WriteLoad(cluster: cluster, keyCount: 5_000, threadCount: 8)
        load.start()
        #expect(try load.finish(withinSeconds: 60).count == 5_000)
        let committed = try #require(try cluster.leader().status["commit_index"] as? Int)
        try follower.start()
        var first: [String: Any] = [:]
        let isReady = eventually(withinSeconds: 20) {
            if let answer = follower.ask("GET", target: "/readyz"), answer.status != 200 {
                #expect(answer.status == 503 && answer.json["reasons"] is [String])
            }
            first = follower.status
            return first["ready"] as? Bool == true
        }
        try #require(isReady, "\(follower.standardError)")
        #expect(try #require(first["applied_index"] as? Int) >= committed)
        #expect(follower.ask("GET", target: "/readyz")?.text == "ready\n")
        #expect(
            follower.ask("GET", target: "/v1/kv/load/4999?raw&consistency=stale")?.text
                == "value 4999"
        )
    }
}
