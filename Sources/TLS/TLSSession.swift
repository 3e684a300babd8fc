internal import Bytes
internal import COpenSSL

/// One TLS connection: encrypted bytes in and out, plain bytes in and out. It knows no
/// socket; who owns one carries the bytes.
///
/// After a fault the output may hold an alert for the other side; nothing else follows it.
@safe
package final class TLSSession {
    /// How far the connection is.
    package enum Stage: Hashable, Sendable {
        case handshaking
        case open
        /// The other side sends no more; it may still read.
        case ended
        case failed
    }

    /// What was received, and whether more may come.
    package struct Reception: Hashable, Sendable {
        /// Plain bytes, at the buffer's beginning.
        package let byteCount: Int
        package let stage: Stage
    }

    /// Encrypted bytes are received this far into a buffer, so that they become plain in place:
    /// more than one record, which may have begun before them (RFC 8446, 5.2; RFC 5246, 6.2.3).
    package static let receptionOffset = 18 << 10
    /// A TLS record's first byte, when it is a handshake (RFC 8446, 5.1).
    package static let handshakeByte: UInt8 = 0x16
    /// What a record may begin with (RFC 8446, 5.1).
    private static let contentTypes: ClosedRange<UInt8> = 0x14...0x17
    /// When so much output waits, nothing more is encrypted.
    package static let outputByteCountMax = 64 << 10
    /// The longest plain text of one record.
    private static let recordByteCountMax = 16 << 10

    private let context: TLSContext
    private let session: OpaquePointer
    private let pipe: UnsafeMutablePointer<roost_tls_pipe>
    package private(set) var stage = Stage.handshaking
    private var hasReceived = false
    /// Bytes that were given and are encrypted, and are not counted as sent.
    private var encryptedByteCount = 0

    /// The side that is connected to.
    package init(accepting context: TLSContext) throws(TLSFault) {
        self.context = context
        (unsafe session, unsafe pipe) = try unsafe Self.open(context)
        unsafe SSL_set_accept_state(session)
    }

    /// The side that connects; its first bytes are in the output.
    ///
    /// - Parameter host: the name or numeric address that the other side's certificate has to be
    ///   for; nil where any name is accepted, for one who looks at the names himself.
    package init(connecting context: TLSContext, host: String?) throws(TLSFault) {
        let (session, pipe) = try unsafe Self.open(context)
        if let host, unsafe roost_tls_expect_host(session, host) != 1 {
            unsafe SSL_free(session)
            context.endSession()
            ERR_clear_error()
            throw .violation(reason: "\"\(host)\" is no host's name")
        }
        self.context = context
        unsafe self.session = unsafe session
        unsafe self.pipe = unsafe pipe
        unsafe SSL_set_connect_state(session)
        // What fails here has its stage, and fails again at the first bytes.
        do throws(TLSFault) { _ = try handshake() } catch {}
    }

    private static func open(
        _ context: TLSContext
    ) throws(TLSFault) -> (OpaquePointer, UnsafeMutablePointer<roost_tls_pipe>) {
        guard let session = unsafe SSL_new(context.pointer) else {
            throw .violation(reason: OpenSSLError().reason)
        }
        guard let pipe = unsafe roost_tls_attach(session, context.pipes) else {
            unsafe SSL_free(session)
            throw .violation(reason: "there is no memory for it")
        }
        if context.beginSession() { unsafe roost_tls_keep_buffers(session, pipe) }
        return unsafe (session, pipe)
    }

    deinit {
        unsafe SSL_free(session)
        context.endSession()
    }

    // MARK: - Receiving

    /// Takes encrypted bytes out of a buffer and leaves the plain ones at its beginning.
    ///
    /// - Parameters:
    ///   - buffer: encrypted bytes lie from `receptionOffset` on.
    ///   - count: how many.
    package func receive(
        in buffer: inout [UInt8],
        count: Int
    ) throws(TLSFault) -> Reception {
        let start = Self.receptionOffset
        invariant(
            (0...buffer.count - start).contains(count),
            "\(count) encrypted bytes of a buffer of \(buffer.count)"
        )
        guard stage == .handshaking || stage == .open else {
            return Reception(byteCount: 0, stage: stage)
        }
        if count > 0, !hasReceived {
            hasReceived = true
            guard Self.contentTypes.contains(buffer[start]) else {
                stage = .failed
                throw .plainText
            }
        }
        var fault: TLSFault?
        let byteCount = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(TLSFault) {
                return try unsafe decrypt(
                    UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: start + count)
                )
            } catch {
                fault = error
                return 0
            }
        }
        if let fault { throw fault }
        return Reception(byteCount: byteCount, stage: stage)
    }

    private func decrypt(
        _ bytes: UnsafeMutableRawBufferPointer
    ) throws(TLSFault) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let start = Self.receptionOffset
        unsafe pipe.pointee.input = unsafe UnsafePointer(
            base.advanced(by: start).assumingMemoryBound(to: UInt8.self)
        )
        unsafe pipe.pointee.input_count = bytes.count - start
        defer {
            unsafe pipe.pointee.input = nil
            unsafe pipe.pointee.input_count = 0
        }
        if stage == .handshaking {
            guard try handshake() else { return 0 }
        }
        var plainCount = 0
        while true {
            // Up to the encrypted bytes that are not taken yet, and never into them.
            let taken = unsafe bytes.count - pipe.pointee.input_count
            var count = 0
            roost_tls_forget_errors()
            let result = unsafe SSL_read_ex(
                session,
                base.advanced(by: plainCount),
                taken - plainCount,
                &count
            )
            guard result != 1 else {
                plainCount += count
                // Nothing is left to decrypt: asking once more costs as much as a short record.
                if unsafe pipe.pointee.input_count == 0, unsafe SSL_has_pending(session) == 0 {
                    return plainCount
                }
                continue
            }
            switch unsafe SSL_get_error(session, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return plainCount
            case SSL_ERROR_ZERO_RETURN:
                stage = .ended
                return plainCount
            default: throw fail()
            }
        }
    }

    /// - Returns: whether it is finished.
    private func handshake() throws(TLSFault) -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        guard result != 1 else {
            guard isResumedWithinValidity else {
                throw fail(.certificate(reason: "certificate has expired"))
            }
            stage = .open
            return true
        }
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
        default: throw fail()
        }
    }

    /// A session that goes on by a ticket was verified when it began; its end is looked at anew.
    private var isResumedWithinValidity: Bool {
        guard unsafe SSL_session_reused(session) == 1,
            let certificate = unsafe SSL_get0_peer_certificate(session)
        else { return true }
        return unsafe roost_tls_is_current(certificate) == 1
    }

    private func fail(_ fault: TLSFault? = nil) -> TLSFault {
        stage = .failed
        let error = OpenSSLError()
        if let fault { return fault }
        if error.isVerificationFailure {
            let verdict = unsafe SSL_get_verify_result(session)
            guard let text = unsafe X509_verify_cert_error_string(verdict) else {
                return .certificate(reason: error.reason)
            }
            return .certificate(reason: unsafe String(cString: text))
        }
        if error.isMissingCertificate { return .noCertificate }
        return error.alert ?? .violation(reason: error.reason)
    }

    // MARK: - Sending

    /// Encrypts bytes from `offset` on, as far as there is room in the output; none before the
    /// handshake is finished.
    ///
    /// Until `takeSentByteCount` counts them, the same bytes are given again, with more behind them
    /// or not: none is encrypted twice.
    package func encrypt(_ bytes: [UInt8], from offset: Int) throws(TLSFault) {
        guard stage == .open || stage == .ended else { return }
        roost_tls_forget_errors()
        while waitingByteCount < Self.outputByteCountMax {
            let start = offset + encryptedByteCount
            guard start < bytes.count else { return }
            let length = min(bytes.count - start, Self.recordByteCountMax)
            var count = 0
            let result = unsafe bytes.withUnsafeBytes { bytes in
                unsafe SSL_write_ex(
                    session,
                    bytes.baseAddress?.advanced(by: start),
                    length,
                    &count
                )
            }
            guard result == 1 else {
                switch unsafe SSL_get_error(session, result) {
                case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
                default: throw fail()
                }
            }
            encryptedByteCount += count
        }
    }

    /// How many of the bytes that were given have left in full since this was asked last: none
    /// while any of the output waits.
    package func takeSentByteCount() -> Int {
        guard waitingByteCount == 0 else { return 0 }
        defer { encryptedByteCount = 0 }
        return encryptedByteCount
    }

    /// Says to the other side that nothing more will be sent. Receiving goes on.
    package func endSending() {
        guard stage == .open || stage == .ended else { return }
        _ = unsafe SSL_shutdown(session)
        ERR_clear_error()
    }

    /// Encrypted bytes that wait to be sent.
    package var waitingByteCount: Int { unsafe pipe.pointee.output_count }

    /// Lends what waits to be sent, if there is anything, and lets go of as much as `body` says.
    ///
    /// - Returns: what `body` returned besides; nil where nothing waits.
    package func sendOutput<Outcome>(
        _ body: (Span<UInt8>) -> (sentByteCount: Int, outcome: Outcome)
    ) -> Outcome? {
        guard waitingByteCount > 0 else { return nil }
        let output = unsafe UnsafeBufferPointer(start: pipe.pointee.output, count: waitingByteCount)
        let (count, outcome) = unsafe body(output.span)
        invariant(
            (0...waitingByteCount).contains(count),
            "\(count) bytes left an output of \(waitingByteCount)"
        )
        unsafe roost_tls_pipe_sent(pipe, count)
        return outcome
    }

    // MARK: - The other side

    /// Whose certificate was verified; nil where none was shown, or none is accepted yet.
    package var peer: CertificateFacts? {
        guard stage == .open || stage == .ended, unsafe SSL_get_verify_result(session) == X509_V_OK,
            unsafe SSL_get_verify_mode(session) != SSL_VERIFY_NONE,
            let certificate = unsafe SSL_get0_peer_certificate(session)
        else { return nil }
        return unsafe CertificateFacts(certificate)
    }

    /// Whether the other side's certificate, if it has shown one, would be believed under that context
    /// now: a list of revoked ones may have come since, or its time may be over.
    ///
    /// - Complexity: some tenths of a millisecond; to be asked when trust changes.
    package func isBelieved(under context: TLSContext) -> Bool {
        guard stage == .open else { return true }
        return unsafe roost_tls_believes(context.pointer, session) == 1
    }

    /// Whether the time of the other side's certificate is over at that time, in seconds since 1970.
    package func isOver(at unixSeconds: Int64) -> Bool { unixSeconds > peerEnd }

    /// The last second of the other side's certificate, as far as one was shown.
    private lazy var peerEnd: Int64 = {
        guard let certificate = unsafe SSL_get0_peer_certificate(session) else { return .max }
        let end = unsafe roost_tls_end(certificate)
        return end < 0 ? .max : end
    }()

    /// Whether the session goes on by a ticket of an earlier one.
    package var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    /// The protocol's version, such as `TLSv1.3`.
    package var version: String {
        guard let text = unsafe SSL_get_version(session) else { return "" }
        return unsafe String(cString: text)
    }
}
