import Foundation
import Glibc
import TestCluster
import Testing

/// A DNS server for the zone of a test: SRV records as it was told last, and every host is here.
private final class NameServer: @unchecked Sendable {
    /// A member in the order of its priority.
    struct Listing: Sendable {
        let service: String
        let ports: [UInt16]
    }

    let host: String
    private let socket: CInt
    private let lock = NSLock()
    private var listings: [Listing] = []

    init() throws {
        let digits = (0..<3).map { _ in String(Int.random(in: 16...250)) }
        host = "127.\(digits.joined(separator: "."))"
        socket = Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        unsafe inet_pton(AF_INET, host, &address.sin_addr)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, size)
            }
        }
        try #require(result == 0, "\(host):53 cannot be had: error \(errno)")
        let thread = Thread { [weak self, socket] in
            var bytes = [UInt8](repeating: 0, count: 1_500)
            while true {
                var sender = sockaddr_storage()
                var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
                let count = unsafe withUnsafeMutablePointer(to: &sender) { pointer in
                    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe recvfrom(socket, &bytes, bytes.count, 0, $0, &size)
                    }
                }
                // An empty datagram is that of `deinit`.
                guard count > 0, let answer = self?.answer(to: Array(bytes[..<count])) else {
                    break
                }
                unsafe withUnsafePointer(to: &sender) { pointer in
                    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        _ = unsafe sendto(socket, answer, answer.count, 0, $0, size)
                    }
                }
            }
            close(socket)
        }
        thread.start()
    }

    deinit { shutdown(socket, CInt(SHUT_RDWR)) }

    func list(_ listings: [Listing]) { lock.withLock { self.listings = listings } }

    /// The question with its records (RFC 1035, 4.1); a name that is not listed has none.
    private func answer(to question: [UInt8]) -> [UInt8]? {
        guard question.count > 16 else { return nil }
        var labels: [String] = []
        var place = 12
        while place < question.count, question[place] > 0 {
            let end = min(place + 1 + Int(question[place]), question.count)
            labels.append(String(decoding: question[(place + 1)..<end], as: UTF8.self))
            place = end
        }
        guard place + 4 < question.count else { return nil }
        let asked = Array(question[12..<(place + 5)])
        let records: [[UInt8]] =
            switch question[place + 2] {
            case 1: [[127, 0, 0, 1]]
            case 33: services(labels.joined(separator: "."))
            default: []
            }
        let type = question[place + 2]
        var bytes =
            question[..<2] + [0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + asked
        for record in records {
            bytes += [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(record.count)] + record
        }
        return Array(bytes)
    }

    private func services(_ name: String) -> [[UInt8]] {
        let ports = lock.withLock { listings.first { $0.service == name }?.ports ?? [] }
        return ports.enumerated().map { place, port in
            [0, UInt8(place), 0, 0, UInt8(port >> 8), UInt8(port & 255)] + [2]
                + Array("n\(place)".utf8)
                + [5] + Array("roost".utf8) + [4] + Array("test".utf8) + [0]
        }
    }
}

@Suite(
    "Members that DNS lists (Docs/operations.md, Addresses), asked of a real server",
    .serialized
)
struct ServiceNameTests {
    private static let peers = "_roost-peer._tcp.roost.test"
    private static let clients = "_roost._tcp.roost.test"

    /// At a loopback address a member answers only to names that it was told.
    private static let allowance = [
        "--allow-host", (0..<5).map { "n\($0).roost.test" }.joined(separator: ","),
    ]

