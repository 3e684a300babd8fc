internal import CPlatform

/// One concrete address of a socket.
package struct SocketAddress: Sendable {
    private(set) var raw: roost_address

    init(raw: roost_address) { self.raw = raw }

    /// A numeric host of the internet, without a port; nil for any other text.
    package init?(host: Substring) {
        let isNumeric = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        guard isNumeric, let address = Endpoint.internet(host: String(host), port: 0).numericAddress
        else { return nil }
        self = address
    }

    /// The address as a number: that of IPv6, or of IPv4 as IPv6 maps it (RFC 4291, 2.5.5.2); nil for
    /// a Unix socket.
    package var bits: UInt128? {
        var (high, low): (UInt64, UInt64) = (0, 0)
        let family = unsafe withUnsafePointer(to: raw) {
            unsafe roost_address_number($0, &high, &low)
        }
        switch Int(family) {
        case ROOST_INET: return 0xFFFF_0000_0000 | UInt128(low)
        case ROOST_INET6: return UInt128(high) << 64 | UInt128(low)
        default: return nil
        }
    }

    /// The same address as an endpoint that parses to it.
    package var endpoint: Endpoint {
        var text = [CChar](repeating: 0, count: 128)
        unsafe text.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe withUnsafePointer(to: raw) { address in
                unsafe roost_address_text(address, base, buffer.count)
            }
        }
        let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let host = String(decoding: bytes, as: UTF8.self)
        guard family != ROOST_UNIX else { return .unix(path: host) }
        let port = unsafe withUnsafePointer(to: raw) { unsafe roost_address_port($0) }
        return .internet(host: host, port: port)
    }

    /// Whether only this machine reaches it: 127.0.0.0/8 and ::1 (RFC 6890), not a Unix socket.
    package var isLoopback: Bool {
        guard case .internet(let host, _) = endpoint else { return false }
        // An IPv6 socket that carries IPv4 writes ::ffff:127.0.0.1 (RFC 4291, 2.5.5.2).
        let mapped = "::ffff:"
        let bare = host.hasPrefix(mapped) ? String(host.dropFirst(mapped.count)) : host
        return bare == "::1" || bare.hasPrefix("127.")
    }

    /// What tells machines apart in an address.
    package enum NetworkNumber: Hashable, Sendable {
        case ipv4(UInt32)
        /// The first 64 bits; an IPv4 address that an IPv6 socket carries is none of these.
        case ipv6(UInt64)
    }

    /// Nil for a Unix socket.
    package var networkNumber: NetworkNumber? {
        var (high, low): (UInt64, UInt64) = (0, 0)
        let family = unsafe withUnsafePointer(to: raw) {
            unsafe roost_address_number($0, &high, &low)
        }
        switch Int(family) {
        case ROOST_INET: return .ipv4(UInt32(truncatingIfNeeded: low))
        case ROOST_INET6: return .ipv6(high)
        default: return nil
        }
    }

    var family: Int {
        unsafe withUnsafePointer(to: raw) { Int(unsafe roost_address_family($0)) }
    }

    var isUnix: Bool { family == ROOST_UNIX }

    /// Whether it is `::`, which stands for every address of the machine.
    var isEveryAddress: Bool {
        guard case .internet("::", _) = endpoint else { return false }
        return true
    }

    /// `0.0.0.0`, every IPv4 address of the machine.
    static func everyIPv4(port: UInt16) -> SocketAddress? {
        Endpoint.internet(host: "0.0.0.0", port: port).numericAddress
    }

    var isIPv4: Bool { family == ROOST_INET }

    /// Nil for a unix socket.
    package var port: UInt16? {
        guard case .internet(_, let port) = endpoint else { return nil }
        return port
    }

    /// The same address with another port.
    func with(port: UInt16) -> SocketAddress {
        var address = self
        unsafe withUnsafeMutablePointer(to: &address.raw) {
            unsafe roost_address_set_port($0, port)
        }
        return address
    }
}
