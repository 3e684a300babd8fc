import Foundation
import Glibc
import TestCluster
import Testing

@Suite("A member's start: what it changes, what it needs, and what it says", .serialized)
struct StartTests {
    private let place = FileManager.default.temporaryDirectory
        .appending(path: "roost-start-\(UUID().uuidString)")

    private func member(_ name: String, place command: [String] = []) throws -> Member {
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let ports = try PortReservation.ports(count: 2)
        return Member(
            name: name,
            directory: place.appending(path: name),
            clientPort: ports[0],
            peerPort: ports[1],
            place: command,
            cluster: ""
        )
    }

    private func remove() { try? FileManager.default.removeItem(at: place) }

    private func make(_ member: Member, permissions: Int, files: [String] = []) throws {
        try FileManager.default.createDirectory(
            at: member.directory,
            withIntermediateDirectories: true
        )
        for file in files {
            try Data("mine".utf8).write(to: member.directory.appending(path: file))
        }
        try FileManager.default.setAttributes(
            [.posixPermissions: permissions],
            ofItemAtPath: member.directory.path
        )
    }

    private func permissions(_ member: Member) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: member.directory.path)[
            .posixPermissions
        ] as? Int
    }

    private func serves(_ member: Member) -> Bool {
        eventually(withinSeconds: 20) { member.standardError.contains("\nready member=") }
    }

    @Test("another's directory is refused with 78 and stays as it was")
    func foreign() throws {
        defer { remove() }
        let member = try member("foreign")
        try make(member, permissions: 0o755, files: ["thesis.txt"])
        try member.start()
        #expect(member.exitStatus(withinSeconds: 10) == 78)
        #expect(member.standardError.contains("is not Roost's: it holds thesis.txt"))
        #expect(!member.standardError.contains("listening"))
        #expect(try permissions(member) == 0o755)
        let names = try FileManager.default.contentsOfDirectory(atPath: member.directory.path)
        #expect(names == ["thesis.txt"])
    }

    @Test("where an address is taken, no directory is made")
    func takenAddress() throws {
        defer { remove() }
        let member = try member("taken")
        let other = Member(
            name: "other",
            directory: place.appending(path: "other"),
            clientPort: member.clientPort,
            peerPort: member.peerPort,
            cluster: ""
        )
        try member.start()
        #expect(serves(member))
        try other.start()
        #expect(other.exitStatus(withinSeconds: 10) == 1)
        #expect(other.standardError.contains("can't listen at"))
        #expect(!FileManager.default.fileExists(atPath: other.directory.path))
        #expect(member.terminate() == 0)
    }

    /// What `wal verify` says of a member's directory.
    private func verdict(of member: Member) throws -> CommandLine.Result {
        try CommandLine(["wal", "verify", member.directory.path], endpoints: "").result()
    }

    @Test("a torn end is usual after a crash: verify says so, and a start that it cuts it off")
    func tornEnd() throws {
        defer { remove() }
        let member = try member("torn")
        try member.start()
        #expect(serves(member))
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "v")?.status == 201)
        member.kill()
        let segment = member.directory.appending(path: "wal/0000000001.segment")
        var bytes = try Data(contentsOf: segment)
        let place = try #require(bytes.lastIndex { $0 != 0 }) + 512
        bytes.replaceSubrange(place..<(place + 3), with: [1, 2, 3])
        try bytes.write(to: segment)
        let verdict = try verdict(of: member)
        #expect(verdict.status == 0, "\(verdict.error)")
        let torn = "\ntorn end: wal/0000000001.segment byte "
        let parts = verdict.output.components(separatedBy: torn)
        try #require(parts.count == 2, "\(verdict.output)")
        let numbers = parts[1].split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }
        let (end, count) = (numbers[0], numbers[1])
        #expect(end + count == place + 3)
        try member.start()
        let line = "roost: wal/0000000001.segment is cut off at byte \(end): the \(count) bytes"
        let isReady = eventually(withinSeconds: 20) {
            member.standardError.components(separatedBy: "\nready member=").count == 3
        }
        #expect(isReady && member.standardError.contains(line), "\(member.standardError)")
        #expect(member.terminate() == 0)
    }

    @Test("damage before the end is not: verify says what a start does, which refuses")
    func damage() throws {
        defer { remove() }
        let member = try member("damaged")
        try member.start()
        #expect(serves(member))
        #expect(member.ask("PUT", target: "/v1/kv/a", body: "v")?.status == 201)
        #expect(member.terminate() == 0)
        let segment = member.directory.appending(path: "wal/0000000001.segment")
        var bytes = try Data(contentsOf: segment)
        bytes[200] ^= 1
        try bytes.write(to: segment)
        let verdict = try verdict(of: member)
        #expect(verdict.status == 65)
        #expect(verdict.error.contains("this one refuses to start"), "\(verdict.error)")
        try member.start()
        #expect(member.exitStatus(withinSeconds: 10) == 65)
    }

    @Test("a directory that others can read is a warning, not a change")
    func open() throws {
        defer { remove() }
        let member = try member("open")
        try make(member, permissions: 0o755)
        try member.start()
        #expect(serves(member))
        #expect(member.standardError.contains("is open to other users (mode 0755)"))
        #expect(try permissions(member) == 0o755)
        #expect(member.terminate() == 0)
    }

    @Test(
        "a directory that the process may write but does not own works",
        .enabled(if: geteuid() == 0, "only root can be somebody else")
    )
    func notOwned() throws {
        defer { remove() }
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let member = try member("shared", place: nobody)
        try make(member, permissions: 0o777)
        // The parent may be passed through, not read.
        #expect(unsafe chmod(place.path, 0o711) == 0)
        try member.start()
        #expect(serves(member), "\(member.standardError)")
        #expect(try permissions(member) == 0o777)
        #expect(member.terminate() == 0)
    }

    @Test("standard streams that were closed are no file of a member's")
    func closedStreams() throws {
        defer { remove() }
        let member = try member(
            "closed",
            place: ["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"]
        )
        try member.start()
        #expect(
            eventually(withinSeconds: 20) { member.ask("GET", target: "/readyz")?.status == 200 }
        )
        for stream in 0...2 {
            let link = "/proc/\(member.processID)/fd/\(stream)"
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: link)
            #expect(target == "/dev/null")
        }
        #expect(member.terminate() == 0)
    }

    @Test(
        "on a full disk a member starts again and is read, over and over",
        .enabled(if: geteuid() == 0, "only root mounts a disk that can be filled")
    )
    func fullDisk() throws {
        let member = try member("full")
        try make(member, permissions: 0o700)
        let path = member.directory.path
        let mounted = try Script.run("mount -t tmpfs -o size=160m,mode=0700 roost '\(path)'")
        // A container may forbid it even to root.
        guard mounted.status == 0 else { return remove() }
        defer {
            member.kill()
            _ = try? Script.run("umount -l '\(path)'")
            remove()
        }
        try member.start(flags: ["--disk-reserve", "1MiB"])
        try #require(
            eventually(withinSeconds: 20) { member.ask("GET", target: "/readyz")?.status == 200 }
        )
        #expect(member.ask("PUT", target: "/v1/kv/kept", body: "here")?.status == 201)
        let fill =
            "dd if=/dev/zero of='\(path)/fill' bs=1M; dd if=/dev/zero of='\(path)/rest' bs=512"
        for _ in 0..<2 {
            member.kill()
            _ = try Script.run(fill)
            try member.start()
            #expect(
                eventually(withinSeconds: 20) {
                    member.ask("GET", target: "/readyz")?.status == 200
                },
                "\(member.standardError)"
            )
            #expect(member.ask("GET", target: "/v1/kv/kept?raw")?.text == "here")
            #expect(member.ask("PUT", target: "/v1/kv/more", body: "x")?.status == 507)
        }
        member.kill()
        _ = try Script.run("rm '\(path)/spare'; dd if=/dev/zero of='\(path)/last' bs=512")
        let listened = member.standardError.components(separatedBy: "listening").count
        try member.start()
        #expect(member.exitStatus(withinSeconds: 20) == 74)
        #expect(member.standardError.contains("No space left on device (28); nothing acknowledged"))
        #expect(member.standardError.components(separatedBy: "listening").count == listened)
    }
}

