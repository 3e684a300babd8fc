package import Foundation
import Testing

/// Real members in a directory of their own, ended and removed with this value.
package final class Cluster: Sendable {
    package let directory: URL
    package let members: [Member]

    /// Where a member listens, and what is put before its command.
    package struct Site: Sendable {
        package let host: String
        package let clientPort: UInt16
        package let peerPort: UInt16
        package let place: [String]
        /// Where the others are told to find it, if not at its own port.
        package let listedPeerPort: UInt16?

        package init(
            host: String,
            clientPort: UInt16,
            peerPort: UInt16,
            place: [String] = [],
            listedPeerPort: UInt16? = nil
        ) {
            self.host = host
            self.clientPort = clientPort
            self.peerPort = peerPort
            self.place = place
            self.listedPeerPort = listedPeerPort
        }
    }

    /// Reserves ports of loopback and directories for `count` members; starts nothing.
    ///
    /// - Parameter place: put before every member's command.
    package convenience init(count: Int, place: [String] = []) throws {
        let ports = try PortReservation.ports(count: 2 * count)
        try self.init(
            sites: (0..<count).map { number in
                Site(
                    host: "127.0.0.1",
                    clientPort: ports[number],
                    peerPort: ports[count + number],
                    place: place
                )
            }
        )
    }

    /// One member for each site, named n1, n2 and so on; starts nothing.
    package init(sites: [Site]) throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-cluster-\(UUID().uuidString)")
        self.directory = directory
        Leftovers.note(directory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let list = sites.enumerated().map { number, site in
            "n\(number + 1)=\(site.host):\(site.listedPeerPort ?? site.peerPort)"
        }
        members = sites.enumerated().map { number, site in
            Member(
                name: "n\(number + 1)",
                directory: directory.appending(path: "n\(number + 1)"),
                host: site.host,
                clientPort: site.clientPort,
                peerPort: site.peerPort,
                place: site.place,
                cluster: sites.count == 1 ? "" : list.joined(separator: ",")
            )
        }
    }

    /// Members that run and agree on a leader.
    package static func started(count: Int, flags: [String] = []) throws -> Cluster {
        let cluster = try Cluster(count: count)
        try cluster.start(flags: flags)
        return cluster
    }

    deinit {
        for member in members { member.kill() }
        try? FileManager.default.removeItem(at: directory)
    }

    package var endpoints: String { members.map(\.endpoint).joined(separator: ",") }

    /// Starts every member that does not run, and waits until all serve.
    package func start(flags: [String] = []) throws {
        for member in members where !member.isRunning { try member.start(flags: flags) }
        try waitUntilReady()
    }

    /// Waits until every running member says that it serves.
    package func waitUntilReady(withinSeconds seconds: Double = 20) throws {
        let ready = eventually(withinSeconds: seconds) {
            members.filter(\.isRunning).allSatisfy {
                $0.ask("GET", target: "/readyz", timeoutSeconds: 3)?.status == 200
            }
        }
        let logs = members.map { "--- \($0.name)\n\($0.standardError)" }.joined(separator: "\n")
        try #require(ready, "the members did not become ready:\n\(logs)")
    }

    /// The member that leads, once one does: where two say so, the one of the higher term.
    package func leader(withinSeconds seconds: Double = 10) throws -> Member {
        var found: Member?
        _ = eventually(withinSeconds: seconds) {
            var highest = -1
            for member in members where member.isRunning {
                let status = member.status
                guard status["role"] as? String == "leader", let term = status["term"] as? Int,
                    term > highest
                else { continue }
                highest = term
                found = member
            }
            return found != nil
        }
        return try #require(found, "no leader within \(seconds) s")
    }

    /// Waits until every member tells the same revision and the same state hash at one index.
    ///
    /// - Parameter others: who is asked in place of the members of the beginning.
    package func waitUntilEqual(
        _ others: [Member]? = nil,
        withinSeconds seconds: Double = 20
    ) throws {
        var seen: [String] = []
        let equal = eventually(withinSeconds: seconds) {
            seen = (others ?? members).map { member in
                let status = member.status
                let hash = status["state_hash"] as? [String: Any] ?? [:]
                return "\(status["revision"] ?? "-") \(hash["index"] ?? "-") \(hash["hash"] ?? "-")"
            }
            return Set(seen).count == 1 && !seen[0].contains("-")
        }
        try #require(equal, "the members differ: \(seen)")
    }
}
