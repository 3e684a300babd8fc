internal import CPlatform

/// One concrete address of a socket.
package struct SocketAddress: Sendable {
    let raw: roost_address

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

    var family: Int {
        unsafe withUnsafePointer(to: raw) { Int(unsafe roost_address_family($0)) }
    }

    var isUnix: Bool { family == ROOST_UNIX }
}
