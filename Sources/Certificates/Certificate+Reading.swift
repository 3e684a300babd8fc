internal import COpenSSL

extension Certificate {
    /// No more of a certificate's names are kept.
    private static let nameCountMax = 1000

    init(_ loaded: borrowing LoadedCertificate) throws(CertificateFault) {
        defer { ErrorQueue.clear() }
        let certificate = unsafe loaded.pointer
        guard
            let from = unsafe LoadedText.seconds(X509_get0_notBefore(certificate)),
            let until = unsafe LoadedText.seconds(X509_get0_notAfter(certificate))
        else { throw .malformed("validity", reasons: ErrorQueue.take()) }
        guard let key = unsafe X509_get_pubkey(certificate) else {
            throw .malformed("public key", reasons: ErrorQueue.take())
        }
        subject = unsafe Party(X509_get_subject_name(certificate))
        issuer = unsafe Party(X509_get_issuer_name(certificate))
        alternativeNames = try unsafe Self.alternativeNames(of: certificate)
        validity = Validity(from: from, until: until)
        serial = unsafe Self.number(X509_get0_serialNumber(certificate))
        fingerprint = try unsafe Self.fingerprint(of: certificate)
        keyKind = unsafe CertificateKey(adopting: key).kind
        let flags = unsafe X509_get_extension_flags(certificate)
        guard flags & UInt32(EXFLAG_INVALID) == 0 else {
            throw .malformed("extension", reasons: ErrorQueue.take())
        }
        isAuthority = flags & UInt32(EXFLAG_CA) != 0
        uses = unsafe Self.uses(of: certificate)
    }

    private static func uses(of certificate: OpaquePointer) -> Uses {
        let usage = unsafe X509_get_extended_key_usage(certificate)
        var uses: Uses = []
        if usage & UInt32(XKU_SSL_SERVER) != 0 { uses.insert(.server) }
        if usage & UInt32(XKU_SSL_CLIENT) != 0 { uses.insert(.client) }
        return uses
    }

    private static func fingerprint(
        of certificate: OpaquePointer
    ) throws(CertificateFault) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let result = unsafe X509_digest(certificate, EVP_sha256(), &digest, &count)
        try check(result, to: "hash a certificate")
        return Array(digest.prefix(Int(count)))
    }

    /// The bytes of a number, big-endian.
    static func number(_ number: UnsafePointer<ASN1_INTEGER>?) -> [UInt8] {
        guard let number = unsafe number else { return [] }
        return unsafe LoadedText.bytes(number)
    }

    private static func alternativeNames(
        of certificate: OpaquePointer
    ) throws(CertificateFault) -> [AlternativeName] {
        var isCritical: Int32 = 0
        let extensionData = unsafe X509_get_ext_d2i(
            certificate,
            NID_subject_alt_name,
            &isCritical,
            nil
        )
        guard let raw = unsafe extensionData else {
            // -1 says that there is none; others that it is malformed or there twice.
            guard isCritical == -1 else {
                throw .malformed("subjectAltName", reasons: ErrorQueue.take())
            }
            return []
        }
        let names = OpaquePointer(raw)
        defer { unsafe GENERAL_NAMES_free(names) }
        let count = unsafe min(Int(OPENSSL_sk_num(names)), nameCountMax)
        return (0..<max(0, count)).compactMap { place in
            guard let value = unsafe OPENSSL_sk_value(names, Int32(place)) else { return nil }
            return unsafe AlternativeName(value.assumingMemoryBound(to: GENERAL_NAME.self))
        }
    }
}

extension AlternativeName {
    init(_ name: UnsafePointer<GENERAL_NAME>) {
        var tag: Int32 = 0
        guard let value = unsafe GENERAL_NAME_get0_value(name, &tag) else {
            self = .other(tag)
            return
        }
        let text = unsafe value.assumingMemoryBound(to: ASN1_STRING.self)
        switch tag {
        case GEN_DNS: self = unsafe .dns(LoadedText.bytes(text))
        case GEN_IPADD: self = unsafe .address(LoadedText.bytes(text))
        case GEN_URI: self = unsafe .uri(LoadedText.bytes(text))
        default: self = .other(tag)
        }
    }
}

extension Certificate.Party {
    init(_ name: OpaquePointer?) {
        commonName = unsafe Self.last(NID_commonName, of: name)
        organization = unsafe Self.last(NID_organizationName, of: name)
        text = unsafe Self.text(of: name)
    }

    private static func last(_ kind: Int32, of name: OpaquePointer?) -> [UInt8]? {
        var found: Int32 = -1
        var next = unsafe X509_NAME_get_index_by_NID(name, kind, -1)
        while next >= 0 {
            found = next
            next = unsafe X509_NAME_get_index_by_NID(name, kind, next)
        }
        guard found >= 0, let entry = unsafe X509_NAME_get_entry(name, found),
            let value = unsafe X509_NAME_ENTRY_get_data(entry)
        else { return nil }
        return unsafe LoadedText.utf8(value)
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let buffer = try? PEMBuffer() else { return "" }
        // RFC 2253; what is not printable ASCII is escaped by it.
        let flags =
            ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB
            | ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER
            | XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_DN_REV | XN_FLAG_DUMP_UNKNOWN_FIELDS
        guard unsafe X509_NAME_print_ex(buffer.bio, name, 0, UInt(flags)) >= 0 else {
            ErrorQueue.clear()
            return ""
        }
        let bytes = buffer.takeBytes().map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
