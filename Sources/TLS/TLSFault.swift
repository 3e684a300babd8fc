internal import COpenSSL

/// Why a TLS connection can't go on. The other side was told by an alert, which waits in the output.
package enum TLSFault: Error, Hashable, Sendable {
    /// The other side's certificate is not accepted.
    case certificate(reason: String)
    /// The other side has to show a certificate and shows none.
    case noCertificate
    /// The other side gave up, with the alert of that number (RFC 8446, 6.2).
    case alert(number: UInt8, name: String)
    /// The first byte that the other side sends is none of TLS.
    case plainText
    /// What the other side sends is not TLS as this side speaks it.
    case violation(reason: String)
}

extension TLSFault: CustomStringConvertible {
    /// In words, for people.
    package var description: String {
        switch self {
        case .certificate(let reason): "the certificate is not accepted: \(reason)"
        case .noCertificate: "no certificate was shown, and one is required"
        case .alert(_, let name): "the other side refuses: \(name)"
        case .plainText: "the other side does not speak TLS"
        case .violation(let reason): "the TLS handshake or record is not accepted: \(reason)"
        }
    }
}

/// What OpenSSL left in this thread's queue of errors, which is empty afterwards.
struct OpenSSLError: Hashable {
    /// RFC 8446, 6.2.
    private static let certificateRequired: UInt8 = 116

    private let code: UInt

    init() { code = roost_tls_take_error() }

    /// OpenSSL's reason, in its words.
    var reason: String {
        guard let text = unsafe ERR_reason_error_string(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    /// Whether what was read is no PEM of the kind that was asked for.
    var isNoPEM: Bool { roost_tls_is_no_pem(code) != 0 }

    /// The alert that the other side sent, if the error is one.
    var alert: TLSFault? {
        guard let number = UInt8(exactly: roost_tls_alert_number(code)) else { return nil }
        // OpenSSL 3.0 has no name for it.
        if number == Self.certificateRequired {
            return .alert(number: number, name: "certificate required")
        }
        guard let text = unsafe SSL_alert_desc_string_long(Int32(number)) else { return nil }
        return .alert(number: number, name: unsafe String(cString: text))
    }

    /// Whether a key is not that of the certificate.
    var isMismatch: Bool { roost_tls_is_mismatch(code) != 0 }
    var isVerificationFailure: Bool { roost_tls_is_verification_failure(code) != 0 }
    var isMissingCertificate: Bool { roost_tls_is_missing_certificate(code) != 0 }
}
