/// Tells by the first byte of a connection which protocol the client speaks.
enum Protocol {
    /// A TLS record's first byte, when it is a handshake (RFC 8446, 5.1).
    private static let tlsHandshake: UInt8 = 0x16
    /// The alert `protocol_version`, fatal (RFC 8446, 6.2): this address speaks no TLS.
    private static let tlsAlert: [UInt8] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]

    /// What to say to a client that does not speak HTTP/1.1 before the connection is closed; nil
    /// for one that may.
    ///
    /// - Parameter first: the first byte of the connection.
    static func foreignReply(to first: UInt8) -> [UInt8]? {
        switch first {
        case tlsHandshake: tlsAlert
        case 0x0A, 0x0D, 0x20...0x7E: nil
        default: []
        }
    }
}
