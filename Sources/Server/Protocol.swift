/// Tells by the first byte of a connection which protocol the client speaks.
enum Protocol {
    /// A TLS record's first byte, when it is a handshake (RFC 8446, 5.1).
    private static let tlsHandshake: UInt8 = 0x16
    /// The alert `protocol_version`, fatal (RFC 8446, 6.2): this address speaks no TLS.
    private static let tlsAlert: [UInt8] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]

    /// What to say to a client that does not speak HTTP/1.1 before the connection is closed; nil
    /// for one that may.
    ///
    /// - Parameter position: how much was sent already; only a connection's first byte tells.
    static func foreignReply(to first: UInt8, after position: UInt64) -> [UInt8]? {
        guard position == 0 else { return nil }
        switch first {
        case tlsHandshake: return tlsAlert
        case 0x0A, 0x0D, 0x20...0x7E: return nil
        default: return []
        }
    }
}
