import Foundation
import Glibc
import Synchronization
import TestCluster

/// A network namespace for each member, joined by a bridge on which the test is a host too; packets
/// between members can be dropped one way or both.
final class Network: Sendable {
    private static let tools: [Tool] = [.ip, .iptables]
    private static let serial = Mutex(0)

    /// Whether this process may make one.
    static let isPossible = Tool.areUsable(tools)

    private let prefix: String
    private let subnet: String
    private let count: Int

    /// Makes `count` namespaces; all packets flow.
    init(count: Int) throws {
        let number = Self.serial.withLock { number in
            number += 1
            return number
        }
        self.count = count
        prefix = "rf\(getpid() % 1_000_000)\(number % 10)"
        subnet = "10.\(200 + number % 50).\(getpid() % 250)"
        Self.sweep()
        try ip("link", "add", "\(prefix)b", "type", "bridge")
        try ip("addr", "add", "\(subnet).254/24", "dev", "\(prefix)b")
        try ip("link", "set", "\(prefix)b", "up")
        for member in 0..<count {
            let (name, near, far) = (space(member), "\(prefix)v\(member)", "\(prefix)w\(member)")
            try ip("netns", "add", name)
            try ip("link", "add", near, "type", "veth", "peer", "name", far)
            try ip("link", "set", far, "netns", name)
            try ip("link", "set", near, "master", "\(prefix)b", "up")
            try ip("-n", name, "addr", "add", "\(host(member))/24", "dev", far)
            try ip("-n", name, "link", "set", far, "up")
            try ip("-n", name, "link", "set", "lo", "up")
        }
    }

    deinit { remove() }

    /// Where members of a cluster live in it.
    var sites: [Cluster.Site] {
        (0..<count).map { member in
            Cluster.Site(
                host: host(member),
                clientPort: 2379,
                peerPort: 2380,
                place: ["ip", "netns", "exec", space(member)]
            )
        }
    }

    /// Drops every packet of `sender` at `receiver`, members counted from 0.
    func drop(from sender: Int, to receiver: Int) throws {
        try Tool.ip.mustRun(
            ["netns", "exec", space(receiver), "iptables", "-w", "-A", "INPUT"]
                + ["-s", host(sender), "-j", "DROP"]
        )
    }

    /// Drops every packet between one and another.
    func cut(_ one: Int, other: Int) throws {
        try drop(from: one, to: other)
        try drop(from: other, to: one)
    }

    /// Lets all packets flow.
    func heal() throws {
        for member in 0..<count {
            try Tool.ip.mustRun(["netns", "exec", space(member), "iptables", "-w", "-F", "INPUT"])
        }
    }

    private func host(_ member: Int) -> String { "\(subnet).\(member + 1)" }
    private func space(_ member: Int) -> String { "\(prefix)n\(member)" }
    private func ip(_ arguments: String...) throws { try Tool.ip.mustRun(arguments) }

    /// The links go with their namespaces.
    private func remove() {
        for member in 0..<count {
            _ = try? Tool.ip.run(["netns", "del", space(member)])
            _ = try? Tool.ip.run(["link", "del", "\(prefix)v\(member)"])
        }
        _ = try? Tool.ip.run(["link", "del", "\(prefix)b"])
    }

    /// Removes namespaces and bridges of test processes that were killed before they could, and
    /// ends the members that still run there.
    private static func sweep() {
        let spaces = (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
        let links = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []
        for space in spaces where isOrphan(space) {
            let left = (try? Tool.ip.run(["netns", "pids", space]))?.output ?? ""
            for process in left.split(separator: "\n").compactMap({ pid_t($0) }) {
                kill(process, SIGKILL)
            }
            _ = try? Tool.ip.run(["netns", "del", space])
        }
        for link in links where isOrphan(link) { _ = try? Tool.ip.run(["link", "del", link]) }
    }

    private static func isOrphan(_ name: String) -> Bool {
        guard let match = name.wholeMatch(of: /rf(\d+)\d[bnv]\d?/), let process = pid_t(match.1)
        else { return false }
        return process < 1_000_000 && kill(process, 0) != 0 && errno == ESRCH
    }
}
