import Certificates
import Testing

@Suite("Reading: whatever the bytes are, a certificate or a typed error")
struct ReadingTests {
    private static let encryptedKey = Array(
        """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi6V2KxG8yLtAICCAAw
        -----END ENCRYPTED PRIVATE KEY-----

        """.utf8
    )
    private static let oldEncryptedKey = Array(
        """
        -----BEGIN EC PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-256-CBC,97A5D10C7D3D7D5F6E1B43D2B3A0C6C1

        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi6V2KxG8yLtAICCAAw
        -----END EC PRIVATE KEY-----

        """.utf8
    )

    private static func authority() throws -> CertificateAuthority {
        try CertificateAuthority(founding: "prod", validity: Validity(days: 10, now: today))
    }

    @Test("a file of several is read in its order")
    func several() throws {
        let authorities = try (0..<3).map { _ in try Self.authority() }
        let text = Array("a word before\n".utf8)
        let all = try Certificate.all(
            pem: authorities.flatMap { text + $0.pair.certificate + $0.pair.key }
        )
        #expect(all == authorities.map(\.certificate))
        #expect(try Certificate(pem: text + authorities[0].pair.certificate) == all[0])
    }

    @Test("too much of it is refused")
    func bounds() throws {
        let one = try Self.authority().pair.certificate
        #expect(throws: CertificateFault.tooMany(countMax: 64)) {
            try Certificate.all(pem: Array(repeating: one, count: 65).flatMap { $0 })
        }
        let long = [UInt8](repeating: 10, count: 1 << 20 + 1)
        #expect(throws: CertificateFault.tooLong(byteCount: long.count, byteCountMax: 1 << 20)) {
            try Certificate(pem: long)
        }
    }

    @Test("what is missing, cut or locked is said")
    func faults() throws {
        let pair = try Self.authority().pair
        #expect(throws: CertificateFault.nothing("certificate")) { try Certificate(pem: []) }
        #expect(throws: CertificateFault.nothing("certificate")) {
            try Certificate.all(pem: pair.key)
        }
        #expect(throws: CertificateFault.nothing("private key")) {
            try KeyPair(checking: pair.certificate, key: pair.certificate)
        }
        #expect(throws: CertificateFault.nothing("revocation list")) {
            try RevocationList(pem: pair.certificate)
        }
        for key in [Self.encryptedKey, Self.oldEncryptedKey] {
            #expect(throws: CertificateFault.encryptedKey) {
                try KeyPair(checking: pair.certificate, key: key)
            }
        }
        let cut = Array(pair.certificate.prefix(pair.certificate.count / 2))
        for read in [{ _ = try Certificate(pem: cut) }, { _ = try Certificate.all(pem: cut) }] {
            #expect {
                try read()
            } throws: { fault in
                guard case .malformed("certificate", let reasons)? = fault as? CertificateFault
                else { return false }
                return !reasons.isEmpty
            }
        }
    }

    @Test("addresses as people write them")
    func addresses() throws {
        let texts: [([UInt8], String)] = [
            ([127, 0, 0, 1], "IP:127.0.0.1"),
            ([UInt8](repeating: 0, count: 15) + [1], "IP:::1"),
            ([UInt8](repeating: 0, count: 16), "IP:::"),
            ([0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 12), "IP:2001:db8::"),
            ([0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7], "IP:1:0:2:3:4:5:6:7"),
            ([1, 2, 3], "IP:1:2:3"),
        ]
        for (bytes, text) in texts { #expect(AlternativeName.address(bytes).text == text) }
        #expect(AlternativeName.dns(Array("a\0\u{1B}[b\\".utf8)).text == #"DNS:a\x00\x1b[b\x5c"#)
        #expect(try AlternativeName(host: "::ffff:1.2.3.4").text == "IP:::ffff:102:304")
    }
}
