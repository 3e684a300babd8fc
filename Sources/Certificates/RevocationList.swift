internal import COpenSSL

extension CertificateAuthority {
    /// A list (CRL, RFC 5280, 5) that says which certificates of this authority hold no more.
    ///
    /// It is good for as long as the authority itself: a cluster has no service that writes a new
    /// one each week, and a list that ran out would shut everybody out.
    ///
    /// - Parameter serials: of the certificates.
    /// - Parameter earlier: the list so far, whose serials stay on it; nil if there is none.
    /// - Parameter now: in seconds since 1970.
    package func revocationList(
        adding serials: [[UInt8]],
        to earlier: RevocationList? = nil,
        now: Int64
    ) throws(CertificateFault) -> RevocationList {
        let task = "write a revocation list"
        let key = try CertificateKey(pem: pair.key)
        let issuer = try LoadedCertificate(pem: pair.certificate)
        ErrorQueue.clear()
        let list = unsafe LoadedRevocationList(adopting: try made(X509_CRL_new(), to: task))
        try unsafe check(X509_CRL_set_version(list.pointer, Int(X509_CRL_VERSION_2)), to: task)
        let name = unsafe X509_get_subject_name(issuer.pointer)
        try unsafe check(X509_CRL_set_issuer_name(list.pointer, name), to: task)
        try list.set(from: now, until: certificate.validity.until)
        var all = earlier?.serials ?? []
        for serial in serials where !all.contains(serial) { all.append(serial) }
        for serial in all { try list.add(serial, now: now) }
        try list.number((earlier?.number ?? 0) &+ 1, issuer: issuer)
        try unsafe check(X509_CRL_sort(list.pointer), to: task)
        try unsafe check(X509_CRL_sign(list.pointer, key.pointer, key.digest), to: task)
        return try RevocationList(list)
    }
}

/// Which certificates of an authority hold no more.
package struct RevocationList: Hashable, Sendable {
    /// The longest that is read.
    static let serialCountMax = 20_000

    package let pem: [UInt8]
    /// Of the revoked certificates, sorted.
    package let serials: [[UInt8]]
    /// It rises with each list of an authority.
    package let number: UInt64

    /// Reads the first list of PEM bytes, 1 MiB at most.
    package init(pem: [UInt8]) throws(CertificateFault) {
        ErrorQueue.clear()
        let buffer = try PEMBuffer(pem)
        guard let list = unsafe PEM_read_bio_X509_CRL(buffer.bio, nil, nil, nil) else {
            let reasons = ErrorQueue.take()
            guard PEMText.holds(pem, block: "X509 CRL") else { throw .nothing("revocation list") }
            throw .malformed("revocation list", reasons: reasons)
        }
        try unsafe self.init(LoadedRevocationList(adopting: list))
    }

    init(_ loaded: borrowing LoadedRevocationList) throws(CertificateFault) {
        let buffer = try PEMBuffer()
        try check(unsafe PEM_write_bio_X509_CRL(buffer.bio, loaded.pointer), to: "write a list")
        pem = buffer.takeBytes()
        serials = loaded.serials
        number = loaded.number
    }
}

/// A CRL as OpenSSL has it.
@safe struct LoadedRevocationList: ~Copyable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_CRL_free(pointer) }

    borrowing func set(from: Int64, until: Int64) throws(CertificateFault) {
        let validity = Validity(from: from, until: until)
        guard validity.isFit, let time = unsafe ASN1_TIME_set(nil, Int(from)) else {
            throw .unfitValidity(validity)
        }
        defer { unsafe ASN1_STRING_free(time) }
        try unsafe check(X509_CRL_set1_lastUpdate(pointer, time), to: "date a list")
        guard unsafe ASN1_TIME_set(time, Int(until)) != nil else { throw .unfitValidity(validity) }
        try unsafe check(X509_CRL_set1_nextUpdate(pointer, time), to: "date a list")
    }

    borrowing func add(_ serial: [UInt8], now: Int64) throws(CertificateFault) {
        let task = "revoke a certificate"
        let entry = try unsafe made(X509_REVOKED_new(), to: task)
        var isOwned = true
        defer { if isOwned { unsafe X509_REVOKED_free(entry) } }
        let number = try unsafe made(
            unsafe BN_bin2bn(serial, Int32(truncatingIfNeeded: serial.count), nil),
            to: task
        )
        defer { unsafe BN_free(number) }
        guard let value = unsafe BN_to_ASN1_INTEGER(number, nil),
            let time = unsafe ASN1_TIME_set(nil, Int(now))
        else { throw .refused(task, reasons: ErrorQueue.take()) }
        defer {
            unsafe ASN1_STRING_free(value)
            unsafe ASN1_STRING_free(time)
        }
        try unsafe check(X509_REVOKED_set_serialNumber(entry, value), to: task)
        try unsafe check(X509_REVOKED_set_revocationDate(entry, time), to: task)
        try unsafe check(X509_CRL_add0_revoked(pointer, entry), to: task)
        isOwned = false
    }

    /// The list's number, and whose key signs it.
    borrowing func number(
        _ number: UInt64,
        issuer: borrowing LoadedCertificate
    ) throws(CertificateFault) {
        let task = "number a list"
        guard let value = unsafe ASN1_INTEGER_new() else {
            throw .refused(task, reasons: ErrorQueue.take())
        }
        defer { unsafe ASN1_STRING_free(value) }
        try unsafe check(ASN1_INTEGER_set_uint64(value, number), to: task)
        let flags = UInt(X509V3_ADD_DEFAULT)
        try unsafe check(
            X509_CRL_add1_ext_i2d(pointer, NID_crl_number, value, 0, flags),
            to: task
        )
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer.pointer, nil, nil, pointer, 0)
        let part = try unsafe made(
            unsafe X509V3_EXT_conf_nid(
                nil,
                &context,
                NID_authority_key_identifier,
                "keyid:always"
            ),
            to: task
        )
        defer { unsafe X509_EXTENSION_free(part) }
        try unsafe check(X509_CRL_add_ext(pointer, part, -1), to: task)
    }

    var number: UInt64 {
        defer { ErrorQueue.clear() }
        guard let raw = unsafe X509_CRL_get_ext_d2i(pointer, NID_crl_number, nil, nil) else {
            return 0
        }
        let value = unsafe raw.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { unsafe ASN1_STRING_free(value) }
        var number: UInt64 = 0
        return unsafe ASN1_INTEGER_get_uint64(&number, value) == 1 ? number : 0
    }

    var serials: [[UInt8]] {
        guard let entries = unsafe X509_CRL_get_REVOKED(pointer) else { return [] }
        let count = unsafe min(max(0, Int(OPENSSL_sk_num(entries))), RevocationList.serialCountMax)
        return (0..<count).compactMap { place in
            guard let entry = unsafe OPENSSL_sk_value(entries, Int32(place)) else { return nil }
            let revoked = OpaquePointer(entry)
            return unsafe Certificate.number(X509_REVOKED_get0_serialNumber(revoked))
        }
    }
}
