internal import COpenSSL

/// What the connections of one kind have in common: keys, trust and the rules of the protocol.
///
/// TLS 1.2 and 1.3 with forward secrecy, no renegotiation, no compression. A context does not
/// change: new files make a new one, and with it new keys of session tickets, so that no session
/// outlives the trust that it was begun under.
@safe
package final class TLSContext {
    /// Which side of which connections.
    package enum Role: Hashable, Sendable {
        /// Clients connect to it.
        case listener(ClientCertificates)
        /// It connects to members.
        case caller(Verification)
        /// Members connect to each other; both show certificates.
        case peer
    }

    /// Whether clients show certificates.
    package enum ClientCertificates: Hashable, Sendable {
        case ignored
        /// One that is shown has to be good.
        case optional
        case required
    }

    /// Whether the other side's certificate counts.
    package enum Verification: Hashable, Sendable {
        case full
        /// Whoever answers is believed: no protection against one who stands in between.
        case none
    }

    /// So many connections at once keep their buffers of 17 KiB each way while they wait, which saves
    /// three allocations a request; those beyond give them back, so that idle ones cost little.
    private static let bufferedSessionCountMax = 256

    let pointer: OpaquePointer
    let pipes: OpaquePointer
    /// Connections that there are now; counted atomically, since they may live on several threads.
    private let sessionCount: UnsafeMutablePointer<Int>
    /// Of this side's own certificate; nil where it has none.
    package let certificate: CertificateFacts?

    /// - Throws: what is wrong with which file.
    package init(_ role: Role, material: TLSMaterial) throws(TLSMaterialFault) {
        guard let pointer = unsafe roost_tls_context() else {
            throw .system(reason: OpenSSLError().reason)
        }
        guard let pipes = unsafe roost_tls_pipe_method() else {
            unsafe SSL_CTX_free(pointer)
            throw .system(reason: OpenSSLError().reason)
        }
        let draft = unsafe ContextDraft(pointer)
        // Nothing of this object is there yet: one that fails half made would free twice.
        do throws(TLSMaterialFault) {
            let certificate = try draft.show(material)
            try draft.trust(material, role: role)
            self.certificate = certificate
        } catch {
            unsafe SSL_CTX_free(pointer)
            unsafe BIO_meth_free(pipes)
            throw error
        }
        unsafe self.pointer = unsafe pointer
        unsafe self.pipes = unsafe pipes
        unsafe sessionCount = .allocate(capacity: 1)
        unsafe sessionCount.initialize(to: 0)
        ERR_clear_error()
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
        unsafe BIO_meth_free(pipes)
        unsafe sessionCount.deallocate()
    }

    /// A connection begins.
    ///
    /// - Returns: whether it may keep its buffers.
    func beginSession() -> Bool {
        unsafe roost_tls_count(sessionCount, 1) <= Self.bufferedSessionCountMax
    }

    func endSession() { _ = unsafe roost_tls_count(sessionCount, -1) }
}
