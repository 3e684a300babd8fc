import Testing

@testable import Server

@Suite("What is said of TLS holds together")
struct TLSPlanTests {
    private static let clients = [("tls-cert", "c"), ("tls-key", "k"), ("tls-ca", "a")]

    private static func settings(_ flags: [(String, String)]) throws -> Settings {
        try Settings(Configuration(flags: flags.map { (name: $0.0, value: $0.1) }))
    }

    private static let mistaken: [(flags: [(String, String)], flag: String)] = [
        ([("tls-cert", "c")], "--tls-cert"), ([("tls-key", "k")], "--tls-key"),
        ([("tls-ca", "a")], "--tls-ca"), ([("client-cert", "required")], "--client-cert"),
        ([("tls-cert", "c"), ("tls-key", "k"), ("client-cert", "optional")], "--client-cert"),
        (clients + [("client-cert", "perhaps")], "--client-cert"),
        (clients + [("cert-user", "sn")], "--cert-user"),
        ([("tls-cert", "c"), ("tls-key", "k"), ("tls-crl", "l")], "--tls-crl"),
        ([("tls-cert", ""), ("tls-key", "k")], "--tls-cert"),
        ([("peer-tls-cert", "c")], "--peer-tls-cert"),
        ([("peer-tls-cert", "c"), ("peer-tls-key", "k")], "--peer-tls-cert"),
        ([("peer-name", "*.x")], "--peer-name"),
        (clients + [("peer-name", "*.*")], "--peer-name"),
        ([("insecure", "perhaps")], "--insecure"),
        ([("listen", "0.0.0.0:1")], "--listen"), ([("listen", ":1")], "--listen"),
        ([("listen", "[::]:1")], "--listen"), ([("listen", "10.0.0.1:1")], "--listen"),
        ([("peer-listen", "0.0.0.0:1")], "--peer-listen"),
        (
            [("tls-cert", "c"), ("tls-key", "k"), ("peer-listen", "0.0.0.0:1")], "--peer-listen"
        ),
    ]

    @Test("what can't be used names the flag", arguments: Self.mistaken)
    func mistakes(_ flags: [(String, String)], flag: String) {
        do {
            _ = try Self.settings(flags)
            Issue.record("\(flags) is taken")
        } catch let error as ConfigurationError {
            #expect(error.flag == flag)
        } catch { Issue.record("\(error)") }
    }

    private static let usable: [[(String, String)]] = [
        [], clients, clients + [("listen", "0.0.0.0:1"), ("peer-listen", "0.0.0.0:2")],
        [("listen", "0.0.0.0:1"), ("peer-listen", "0.0.0.0:2"), ("insecure", "true")],
        [("listen", "127.0.0.2:1,[::1]:1,unix:/tmp/s,localhost:2")],
        [("health-listen", "0.0.0.0:3")],
        clients + [("client-cert", "required"), ("cert-user", "dns"), ("tls-crl", "l")],
    ]

    @Test("what can be used", arguments: Self.usable)
    func good(_ flags: [(String, String)]) throws { _ = try Self.settings(flags) }

    @Test("members show the files of the clients where no others are named")
    func peers() throws {
        let shared = try Self.settings(Self.clients + [("tls-crl", "l")]).tls
        #expect(shared.peers?.files == shared.clients?.files.renamed)
        #expect(shared.peers?.origin == .clients)
        #expect(try Self.settings([("tls-cert", "c"), ("tls-key", "k")]).tls.peers == nil)
        let own = try Self.settings(
            Self.clients + [("peer-tls-cert", "pc"), ("peer-tls-key", "pk"), ("tls-crl", "l")]
        ).tls
        #expect(own.peers?.origin == .own)
        #expect(own.peers?.files.certificate.path == "pc")
        #expect(own.peers?.files.authorities?.path == "a")
        #expect(own.peers?.files.revocations?.path == "l")
        let apart = try Self.settings(
            Self.clients + [("peer-tls-ca", "pa"), ("tls-crl", "l"), ("peer-name", "*.x")]
        ).tls
        #expect(apart.peers?.files.authorities?.path == "pa")
        #expect(apart.peers?.files.revocations == nil)
        #expect(apart.peers?.files.certificate.path == "c")
    }
}

extension TLSFiles {
    /// The same under the names of members' flags.
    fileprivate var renamed: TLSFiles {
        func file(_ file: File) -> File {
            File(flag: "--peer" + file.flag.dropFirst(), path: file.path)
        }
        return TLSFiles(
            certificate: file(certificate),
            key: file(key),
            authorities: authorities.map(file),
            revocations: revocations.map(file)
        )
    }
}
