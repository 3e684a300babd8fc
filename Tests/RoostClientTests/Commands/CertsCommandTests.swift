import Bytes
import Certificates
import Platform
import Testing

@Suite("roost certs: a cluster's certificates without anything else")
struct CertsCommandTests {
    /// A directory of its own, with an authority in it.
    private struct Place {
        let path: String

        init(cluster: String = "prod") throws {
            path = "/tmp/roost-certs-\(CurrentProcess.id)-\(UInt64.random(in: 1...UInt64.max))"
            let run = try RoostRun(["certs", "init", path, "--cluster", cluster])
            #expect(run.status == 0, "\(run.error)")
        }

        func run(_ arguments: String...) throws -> RoostRun {
            try RoostRun(["certs"] + arguments + ["--dir", path])
        }

        func bytes(_ name: String) throws -> [UInt8] {
            let content = try SequentialFile(opening: "\(path)/\(name)").readAll(limit: 1 << 20)
            return try #require(content)
        }

        func certificate(_ name: String) throws -> Certificate {
            try Certificate(pem: bytes("\(name).crt"))
        }

        func permissions(_ name: String) throws -> String {
            let run = try RoostRun(
                executable: "/usr/bin/stat",
                ["stat", "-c", "%a", "\(path)/\(name)"]
            )
            return String(run.output.prefix { $0 != "\n" })
        }

        var names: [String] {
            get throws { try DirectoryHandle(opening: path).names() }
        }

        func remove() throws {
            let directory = try DirectoryHandle(opening: path)
            for name in try directory.names() { try directory.remove(name) }
            try DirectoryHandle.removeEmpty(path)
        }
    }

