import Platform
import TLS
import TestSupport
import Testing

@testable import Server

@Suite("Certificates are read anew when their files change")
struct TLSSourceTests {
    private static func write(_ material: TLSMaterial, to files: TLSFiles) throws {
        try SequentialFile(creating: files.certificate.path).write(material.chain ?? [])
        try SequentialFile(creating: files.key.path).write(material.key ?? [])
        guard let authorities = files.authorities else { return }
        try SequentialFile(creating: authorities.path).write(material.authorities ?? [])
    }

    private static func isRenewed(_ look: TLSSource.Look) -> Bool {
        if case .renewed = look { true } else { false }
    }

    private static func isSame(_ look: TLSSource.Look) -> Bool {
        if case .same = look { true } else { false }
    }

    private static func error(_ look: TLSSource.Look) -> ConfigurationError? {
        if case .failed(let error) = look { error } else { nil }
    }

    private static func files(in directory: String) -> TLSFiles {
        TLSFiles(
            certificate: .init(flag: "--tls-cert", path: directory + "/a.crt"),
            key: .init(flag: "--tls-key", path: directory + "/a.key"),
            authorities: .init(flag: "--tls-ca", path: directory + "/ca.crt"),
            revocations: nil
        )
    }

    @Test("once they have settled; bad ones leave what was before")
    func changes() throws {
        let directory = try EmptyPlace()
        let files = Self.files(in: directory.path)
        let authority = try Authority()
        try Self.write(try authority.member("n1"), to: files)
        let source = try TLSSource(files) { files throws(ConfigurationError) in
            try files.context(.listener(.ignored))
        }
        let first = source.context
        #expect(Self.isSame(source.look()) && Self.isSame(source.look()))

        try Self.write(try authority.member("n2"), to: files)
        #expect(Self.isSame(source.look()), "they may still be being written")
        #expect(Self.isRenewed(source.look()))
        #expect(source.context !== first)
        #expect(source.context.certificate?.hosts.first == Array("n2.test.roost".utf8))
        #expect(Self.isSame(source.look()))

        let good = source.context
        try SequentialFile(creating: files.key.path).write(Array("no key\n".utf8))
        #expect(Self.isSame(source.look()))
        #expect(Self.error(source.look())?.flag == "--tls-key")
        #expect(source.context === good)
        #expect(Self.isSame(source.look()), "it is told once")
        #expect(Self.error(source.renew())?.flag == "--tls-key")

        try Self.write(try authority.member("n3"), to: files)
        #expect(Self.isRenewed(source.renew()), "at once when told to")
        withExtendedLifetime(directory) {}
    }

    @Test("a file that is not there is an error that names it")
    func missing() throws {
        let files = Self.files(in: "/nonexistent")
        do {
            _ = try TLSSource(files) { files throws(ConfigurationError) in
                try files.context(.listener(.ignored))
            }
            Issue.record("it is taken")
        } catch {
            #expect(error.flag == "--tls-cert")
            #expect(error.reason.contains("/nonexistent/a.crt"))
        }
    }

    private static func plan(_ files: TLSFiles, pattern: String? = nil) throws -> TLSPlan {
        var options = TLSOptions()
        options.clients.certificate = files.certificate.path
        options.clients.key = files.key.path
        options.clients.authorities = files.authorities?.path
        options.peerName = pattern
        return try TLSPlan(options)
    }

    @Test("a member's own certificate carries its own name")
    func ownName() throws {
        let directory = try EmptyPlace()
        let files = Self.files(in: directory.path)
        try Self.write(try Authority().member("n1", hosts: ["n1.example.org"]), to: files)
        let (one, other) = (Array("n1".utf8), Array("n2".utf8))
        let plan = try Self.plan(files)
        #expect(try TLSSources(plan, member: one, company: .others).peerSecurity != nil)
        #expect(throws: ConfigurationError.self) {
            try TLSSources(plan, member: other, company: .others)
        }
        // There are no others.
        #expect(try TLSSources(plan, member: other, company: .none).peerSecurity == nil)
        let named = try Self.plan(files, pattern: "*.example.org")
        #expect(try TLSSources(named, member: one, company: .others).peerSecurity != nil)
        #expect(throws: ConfigurationError.self) {
            try TLSSources(named, member: other, company: .none)
        }
        withExtendedLifetime(directory) {}
    }
}

/// A directory of a test's own, gone with its files when the value is.
private final class EmptyPlace {
    let path: String
    private let handle: DirectoryHandle

    init() throws(SystemError) {
        let path = "/tmp/roost-tls-" + String(try Entropy.word(), radix: 16)
        handle = try DirectoryHandle(creating: path)
        self.path = path
    }

    deinit {
        do {
            for name in try handle.names() { try handle.remove(name) }
            try DirectoryHandle.removeEmpty(path)
        } catch { StandardStream.error.print("left behind: \(path)\n") }
    }
}
