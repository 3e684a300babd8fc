import Foundation
import Glibc
import Testing

/// Real members on loopback in a directory of their own, ended and removed with this value.
final class Cluster: Sendable {
    let directory: URL
    let members: [Member]

    /// Reserves ports and directories for `count` members; starts nothing.
    init(count: Int) throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-cluster-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ports = try PortReservation.ports(count: 2 * count)
        let names = (1...count).map { "n\($0)" }
        let list = zip(names, ports.suffix(count)).map { "\($0)=127.0.0.1:\($1)" }
        var members: [Member] = []
        for number in 0..<count {
            members.append(
                Member(
                    name: names[number],
                    directory: directory.appending(path: names[number]),
                    clientPort: ports[number],
                    peerPort: ports[count + number],
                    cluster: count == 1 ? "" : list.joined(separator: ",")
                )
            )
        }
        self.members = members
    }

    /// Members that run and agree on a leader.
    static func started(count: Int, flags: [String] = []) throws -> Cluster {
        let cluster = try Cluster(count: count)
        for member in cluster.members { try member.start(flags: flags) }
        try cluster.waitUntilReady()
        return cluster
    }

    deinit {
        for member in members { member.kill() }
        try? FileManager.default.removeItem(at: directory)
    }

    var endpoints: String { members.map(\.endpoint).joined(separator: ",") }

    /// Waits until every running member says that it serves.
    func waitUntilReady(withinSeconds seconds: Double = 20) throws {
        let ready = eventually(withinSeconds: seconds) {
            members.filter(\.isRunning).allSatisfy { $0.ask("GET", "/readyz")?.status == 200 }
        }
        let logs = members.map { "--- \($0.name)\n\($0.standardError)" }.joined(separator: "\n")
        try #require(ready, "the members did not become ready:\n\(logs)")
    }

    /// The member that leads, once one does.
    func leader(withinSeconds seconds: Double = 10) throws -> Member {
        var found: Member?
        _ = eventually(withinSeconds: seconds) {
            found = members.first { $0.isRunning && $0.status["role"] as? String == "leader" }
            return found != nil
        }
        return try #require(found, "no leader within \(seconds) s")
    }

    /// Waits until every member tells the same revision and the same state hash at one index.
    func waitUntilEqual(withinSeconds seconds: Double = 20) throws {
        var seen: [String] = []
        let equal = eventually(withinSeconds: seconds) {
            seen = members.map { member in
                let status = member.status
                let hash = status["state_hash"] as? [String: Any] ?? [:]
                return "\(status["revision"] ?? "-") \(hash["index"] ?? "-") \(hash["hash"] ?? "-")"
            }
            return Set(seen).count == 1 && !seen[0].contains("-")
        }
        try #require(equal, "the members differ: \(seen)")
    }
}

/// Ports of 127.0.0.1 that were free a moment ago.
enum PortReservation {
    /// Binds them all at once, so that they differ, then lets go.
    static func ports(count: Int) throws -> [UInt16] {
        var descriptors: [CInt] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            descriptors.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                    unsafe bind(descriptor, rebound, length) == 0
                        && getsockname(descriptor, rebound, &length) == 0
                }
            }
            try #require(bound)
            return UInt16(bigEndian: address.sin_port)
        }
    }
}