    @Test("three commands: an authority, a member, a client, that peers accept")
    func three() throws {
        let place = try Place()
        defer { try? place.remove() }
        let hosts = ["--host", "n1.example.com", "--host", "10.0.0.1"]
        let member = try RoostRun(
            ["certs", "issue", "member", "n1"] + hosts + ["--dir", place.path]
        )
        #expect(member.status == 0, "\(member.error)")
        #expect(try place.run("issue", "client", "deploy", "--key", "ed25519").status == 0)
        #expect(
            try place.names == ["ca.crt", "ca.key", "deploy.crt", "deploy.key", "n1.crt", "n1.key"]
        )
        for name in ["ca", "n1", "deploy"] {
            #expect(try place.permissions("\(name).key") == "600")
            #expect(try place.permissions("\(name).crt") == "644")
            _ = try KeyPair(checking: place.bytes("\(name).crt"), key: place.bytes("\(name).key"))
        }
        #expect(try place.permissions("") == "700")
        let check = TrustCheck(authority: try place.bytes("ca.crt"))
        let now = Clock.wallSeconds()
        for host in ["n1.prod.roost", "n1.example.com", "10.0.0.1", "localhost", "::1"] {
            let bytes = try place.bytes("n1.crt")
            #expect(try check.complaint(about: bytes, as: .server, host: host, now: now) == nil)
        }
        let client = try place.bytes("deploy.crt")
        #expect(try check.complaint(about: client, as: .client, now: now) == nil)
        #expect(try check.complaint(about: client, as: .server, now: now) != nil)
        #expect(try place.certificate("deploy").keyKind == .ed25519)
        let days = { (certificate: Certificate) in (certificate.validity.until - now) / 86_400 }
        #expect((3649...3650).contains(days(try place.certificate("ca"))))
        #expect((364...365).contains(days(try place.certificate("n1"))))
    }

    @Test("nothing is ever overwritten, and what is refused leaves nothing behind")
    func refused() throws {
        let place = try Place()
        defer { try? place.remove() }
        #expect(try place.run("issue", "client", "c").status == 0)
        let before = try (place.bytes("ca.key"), place.bytes("c.crt"), place.bytes("c.key"))
        let again = try RoostRun(["certs", "init", place.path])
        #expect(again.status == 1)
        #expect(again.error.contains("ca.key is there already, and is never overwritten"))
        let named = try RoostRun(["certs", "init", "--dir", place.path])
        #expect(named.status == 1 && named.error == again.error)
        #expect(try RoostRun(["certs", "init", place.path, "--dir", place.path]).status == 2)
        let twice = try place.run("issue", "member", "c", "--host", "h")
        #expect(twice.status == 1)
        #expect(twice.error.contains("roost certs renew"))
        // A certificate alone in the way takes its key along.
        try DirectoryHandle(opening: place.path).remove("c.key")
        #expect(try place.run("issue", "client", "c").status == 1)
        #expect(try place.names == ["c.crt", "ca.crt", "ca.key"])
        #expect(try place.bytes("ca.key") == before.0)
        #expect(try place.bytes("c.crt") == before.1)
    }

    @Test(
        "what cannot be is said with what to do instead",
        arguments: [
            (["issue", "member", "n1"], 2, "no --host is given"),
            (["issue", "member", "n1", "--host", "h:2379"], 2, "without a port"),
            (["issue", "member", "n1", "--host", "n2.prod.roost"], 2, "of one member only"),
            (["issue", "member", "n.1", "--host", "h"], 2, "is not a member's name"),
            (["issue", "client", "a/b"], 2, "without a slash"),
            (["issue", "client", "ca"], 2, "is not 'ca'"),
            (["issue", "client", "n1.prod.roost"], 2, "members' names"),
            (["issue", "client", "c", "--key", "dsa"], 2, "p256, ed25519, rsa3072"),
            (["issue", "client", "c", "--days", "0"], 2, "1 to 3650"),
            (["renew", "c"], 1, "'roost certs issue' makes one"),
            (["renew", "../c"], 2, "without a slash"),
            (["revoke", "c"], 1, "there is no"),
            (["revoke"], 2, "NAME, --file FILE or --serial HEX"),
            (["revoke", "--file", "/nowhere/c.crt"], 1, "cannot read"),
            (["revoke", "--serial", "0x12"], 2, "hexadecimal digits"),
            (["revoke", "--serial", "0"], 2, "no certificate that can be revoked"),
            (["revoke", "--serial", String(repeating: "a", count: 41)], 2, "up to 40"),
        ] as [([String], Int32, String)]
    )
    func faults(_ arguments: [String], status: Int32, words: String) throws {
        let place = try Place()
        defer { try? place.remove() }
        let run = try RoostRun(["certs"] + arguments + ["--dir", place.path])
        #expect(run.status == status, "\(run.error)")
        #expect(run.error.contains(words), "\(run.error)")
        #expect(try place.names == ["ca.crt", "ca.key"])
    }

    @Test("without an authority: what makes one is said")
    func noAuthority() throws {
        let run = try RoostRun(["certs", "issue", "client", "c", "--dir", "/tmp"])
        #expect(run.status == 1)
        #expect(run.error.contains("'roost certs init' makes one"))
        let nowhere = try RoostRun(["certs", "issue", "client", "c", "--dir", "/nowhere/at/all"])
        #expect(nowhere.status == 1)
        #expect(nowhere.error.contains("cannot open the directory /nowhere/at/all"))
    }

    @Test("renewed: the same names and kind of key, a new key, owner and mode kept, the old beside")
    func renewed() throws {
        let place = try Place()
        defer { try? place.remove() }
        let issue = ["issue", "member", "n1", "--host", "h", "--key", "rsa3072", "--days", "20"]
        #expect(try RoostRun(["certs"] + issue + ["--dir", place.path]).status == 0)
        #expect(try place.run("issue", "client", "c").status == 0)
        let old = try (place.certificate("n1"), place.bytes("n1.crt"), place.bytes("n1.key"))
        let client = try place.certificate("c")
        let chmod = try RoostRun(
            executable: "/bin/chmod",
            ["chmod", "640", "\(place.path)/n1.key"]
        )
        #expect(chmod.status == 0)
        // What ends within 30 days: the member's, and not the client's.
        let run = try place.run("renew")
        #expect(run.status == 0, "\(run.error)")
        #expect(run.output.contains("n1.crt: until"))
        let new = try place.certificate("n1")
        #expect(new.alternativeNames == old.0.alternativeNames)
        #expect(new.subject == old.0.subject)
        #expect(new.uses == old.0.uses)
        #expect(new.keyKind == .rsa3072)
        #expect(new.serial != old.0.serial)
        #expect(new.validity.until >= old.0.validity.until)
        _ = try KeyPair(checking: place.bytes("n1.crt"), key: place.bytes("n1.key"))
        #expect(try place.bytes("n1.key") != old.2)
        #expect(try place.bytes("n1.crt.old") == old.1)
        #expect(try place.bytes("n1.key.old") == old.2)
        #expect(try place.permissions("n1.key") == "640")
        #expect(try place.certificate("c") == client)
        #expect(try place.run("renew", "--within", "1h").output.contains("nothing ends so soon"))
        #expect(try place.run("renew", "c", "--days", "9").status == 0)
        #expect(try place.certificate("c").validity.until < client.validity.until)
        #expect(try !place.names.contains { $0.hasSuffix(".part") })
    }

    @Test("a certificate of another authority is neither renewed nor revoked")
    func strangers() throws {
        let place = try Place()
        let other = try Place()
        defer {
            try? place.remove()
            try? other.remove()
        }
        #expect(try other.run("issue", "client", "c", "--days", "1").status == 0)
        let copy = try RoostRun(
            executable: "/bin/cp",
            ["cp", "\(other.path)/c.crt", "\(other.path)/c.key", place.path]
        )
        #expect(copy.status == 0)
        #expect(try place.run("renew").output.contains("nothing ends so soon"))
        #expect(try place.run("renew", "c").error.contains("not of this authority"))
        #expect(try place.run("revoke", "c").error.contains("not of this authority"))
    }

    @Test("a revoked certificate is on the list, which grows, and is not renewed")
    func revoked() throws {
        let place = try Place()
        defer { try? place.remove() }
        for name in ["a", "b", "c"] { #expect(try place.run("issue", "client", name).status == 0) }
        #expect(try place.run("revoke", "a").status == 0)
        #expect(try place.run("revoke", "b", "a").status == 0)
        let list = try RevocationList(pem: place.bytes("ca.crl"))
        #expect(list.number == 2)
        #expect(list.serials.count == 2)
        #expect(try place.permissions("ca.crl") == "644")
        let check = TrustCheck(authority: try place.bytes("ca.crt"), revocations: list)
        let now = Clock.wallSeconds()
        let complaints = try ["a", "b", "c"].map {
            try check.complaint(about: place.bytes("\($0).crt"), as: .client, now: now)
        }
        #expect(complaints == ["certificate revoked", "certificate revoked", nil])
        #expect(try place.run("renew", "a").error.contains("is revoked"))
    }

    @Test("revoking a name that was renewed takes those of before too; a file and a serial do")
    func revokedAfterRenewals() throws {
        let place = try Place()
        defer { try? place.remove() }
        for name in ["a", "b", "c", "d"] {
            #expect(try place.run("issue", "client", name).status == 0)
        }
        var all = [try place.certificate("a").serial]
        for _ in 0..<3 {
            #expect(try place.run("renew", "a").status == 0)
            all.append(try place.certificate("a").serial)
        }
        #expect(try Certificate(pem: place.bytes("a.crt.old")).serial == all[2])
        let run = try place.run("revoke", "a")
        #expect(run.status == 0, "\(run.error)")
        for serial in all {
            let hex = String(decoding: Hexadecimal.encode(serial), as: UTF8.self)
            #expect(run.output.contains("revoked \(hex) "), "\(run.output)")
        }
        #expect(try Set(RevocationList(pem: place.bytes("ca.crl")).serials) == Set(all))
        let hex = String(
            decoding: Hexadecimal.encode(try place.certificate("c").serial),
            as: UTF8.self
        )
        let others = try place.run(
            "revoke",
            "--file",
            "\(place.path)/b.crt",
            "--serial",
            hex.uppercased()
        )
        #expect(others.status == 0, "\(others.error)")
        let check = TrustCheck(
            authority: try place.bytes("ca.crt"),
            revocations: try RevocationList(pem: place.bytes("ca.crl"))
        )
        let complaints = try ["a.crt", "a.crt.old", "b.crt", "c.crt", "d.crt"].map {
            try check.complaint(about: place.bytes($0), as: .client, now: Clock.wallSeconds())
        }
        let gone = "certificate revoked"
        #expect(complaints == [gone, gone, gone, gone, nil])
    }

    @Test("show tells every certificate of a file, in words and in JSON")
    func shown() throws {
        let place = try Place()
        defer { try? place.remove() }
        #expect(try place.run("issue", "member", "n1", "--host", "::2").status == 0)
        let path = "\(place.path)/n1.crt"
        let text = try RoostRun(["certs", "show", path, "\(place.path)/ca.crt"])
        #expect(text.status == 0, "\(text.error)")
        for words in [
            "DNS:n1.prod.roost", "IP:::2", "server, client", "p256", "days left", "authority",
            "CN=Roost CA of prod,O=prod",
        ] { #expect(text.output.contains(words), "\(text.output)") }
        let json = try RoostRun(["certs", "show", path, "-ojson"])
        let fingerprint = Hexadecimal.encode(try place.certificate("n1").fingerprint)
        #expect(json.output.contains(String(decoding: fingerprint, as: UTF8.self)))
        #expect(json.output.contains(#""use":["server","client"]"#))
        let key = try RoostRun(["certs", "show", "\(place.path)/n1.key"])
        #expect(key.status == 1)
        #expect(key.error.contains("there is no certificate in it"))
    }
}
