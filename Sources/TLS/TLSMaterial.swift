/// What a side shows of itself and whom it trusts: the bytes of PEM files, not looked at yet.
package struct TLSMaterial: Hashable, Sendable {
    /// The certificate of this side, followed by those that lead to its authority.
    package var chain: [UInt8]?
    /// The private key of the chain's first certificate, without a password.
    package var key: [UInt8]?
    /// Authorities whose certificates are accepted; nil means the system's.
    package var authorities: [UInt8]?
    /// Certificates that were called back; nil means that nobody is asked. Where there are lists,
    /// each authority whose certificates are shown needs one that is not out of date.
    package var revocations: [UInt8]?

    package init(
        chain: [UInt8]? = nil,
        key: [UInt8]? = nil,
        authorities: [UInt8]? = nil,
        revocations: [UInt8]? = nil
    ) {
        self.chain = chain
        self.key = key
        self.authorities = authorities
        self.revocations = revocations
    }
}

/// Why PEM files can't be used.
package enum TLSMaterialFault: Error, Hashable, Sendable {
    /// Which of the files.
    package enum Part: Hashable, Sendable { case chain, key, authorities, revocations }

    /// There is no PEM in it of what it should hold.
    case empty(Part)
    /// Something in it can't be read, or is not accepted.
    case invalid(Part, reason: String)
    /// The key is another certificate's.
    case mismatch
    /// OpenSSL itself can't go on.
    case system(reason: String)
}

extension TLSMaterialFault: CustomStringConvertible {
    /// In words, for people; the file is named by who knows it.
    package var description: String {
        switch self {
        case .empty(let part): "it holds no \(part.word) in PEM"
        case .invalid(let part, let reason): "a \(part.word) in it can't be used: \(reason)"
        case .mismatch: "the key is not that of the certificate"
        case .system(let reason): "OpenSSL: \(reason)"
        }
    }

    /// The file that is at fault; nil where it is none, or two.
    package var part: Part? {
        switch self {
        case .empty(let part), .invalid(let part, _): part
        case .mismatch, .system: nil
        }
    }
}

extension TLSMaterialFault.Part {
    fileprivate var word: String {
        switch self {
        case .chain, .authorities: "certificate"
        case .key: "private key without a password"
        case .revocations: "list of revoked certificates"
        }
    }
}
