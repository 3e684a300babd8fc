import Bytes
import Foundation
import Glibc
import TestCluster

/// One client that writes all the time, and measures how long it had to wait.
final class WritePulse: @unchecked Sendable {
    private let cluster: Cluster
    private let lock = NSLock()
    private let group = DispatchGroup()
    private var hasEnded = false
    private var longest = 0.0

    init(_ cluster: Cluster) { self.cluster = cluster }

    func start() {
        group.enter()
        Thread.detachNewThread { [self] in
            let caller = Caller(
                doors: cluster.members.map { Door(host: $0.host, port: $0.clientPort) },
                first: 0
            )
            var last = MonotonicTime.now
            while !lock.withLock({ hasEnded }) {
                let attempt = caller.send("PUT", target: "/v1/kv/pulse?timeout=2s", body: "1")
                if case .answered(let answer) = attempt, answer.status < 300 {
                    let now = MonotonicTime.now
                    lock.withLock { longest = max(longest, now.seconds(since: last)) }
                    last = now
                }
                poll(nil, 0, 5)
            }
            group.leave()
        }
    }

    /// The longest time between two acknowledged writes, in seconds.
    func stop() -> Double {
        lock.withLock { hasEnded = true }
        group.wait()
        return lock.withLock { longest }
    }
}
