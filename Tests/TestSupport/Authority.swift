package import Certificates
package import TLS

/// Authorities and what they issue; every certificate is made anew.
package struct Authority {
    package let authority: CertificateAuthority

    /// A year around any time at which the tests may run.
    package static let validity = Validity(from: 1_500_000_000, until: 4_000_000_000)

    package init(key: KeyKind = .p256) throws {
        authority = try CertificateAuthority(founding: "test", key: key, validity: Self.validity)
    }

    /// A member's material, which trusts this authority.
    package func member(
        _ name: String = "n1",
        hosts: [String] = ["n1.test", "127.0.0.1"],
        key: KeyKind = .p256,
        validity: Validity = Self.validity
    ) throws -> TLSMaterial {
        let terms = try CertificateTerms.member(name, cluster: "test", hosts: hosts)
        return material(try authority.issue(terms, key: key, validity: validity))
    }

    /// A client's material, which trusts this authority.
    package func client(_ name: String = "ann", validity: Validity = Self.validity) throws
        -> TLSMaterial
    {
        let terms = try CertificateTerms.client(name, cluster: "test")
        return material(try authority.issue(terms, validity: validity))
    }

    /// What somebody has who only trusts this authority.
    package var trust: TLSMaterial { TLSMaterial(authorities: authority.pair.certificate) }

    private func material(_ pair: KeyPair) -> TLSMaterial {
        TLSMaterial(
            chain: pair.certificate,
            key: pair.key,
            authorities: authority.pair.certificate
        )
    }
}