    /// Whether a process may have a resolv.conf of its own here: it takes root.
    private static let mayMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["unshare", "-m", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// What runs a command with that DNS server.
    private static func place(_ server: NameServer, in directory: URL) throws -> [String] {
        let file = directory.appending(path: "resolv.conf")
        try Data("nameserver \(server.host)\noptions timeout:1\n".utf8).write(to: file)
        return [
            "unshare", "-m", "sh", "-c",
            "mount --bind \(file.path) /etc/resolv.conf && exec \"$@\"", "sh",
        ]
    }

    /// A run of the client against whomever DNS lists.
    private static func client(
        _ arguments: [String],
        place: [String],
        endpoints: String = "srv:roost.test"
    ) throws -> CommandLine {
        try CommandLine(arguments, endpoints: endpoints, place: place)
    }

    @Test(
        "a newcomer and clients find the members, whoever is listed first",
        .enabled(if: mayMount)
    )
    func found() throws {
        let server = try NameServer()
        let cluster = try Cluster.started(count: 3, flags: Self.allowance)
        let ports = try PortReservation.ports(count: 3)
        let (own, clientPort, nobody) = (ports[0], ports[1], ports[2])
        // The newcomer itself comes first, as where DNS lists all that are to be, then nobody.
        server.list([
            .init(service: Self.peers, ports: [own, nobody] + cluster.members.map(\.peerPort)),
            .init(service: Self.clients, ports: [nobody] + cluster.members.map(\.clientPort)),
        ])
        let place = try Self.place(server, in: cluster.directory)
        let newcomer = Member(
            name: "n4",
            directory: cluster.directory.appending(path: "n4"),
            clientPort: clientPort,
            peerPort: own,
            place: place,
            cluster: ""
        )
        try newcomer.start(flags: ["--join", "srv:roost.test"] + Self.allowance)
        let add = ["member", "add", "n4", "127.0.0.1:\(own)", "--wait", "--timeout", "60s"]
        let added = try Self.client(add, place: place).result()
        #expect(added.status == 0, "\(added.error)\n\(newcomer.standardError)")
        #expect(added.output.hasSuffix("n4 votes\n"), "\(added.output)")
        cluster.members[0].kill()
        let put = try Self.client(["put", "/a", "1"], place: place).result()
        #expect(put.status == 0, "\(put.error)")
        server.list([
            .init(service: Self.clients, ports: cluster.members.dropFirst().map(\.clientPort))
        ])
        let ready = try Self.client(["ready", "--all", "--wait", "30s"], place: place).result()
        #expect(ready.output.split(separator: "\n").count == 2, "\(ready.output)\(ready.error)")
        #expect(ready.output.contains("ready n1.roost.test:"), "\(ready.output)")
    }

    @Test("DNS is asked again at every reconnect", .enabled(if: mayMount))
    func moved() throws {
        let server = try NameServer()
        let cluster = try Cluster.started(count: 3, flags: Self.allowance)
        let place = try Self.place(server, in: cluster.directory)
        server.list([.init(service: Self.clients, ports: [cluster.members[0].clientPort])])
        let watch = try Self.client(["watch", "/moved"], place: place)
        defer { watch.signal(SIGKILL) }
        let endpoints = cluster.members[1].endpoint
        func put(_ value: String) throws {
            let put = try CommandLine(["put", "/moved", value], endpoints: endpoints).result()
            try #require(put.status == 0, "\(put.error)")
        }
        // The watch has begun once it shows one of the writes.
        var count = 0
        try #require(
            eventually(withinSeconds: 30) {
                count += 1
                guard (try? put("before-\(count)")) != nil else { return false }
                return watch.outputSoFar.contains("before-")
            },
            "\(watch.errorSoFar)"
        )
        server.list([.init(service: Self.clients, ports: [cluster.members[1].clientPort])])
        cluster.members[0].kill()
        try put("after")
        #expect(
            eventually(withinSeconds: 30) { watch.outputSoFar.contains("after") },
            "\(watch.errorSoFar)"
        )
    }

    @Test("what DNS does not know is said, by its name", .enabled(if: mayMount))
    func unknown() throws {
        let server = try NameServer()
        let cluster = try Cluster.started(count: 1)
        let place = try Self.place(server, in: cluster.directory)
        let get = try Self.client(["get", "/a", "--timeout", "1s"], place: place).result()
        #expect(get.status == 5, "\(get.error)")
        #expect(get.error.contains("\(Self.clients): DNS has no SRV record"), "\(get.error)")
        let wrong = try Self.client(["get", "/a"], place: place, endpoints: "srv:a/b").result()
        #expect(wrong.status == 2 && wrong.error.contains("srv:NAME"), "\(wrong.error)")
    }

    /// etcd CVE-2020-15136: what DNS listed was spoken with, whatever certificate it had.
    @Test(
        "whom DNS lists shows a certificate for its name, as anybody else",
        .enabled(if: mayMount)
    )
    func certificate() throws {
        let server = try NameServer()
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-srv-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        func certs(_ arguments: String...) throws {
            let made = try CommandLine(["certs"] + arguments, endpoints: "").result()
            try #require(made.status == 0, "\(made.error)")
        }
        let place = directory.path
        try certs("init", place)
        // DNS calls the first that it lists n0.roost.test: a certificate for n1 alone is another's.
        let clusters = [try Cluster(count: 1), try Cluster(count: 1)]
        for (name, cluster) in zip(["n1", "n0"], clusters) {
            let host = "\(name).roost.test"
            try certs("issue", "member", name, "--host", host, "--dir", place)
            try cluster.members[0].start(
                flags: Self.allowance + [
                    "--tls-cert", "\(place)/\(name).crt", "--tls-key", "\(place)/\(name).key",
                ]
            )
        }
        let own = try Self.place(server, in: clusters[0].directory)
        func put(on cluster: Cluster, timeout: String) throws -> CommandLine.Result {
            server.list([.init(service: Self.clients, ports: [cluster.members[0].clientPort])])
            return try CommandLine(
                ["put", "/a", "1", "--timeout", timeout],
                endpoints: "https://srv:roost.test",
                place: own,
                environment: ["ROOST_CACERT": "\(place)/ca.crt"]
            ).result()
        }
        let admitted = try put(on: clusters[1], timeout: "20s")
        #expect(admitted.status == 0, "\(admitted.error)")
        let refused = try put(on: clusters[0], timeout: "2s")
        #expect(refused.status != 0, "\(refused.error)")
        #expect(refused.error.contains("hostname mismatch"), "\(refused.error)")
    }
}
