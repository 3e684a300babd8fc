internal import COpenSSL

/// Whether an authority vouches for a certificate, as a TLS peer would decide it.
package struct TrustCheck: Hashable, Sendable {
    /// What the certificate is to be used for.
    package enum Purpose: Hashable, Sendable {
        case server
        case client
    }

    /// The authority's certificates, PEM.
    package let authority: [UInt8]
    /// Its revocation lists, if they are looked at.
    package let revocations: RevocationList?

    package init(authority: [UInt8], revocations: RevocationList? = nil) {
        self.authority = authority
        self.revocations = revocations
    }

    /// Why the first certificate of PEM bytes is not trusted, in OpenSSL's words; nil if it is.
    ///
    /// - Parameter host: a name or an address that the certificate must carry among its
    ///   alternative names; its CN does not count.
    /// - Parameter now: in seconds since 1970.
    package func complaint(
        about certificate: [UInt8],
        as purpose: Purpose,
        host: String? = nil,
        now: Int64
    ) throws(CertificateFault) -> String? {
        let task = "check a certificate"
        let subject = try LoadedCertificate(pem: certificate)
        let store = try unsafe made(X509_STORE_new(), to: task)
        defer { unsafe X509_STORE_free(store) }
        try LoadedCertificate.each(of: authority) { (trusted) throws(CertificateFault) in
            try unsafe check(X509_STORE_add_cert(store, trusted.pointer), to: task)
        }
        try unsafe addRevocations(to: store)
        let context = try unsafe made(X509_STORE_CTX_new(), to: task)
        defer { unsafe X509_STORE_CTX_free(context) }
        try unsafe check(X509_STORE_CTX_init(context, store, subject.pointer, nil), to: task)
        unsafe X509_STORE_CTX_set_time(context, 0, Int(now))
        let kind = purpose == .server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT
        try unsafe check(X509_STORE_CTX_set_purpose(context, kind), to: task)
        if let host { try unsafe demand(host, of: context) }
        defer { ErrorQueue.clear() }
        guard unsafe X509_verify_cert(context) != 1 else { return nil }
        let code = unsafe X509_STORE_CTX_get_error(context)
        guard let words = unsafe X509_verify_cert_error_string(Int(code)) else {
            return "error \(code)"
        }
        return unsafe String(cString: words)
    }

    private func addRevocations(to store: OpaquePointer) throws(CertificateFault) {
        guard let revocations else { return }
        let task = "read a revocation list"
        let buffer = try PEMBuffer(revocations.pem)
        let list = unsafe LoadedRevocationList(
            adopting: try made(unsafe PEM_read_bio_X509_CRL(buffer.bio, nil, nil, nil), to: task)
        )
        try unsafe check(X509_STORE_add_crl(store, list.pointer), to: task)
        try unsafe check(X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK)), to: task)
    }

    private func demand(_ host: String, of context: OpaquePointer) throws(CertificateFault) {
        let task = "check a certificate's names"
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        switch try AlternativeName(host: host) {
        case .address(let bytes):
            let result = unsafe X509_VERIFY_PARAM_set1_ip(parameters, bytes, bytes.count)
            try check(result, to: task)
        case .dns(let name):
            unsafe X509_VERIFY_PARAM_set_hostflags(
                parameters,
                UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
            )
            let text = name.map { CChar(bitPattern: $0) }
            try unsafe check(X509_VERIFY_PARAM_set1_host(parameters, text, text.count), to: task)
        case .uri, .other: throw .unfitName(host, reason: "is neither a host nor an address")
        }
    }
}
