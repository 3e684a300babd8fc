internal import COpenSSL

/// A certificate in the making (RFC 5280): `write`, then `sign`.
extension LoadedCertificate {
    /// One that says nothing yet.
    static func blank() throws(CertificateFault) -> LoadedCertificate {
        ErrorQueue.clear()
        let pointer = try unsafe made(X509_new(), to: "make a certificate")
        return unsafe LoadedCertificate(adopting: pointer)
    }

    /// Writes everything but extensions, issuer and signature.
    borrowing func write(
        _ terms: CertificateTerms,
        for key: borrowing CertificateKey,
        validity: Validity
    ) throws(CertificateFault) {
        guard validity.isFit else { throw .unfitValidity(validity) }
        let task = "make a certificate"
        try unsafe check(X509_set_version(pointer, Int(X509_VERSION_3)), to: task)
        try drawSerial()
        try unsafe check(Self.set(validity.from, of: X509_getm_notBefore(pointer)), to: task)
        try unsafe check(Self.set(validity.until, of: X509_getm_notAfter(pointer)), to: task)
        try name(terms)
        try unsafe check(X509_set_pubkey(pointer, key.pointer), to: task)
    }

    /// Adds the extensions of a role, names the issuer, and signs.
    borrowing func sign(
        as terms: CertificateTerms,
        by issuer: borrowing LoadedCertificate,
        key: borrowing CertificateKey
    ) throws(CertificateFault) {
        let task = "sign a certificate"
        try unsafe check(
            X509_set_issuer_name(pointer, X509_get_subject_name(issuer.pointer)),
            to: task
        )
        for (kind, value) in Self.extensions(of: terms.role) {
            try add(kind, value: value, issuer: issuer)
        }
        try addNames(terms.alternativeNames)
        try unsafe check(X509_sign(pointer, key.pointer, key.digest), to: task)
    }

    private static func set(_ seconds: Int64, of time: UnsafeMutablePointer<ASN1_TIME>?) -> Int32 {
        unsafe ASN1_TIME_set(time, Int(seconds)) == nil ? 0 : 1
    }

    /// 159 random bits: positive, and at most 20 bytes (RFC 5280, 4.1.2.2).
    private borrowing func drawSerial() throws(CertificateFault) {
        let task = "draw a serial number"
        let number = try unsafe made(BN_new(), to: task)
        defer { unsafe BN_free(number) }
        try unsafe check(BN_rand(number, 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), to: task)
        guard unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil else {
            throw .refused(task, reasons: ErrorQueue.take())
        }
    }

    private borrowing func name(
        _ terms: CertificateTerms
    ) throws(CertificateFault) {
        let name = unsafe X509_get_subject_name(pointer)
        let parts = [
            (NID_organizationName, terms.organization), (NID_commonName, terms.commonName),
        ]
        for (kind, value) in parts {
            guard let value else { continue }
            let result = unsafe X509_NAME_add_entry_by_NID(
                name,
                kind,
                MBSTRING_UTF8,
                value,
                Int32(truncatingIfNeeded: value.count),
                -1,
                0
            )
            try check(result, to: "write the name \"\(PrintableText.of(value))\"")
        }
    }

    /// By number and value as OpenSSL's configuration writes them: x509v3_config(5).
    private static func extensions(of role: CertificateTerms.Role) -> [(Int32, String)] {
        let identity = [
            (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid:always"),
        ]
        let leaf = [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
        ]
        switch role {
        case .authority:
            return [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
            ] + identity
        case .member: return leaf + [(NID_ext_key_usage, "serverAuth,clientAuth")] + identity
        case .client: return leaf + [(NID_ext_key_usage, "clientAuth")] + identity
        }
    }

    private borrowing func add(
        _ kind: Int32,
        value: String,
        issuer: borrowing LoadedCertificate
    ) throws(CertificateFault) {
        let task = "write an extension"
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer.pointer, pointer, nil, nil, 0)
        let part = try unsafe made(unsafe X509V3_EXT_conf_nid(nil, &context, kind, value), to: task)
        defer { unsafe X509_EXTENSION_free(part) }
        try unsafe check(X509_add_ext(pointer, part, -1), to: task)
    }

    private borrowing func addNames(
        _ names: [AlternativeName]
    ) throws(CertificateFault) {
        guard !names.isEmpty else { return }
        let task = "write the alternative names"
        let stack = try unsafe made(OPENSSL_sk_new_null(), to: task)
        defer { unsafe GENERAL_NAMES_free(stack) }
        for name in names {
            guard let general = try unsafe name.general() else { continue }
            try unsafe check(OPENSSL_sk_push(stack, general), to: task)
        }
        let result = unsafe X509_add1_ext_i2d(
            pointer,
            NID_subject_alt_name,
            UnsafeMutableRawPointer(stack),
            0,
            UInt(X509V3_ADD_DEFAULT)
        )
        try check(result, to: task)
    }
}

extension AlternativeName {
    /// The name as OpenSSL has it, for the caller to free; nil for kinds that are not written.
    func general() throws(CertificateFault) -> UnsafeMutablePointer<GENERAL_NAME>? {
        let task = "write an alternative name"
        let (tag, type, bytes): (Int32, Int32, [UInt8])
        switch self {
        case .dns(let name): (tag, type, bytes) = (GEN_DNS, V_ASN1_IA5STRING, name)
        case .address(let address): (tag, type, bytes) = (GEN_IPADD, V_ASN1_OCTET_STRING, address)
        case .uri(let name): (tag, type, bytes) = (GEN_URI, V_ASN1_IA5STRING, name)
        case .other: return nil
        }
        guard let name = unsafe GENERAL_NAME_new() else {
            throw .refused(task, reasons: ErrorQueue.take())
        }
        guard let text = unsafe ASN1_STRING_type_new(type),
            unsafe ASN1_STRING_set(text, bytes, Int32(truncatingIfNeeded: bytes.count)) == 1
        else {
            unsafe GENERAL_NAME_free(name)
            throw .refused(task, reasons: ErrorQueue.take())
        }
        unsafe GENERAL_NAME_set0_value(name, tag, text)
        return unsafe name
    }
}
