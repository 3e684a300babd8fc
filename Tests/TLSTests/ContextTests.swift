import Certificates
import TLS
import TestSupport
import Testing

@Suite("TLS: what files may hold")
struct ContextTests {
    private static func fault(
        _ material: TLSMaterial,
        role: TLSContext.Role = .listener(.ignored)
    ) -> TLSMaterialFault? {
        do throws(TLSMaterialFault) {
            _ = try TLSContext(role, material: material)
            return nil
        } catch { return error }
    }

    @Test("what can't be used is named")
    func faults() throws {
        let authority = try Authority()
        let good = try authority.member()
        #expect(Self.fault(good) == nil)
        let text = Array("nothing of that kind\n".utf8)
        let broken = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)

        func with(_ change: (inout TLSMaterial) throws -> Void) rethrows -> TLSMaterialFault? {
            var material = good
            try change(&material)
            return Self.fault(material)
        }
        #expect(with { $0.chain = text } == .empty(.chain))
        #expect(with { $0.chain = [] } == .empty(.chain))
        #expect(with { $0.key = text } == .empty(.key))
        #expect(with { $0.key = nil } == .empty(.key))
        #expect(with { $0.authorities = text } == .empty(.authorities))
        #expect(with { $0.revocations = text } == .empty(.revocations))
        #expect(with { $0.chain = broken }?.part == .chain)
        #expect(with { $0.authorities = broken }?.part == .authorities)
        #expect(with { $0.chain?.append(contentsOf: broken) }?.part == .chain)
        #expect(try with { $0.key = try authority.member().key } == .mismatch)
        #expect(try with { $0.key = try authority.member(key: .rsa3072).key } == .mismatch)
        #expect(with { $0.key = ($0.key ?? []) + ($0.key ?? []) }?.part == .key)
    }

    @Test("a key behind a password is refused, and nobody is asked for it")
    func password() throws {
        let encrypted = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgZx5zRwBbM6QICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOZrgdvLvEuP0CbiYB2iHtAEgZA=
            -----END ENCRYPTED PRIVATE KEY-----

            """
        var material = try Authority().member()
        material.key = Array(encrypted.utf8)
        #expect(Self.fault(material)?.part == .key)
    }

    @Test("a certificate says whose it is and when it ends")
    func facts() throws {
        let authority = try Authority()
        let context = try TLSContext(.peer, material: try authority.member("n1", hosts: ["A.test"]))
        #expect(context.certificate?.hosts == ["n1.test.roost", "a.test"].map { Array($0.utf8) })
        #expect(context.certificate?.endsAtUnixSeconds == Authority.validity.until)
        let client = try TLSContext(.caller(.full), material: try authority.client("ann é"))
        #expect(client.certificate?.commonName == Array("ann é".utf8))
        #expect(try TLSContext(.caller(.full), material: authority.trust).certificate == nil)
    }
}