@Suite("What a member says while it runs", .serialized)
struct AnnouncementTests {
    @Test("listening at once, ready with the cluster, lost quorum without it, and ready again")
    func quorum() throws {
        let cluster = try Cluster(count: 3)
        let member = cluster.members[0]
        // What is told last; a machine with much to do may bring other changes in between.
        func says(_ words: String) -> Bool {
            eventually(withinSeconds: 90) {
                member.standardError.split(separator: "\n").last?.hasPrefix(words) ?? false
            }
        }
        try member.start()
        #expect(says("listening member=n1 client=\(member.endpoint) peer=127.0.0.1:"))
        #expect(says("waiting member=n1 heard=1/3 silent=n2,n3: the cluster is not formed yet"))
        #expect(lines(of: member, "ready member=n1").isEmpty)
        try cluster.start()
        #expect(says("ready member=n1 leader=n"))
        for other in cluster.members[1...] { other.kill() }
        #expect(says("lost quorum member=n1 heard=1/3 silent=n2,n3"), "\(member.standardError)")
        #expect(member.ask("GET", target: "/readyz")?.status == 503)
        try cluster.start()
        #expect(says("ready member=n1 leader=n"), "\(member.standardError)")
        let told = member.standardError.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(zip(told, told.dropFirst()).allSatisfy { $0 != $1 }, "\(member.standardError)")
    }

    @Test("an address that is not the one its peers know is told")
    func moved() throws {
        let cluster = try Cluster.started(count: 3)
        let member = cluster.members[0]
        #expect(lines(of: member, "roost: ").isEmpty)
        member.kill()
        let port = try PortReservation.ports(count: 1)[0]
        let moved = Member(
            name: "n1",
            directory: member.directory,
            clientPort: member.clientPort,
            peerPort: port,
            cluster: ""
        )
        try moved.start()
        let words =
            "roost: the other members look for member n1 at 127.0.0.1:\(member.peerPort), but it "
            + "listens at 127.0.0.1:\(port)"
        #expect(eventually(withinSeconds: 20) { moved.standardError.contains(words) })
    }

    @Test("a member that another would not have says by whom and why")
    func refused() throws {
        let ports = try PortReservation.ports(count: 4)
        let list = "n1=127.0.0.1:\(ports[0]),n2=127.0.0.1:\(ports[1])"
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-refused-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        func member(_ name: String, _ number: Int, _ cluster: String) -> Member {
            Member(
                name: name,
                directory: place.appending(path: name),
                clientPort: ports[number + 2],
                peerPort: ports[number],
                cluster: cluster
            )
        }
        let first = member("n1", 0, list)
        let second = member("n2", 1, "n2=127.0.0.1:\(ports[1]),n9=127.0.0.1:1")
        try first.start()
        try second.start()
        let words = "refused member=n1 by=127.0.0.1:\(ports[1]): that member's --cluster does not"
        #expect(eventually(withinSeconds: 20) { first.standardError.contains(words) })
        #expect(lines(of: first, "refused member=n1").count == 1)
    }

    private func lines(of member: Member, _ start: String) -> [Substring] {
        member.standardError.split(separator: "\n").filter { $0.hasPrefix(start) }
    }
}
