import Foundation
import Synchronization
import TestCluster
import Testing

@Suite("A waiter whose member is cut off is told what is known", .serialized)
struct WaiterFaults {
    private static let waitSeconds = 2.0

    /// Queued through a follower, which is cut off; released on the majority's side, and granted.
    @Test(
        "the lock goes to the waiter, and its member does not call that not applied",
        .enabled(if: Network.isPossible),
        arguments: [1.0, 3.0]
    )
    func grantedBehindTheCut(_ timeoutSeconds: Double) throws {
        let network = try Network(count: 3)
        let cluster = try Cluster(sites: network.sites)
        try cluster.start()
        let leader = try cluster.leader()
        let followers = cluster.members.filter { $0.name != leader.name }
        let held = leader.ask("POST", target: "/v1/locks/l", body: "{}")
        let token = try #require(held?.json["token"] as? Int)

        let answer = Mutex<(reply: TestCluster.Answer?, seconds: Double)?>(nil)
        let follower = followers[0]
        let finished = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let begun = Date()
            let reply = follower.ask(
                "POST",
                target: "/v1/locks/l?timeout=\(timeoutSeconds)s",
                body: #"{"wait":"\#(Self.waitSeconds)s","owner":"w"}"#,
                timeoutSeconds: 30
            )
            answer.withLock { $0 = (reply, Date().timeIntervalSince(begun)) }
            finished.signal()
        }
        try #require(
            eventually(withinSeconds: 5) {
                let lock = leader.ask("GET", target: "/v1/locks/l")
                return (lock?.json["waiters"] as? [Any])?.count == 1
            }
        )
        let numbers = cluster.members.indices
        let cut = try #require(numbers.first { cluster.members[$0].name == follower.name })
        for other in numbers where other != cut { try network.cut(cut, other: other) }
        #expect(leader.ask("DELETE", target: "/v1/locks/l?token=\(token)")?.status == 200)
        let after = leader.ask("GET", target: "/v1/locks/l")
        let holder = (after?.json["holders"] as? [[String: Any]])?.first
        #expect(holder?["owner"] as? String == "w")

        #expect(finished.wait(timeout: .now() + 30) == .success)
        let (reply, seconds) = try #require(answer.withLock { $0 })
        print("timeout \(timeoutSeconds) s: after \(seconds) s: \(reply?.text ?? "-")")
        #expect(reply?.status == 503)
        #expect(reply?.json["applied"] is NSNull)
        #expect(reply?.json["lease"] as? String == holder?["lease"] as? String)
        let bound = Self.waitSeconds + timeoutSeconds
        #expect(seconds > bound - 0.1 && seconds < bound + 0.5)
    }
}
