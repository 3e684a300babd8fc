import COpenSSL

/// A client of OpenSSL's own making, with what Roost's never does: old versions, other protocols,
/// tickets, renegotiation.
@safe
final class ForeignClient {
    /// What resumes a session.
    @safe
    final class Ticket {
        fileprivate let pointer: OpaquePointer?

        fileprivate init(_ pointer: OpaquePointer?) { unsafe self.pointer = unsafe pointer }

        deinit { unsafe SSL_SESSION_free(pointer) }
    }

    private let context: OpaquePointer
    private let session: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private(set) var received: [UInt8] = []
    private(set) var hasFailed = false

    /// - Parameter versions: such as `0x0303...0x0304`.
    init?(versions: ClosedRange<Int>, protocols: [UInt8] = [], ticket: Ticket? = nil) {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()),
            let session = unsafe SSL_new(context), let input = unsafe BIO_new(BIO_s_mem()),
            let output = unsafe BIO_new(BIO_s_mem())
        else { return nil }
        unsafe (self.context, self.session) = (context, session)
        unsafe (self.input, self.output) = (input, output)
        unsafe SSL_set_bio(session, input, output)
        // Even the versions that a system's policy forbids.
        unsafe SSL_set_security_level(session, 0)
        unsafe SSL_ctrl(session, SSL_CTRL_SET_MIN_PROTO_VERSION, versions.lowerBound, nil)
        unsafe SSL_ctrl(session, SSL_CTRL_SET_MAX_PROTO_VERSION, versions.upperBound, nil)
        if !protocols.isEmpty {
            unsafe SSL_set_alpn_protos(session, protocols, UInt32(protocols.count))
        }
        if let ticket { unsafe SSL_set_session(session, ticket.pointer) }
        unsafe SSL_set_connect_state(session)
    }

    deinit {
        unsafe SSL_free(session)
        unsafe SSL_CTX_free(context)
    }

    /// Goes on with what came, and gives what it has to say.
    func take(_ bytes: [UInt8] = []) -> [UInt8] {
        unsafe BIO_write(input, bytes, Int32(bytes.count))
        var plain = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe SSL_read(session, &plain, Int32(plain.count))
            guard count > 0 else {
                let error = unsafe SSL_get_error(session, count)
                hasFailed = error != SSL_ERROR_WANT_READ
                break
            }
            received += plain[..<Int(count)]
        }
        ERR_clear_error()
        return said()
    }

    func send(_ bytes: [UInt8]) -> [UInt8] {
        unsafe SSL_write(session, bytes, Int32(bytes.count))
        ERR_clear_error()
        return said()
    }

    /// To resume the session with.
    var ticket: Ticket { unsafe Ticket(SSL_get1_session(session)) }

    /// What ALPN came to.
    var selectedProtocol: String {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &name, &count)
        return unsafe String(
            decoding: UnsafeBufferPointer(start: name, count: Int(count)),
            as: UTF8.self
        )
    }

    /// Asks for a new handshake, as TLS 1.2 has it.
    func renegotiate() { unsafe SSL_renegotiate(session) }

    /// Renews the keys and asks the other side to do so.
    func updateKeys() -> [UInt8] {
        unsafe SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED)
        unsafe SSL_do_handshake(session)
        return said()
    }

    private func said() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = unsafe BIO_read(output, &bytes, Int32(bytes.count))
        return Array(bytes[..<max(0, Int(count))])
    }

    /// Carries bytes between it and the server until neither has more to say.
    func settle(_ server: inout Side) {
        var toServer = take()
        while true {
            server.take(toServer)
            let toClient = server.output()
            if toServer.isEmpty, toClient.isEmpty { return }
            toServer = take(toClient)
        }
    }
}
