internal import CPlatform

/// Where something listens, as people write it: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
package enum Endpoint: Hashable, Sendable {
    case internet(host: String, port: UInt16)
    case unix(path: String)
    /// Whoever the SRV records of that name list.
    case service(ServiceName)

    /// Accepts text from outside. A bare IPv6 address needs its brackets.
    package init(parsing text: String) throws(EndpointError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { throw .emptyPath }
            guard path.utf8.count < 108 else { throw .pathTooLong(byteCount: path.utf8.count) }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { throw .noPort }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = UInt16(portText)
        else { throw .invalidPort(String(portText)) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .unbracketedAddress
        }
        guard !host.isEmpty else { throw .emptyHost }
        let isPlain = host.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }
        guard isPlain, host.utf8.count <= 253 else { throw .invalidHost(String(host)) }
        self = .internet(host: String(host), port: port)
    }

    /// As `init(parsing:)`, for a place to dial: `srv:NAME` is every member that DNS lists there.
    package init(
        parsing text: String,
        orServiceFor kind: ServiceName.Kind
    ) throws(EndpointError) {
        if text.hasPrefix(ServiceName.prefix) {
            let domain = text.dropFirst(ServiceName.prefix.count)
            self = .service(try ServiceName(domain, for: kind))
        } else {
            try self.init(parsing: text)
        }
    }

    /// The host that stands for every address of the machine, of IPv4 and IPv6.
    private static let everyHost = "*"

    /// As `init(parsing:)`, for an address to listen at: `:PORT` is `*:PORT`, every address of the
    /// machine.
    package init(parsingListening text: String) throws(EndpointError) {
        try self.init(parsing: text.hasPrefix(":") ? Self.everyHost + text : text)
    }

    /// Every address that the endpoint's name may lead to, each once; in the order of
    /// `resolve`.
    package func listeningAddresses() throws(ResolutionError) -> [SocketAddress] {
        if case .internet(Self.everyHost, let port) = self {
            return [Endpoint.internet(host: "::", port: port).numericAddress].compactMap { $0 }
        }
        var addresses: [SocketAddress] = []
        for address in try resolve()
        where !addresses.contains(where: { $0.endpoint == address.endpoint }) {
            addresses.append(address)
        }
        return addresses
    }

    /// The address when the host is numeric or the socket local; nil when it is to be resolved.
    package var numericAddress: SocketAddress? {
        var raw = roost_address()
        let result =
            switch self {
            case .internet(let host, let port): unsafe roost_address_numeric(host, port, &raw)
            case .unix(let path): unsafe roost_address_unix(path, path.utf8.count, &raw)
            case .service: Int32(-1)
            }
        return result == 0 ? SocketAddress(raw: raw) : nil
    }

    /// Every stream address of the endpoint, in the system's order, at most sixteen of a host.
    ///
    /// Blocks for as long as the system's resolver takes unless the host is numeric: never on a
    /// thread that others wait for.
    package func resolve() throws(ResolutionError) -> [SocketAddress] {
        if let address = numericAddress { return [address] }
        switch self {
        case .internet(let host, let port): return try Self.addresses(of: host, port: port)
        case .unix: return []
        case .service(let name): return Self.addresses(of: try name.members())
        }
    }

    /// The addresses of all those whose host is known.
    package static func addresses(of members: some Sequence<Endpoint>) -> [SocketAddress] {
        members.flatMap { member in
            do throws(ResolutionError) { return try member.resolve() } catch { return [] }
        }
    }

    private static func addresses(
        of host: String,
        port: UInt16
    ) throws(ResolutionError) -> [SocketAddress] {
        var raw = [roost_address](repeating: roost_address(), count: 16)
        let count = unsafe raw.withUnsafeMutableBufferPointer { buffer in
            unsafe roost_resolve(host, String(port), buffer.baseAddress, Int32(buffer.count))
        }
        guard count >= 0 else {
            throw ResolutionError(
                host: host,
                reason: unsafe String(cString: roost_resolution_text(count))
            )
        }
        return raw.prefix(Int(count)).map(SocketAddress.init(raw:))
    }
}

extension Endpoint {
    /// Whether it stands for several members, whom DNS lists.
    package var isService: Bool { if case .service = self { true } else { false } }
}

extension Endpoint: CustomStringConvertible {
    /// The text that parses to the same endpoint.
    package var description: String {
        switch self {
        case .internet(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .service(let name): ServiceName.prefix + name.domain
        }
    }
}

/// Why a text is not an endpoint.
package enum EndpointError: Error, Hashable, Sendable {
    case noPort
    case invalidPort(String)
    case emptyHost
    case invalidHost(String)
    case unbracketedAddress
    case emptyPath
    case invalidService(String)
    case pathTooLong(byteCount: Int)
}

extension EndpointError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noPort: "no port: write HOST:PORT"
        case .invalidPort(let text): "\"\(text)\" is no port between 0 and 65535"
        case .emptyHost: "no host: write HOST:PORT"
        case .invalidHost(let host): "\"\(host)\" is no host"
        case .unbracketedAddress: "an IPv6 address needs brackets: [::1]:2379"
        case .emptyPath: "no path after unix:"
        case .invalidService(let name):
            "\"\(name)\" is no name of a service: write srv:NAME, such as srv:roost.example.com"
        case .pathTooLong(let byteCount): "a socket's path has at most 107 bytes, not \(byteCount)"
        }
    }
}

/// The system's resolver could not say where a host is.
package struct ResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let reason: String

    package var description: String { "\(host): \(reason)" }
}
