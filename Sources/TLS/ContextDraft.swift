internal import COpenSSL

/// A context that is being filled from PEM; its owner frees it.
@safe
struct ContextDraft {
    private let context: OpaquePointer

    init(_ context: OpaquePointer) { unsafe self.context = unsafe context }

    /// Takes this side's certificate, those above it, and its key.
    func show(_ material: TLSMaterial) throws(TLSMaterialFault) -> CertificateFacts? {
        guard let chain = material.chain else { return nil }
        let facts = try showChain(chain)
        guard let key = material.key else { throw .empty(.key) }
        try showKey(key)
        guard unsafe SSL_CTX_check_private_key(context) == 1 else {
            ERR_clear_error()
            throw .mismatch
        }
        return facts
    }

    private func showChain(_ chain: [UInt8]) throws(TLSMaterialFault) -> CertificateFacts? {
        var facts: CertificateFacts?
        try unsafe PEMObjects(chain).forEach(
            of: .chain,
            read: { unsafe roost_tls_read_certificate($0) }
        ) {
            certificate throws(TLSMaterialFault) in
            if facts == nil {
                defer { unsafe X509_free(certificate) }
                facts = unsafe CertificateFacts(certificate)
                guard unsafe SSL_CTX_use_certificate(context, certificate) == 1 else {
                    throw .invalid(.chain, reason: OpenSSLError().reason)
                }
            } else if unsafe roost_tls_add_to_chain(context, certificate) != 1 {
                unsafe X509_free(certificate)
                throw .invalid(.chain, reason: OpenSSLError().reason)
            }
        }
        return facts
    }

    private func showKey(_ key: [UInt8]) throws(TLSMaterialFault) {
        var isTaken = false
        try unsafe PEMObjects(key).forEach(of: .key, read: { unsafe roost_tls_read_key($0) }) {
            key throws(TLSMaterialFault) in
            defer { unsafe EVP_PKEY_free(key) }
            guard !isTaken else { throw .invalid(.key, reason: "there is more than one") }
            isTaken = true
            guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
                let error = OpenSSLError()
                throw error.isMismatch ? .mismatch : .invalid(.key, reason: error.reason)
            }
        }
    }

    /// Decides whose certificates are accepted.
    func trust(_ material: TLSMaterial, role: TLSContext.Role) throws(TLSMaterialFault) {
        guard unsafe roost_tls_speak(context, role == .peer ? 1 : 0) == 1 else {
            throw .system(reason: OpenSSLError().reason)
        }
        unsafe SSL_CTX_set_verify(context, role.verification, nil)
        if let authorities = material.authorities {
            try trust(authorities)
        } else if case .caller(.full) = role {
            unsafe SSL_CTX_set_default_verify_paths(context)
        }
        if let revocations = material.revocations { try refuse(revocations) }
    }

    private func trust(_ authorities: [UInt8]) throws(TLSMaterialFault) {
        let store = unsafe SSL_CTX_get_cert_store(context)
        try unsafe PEMObjects(authorities).forEach(
            of: .authorities,
            read: { unsafe roost_tls_read_certificate($0) }
        ) { certificate throws(TLSMaterialFault) in
            defer { unsafe X509_free(certificate) }
            guard unsafe X509_STORE_add_cert(store, certificate) == 1,
                unsafe SSL_CTX_add_client_CA(context, certificate) == 1
            else { throw .invalid(.authorities, reason: OpenSSLError().reason) }
        }
    }

    private func refuse(_ revocations: [UInt8]) throws(TLSMaterialFault) {
        let store = unsafe SSL_CTX_get_cert_store(context)
        try unsafe PEMObjects(revocations).forEach(
            of: .revocations,
            read: { unsafe roost_tls_read_list($0) }
        ) { list throws(TLSMaterialFault) in
            defer { unsafe X509_CRL_free(list) }
            guard unsafe X509_STORE_add_crl(store, list) == 1 else {
                throw .invalid(.revocations, reason: OpenSSLError().reason)
            }
        }
        guard let store = unsafe store, unsafe roost_tls_check_lists(store) == 1 else {
            throw .system(reason: OpenSSLError().reason)
        }
    }
}

extension TLSContext.Role {
    /// OpenSSL's flags for what is asked of the other side.
    fileprivate var verification: Int32 {
        switch self {
        case .listener(.ignored), .caller(.none): SSL_VERIFY_NONE
        case .listener(.optional), .caller(.full): SSL_VERIFY_PEER
        case .listener(.required), .peer: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        }
    }
}
