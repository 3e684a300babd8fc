import Foundation
import TestCluster
import Testing

/// A cluster of three under load, and who has joined it.
final class MembershipStage {
    let cluster: Cluster
    let load: WriteLoad
    private var ports: [UInt16]
    /// Who serves now.
    private(set) var members: [Member]
    /// When the present act began.
    private var actBegan = Date()

    init() throws {
        cluster = try Cluster.started(count: 3)
        load = WriteLoad(cluster: cluster, keyCount: 1_000_000, threadCount: 2)
        members = cluster.members
        ports = try PortReservation.ports(count: 20)
        load.start()
    }

    /// A port that nobody else gets.
    func port() throws -> UInt16 {
        let port = ports.popLast()
        return try #require(port)
    }

    /// A member that is to join, or that goes on with the directory of another one.
    func member(_ name: String, clientPort: UInt16, peerPort: UInt16) -> Member {
        Member(
            name: name,
            directory: cluster.directory.appending(path: name),
            clientPort: clientPort,
            peerPort: peerPort,
            cluster: ""
        )
    }

    func newcomer(_ name: String) throws -> Member {
        member(name, clientPort: try port(), peerPort: try port())
    }

    /// Starts a newcomer that asks those who serve.
    func join(_ member: Member) throws {
        let peers = members.filter { $0.name != member.name }
            .map { "\($0.host):\($0.peerPort)" }.joined(separator: ",")
        try member.start(flags: ["--join", peers])
    }

    /// Who serves from now on, and takes writes.
    func serve(_ members: [Member]) {
        self.members = members
        load.use(members)
    }

    private var endpoints: String { members.map(\.endpoint).joined(separator: ",") }

    func begin(_ arguments: String...) throws -> CommandLine {
        try CommandLine(arguments, endpoints: endpoints)
    }

    /// Tells the longest time without a write since the act before.
    func tell(_ act: String) throws {
        try expectWrites()
        print(
            "\(act): the longest time without a write, ms: "
                + "\(load.longestSilenceMilliseconds(since: actBegan))"
        )
        actBegan = Date()
    }

    /// Runs a command that has to succeed; what it prints.
    @discardableResult
    func run(_ arguments: String...) throws -> String { try run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) throws -> String {
        let result = try CommandLine(arguments, endpoints: endpoints).result()
        try #require(result.status == 0, "roost \(arguments): \(result.error)")
        return result.output
    }

    /// The members by name, as `roost member list` has them.
    func list() throws -> [String: [String: Any]] {
        let text = try run("member", "list", "-ojson")
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect((json?["changes"] as? [Any])?.isEmpty == true)
        var members: [String: [String: Any]] = [:]
        for member in json?["members"] as? [[String: Any]] ?? [] {
            members[member["name"] as? String ?? ""] = member
        }
        return members
    }

    /// Writes go on: some that were sent by now are acknowledged.
    func expectWrites() throws {
        let count = load.acknowledgedCount
        try #require(
            eventually(withinSeconds: 30) { self.load.acknowledgedCount > count + 50 },
            "no write is accepted"
        )
    }
}
