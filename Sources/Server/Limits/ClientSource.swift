internal import Platform

/// From where a client comes, as far as clients are told apart without asking who they are: an IPv4
/// address, the first 64 bits of an IPv6 address, which one machine has to itself (RFC 6177), or the
/// Unix sockets of this machine.
struct ClientSource: Hashable {
    /// All who come through Unix sockets.
    static let thisMachine = ClientSource(network: 0, host: 0)

    private let network: UInt64
    private let host: UInt64

    private init(network: UInt64, host: UInt64) {
        self.network = network
        self.host = host
    }

    /// - Parameter address: of the other side; nil where the system does not tell it any more.
    init(_ address: SocketAddress?) {
        switch address?.networkNumber {
        case nil: self = .thisMachine
        case .ipv4(let number): self.init(network: Self.mappedNetwork, host: UInt64(number))
        case .ipv6(let network): self.init(network: network, host: 0)
        }
    }

    /// Of no network that exists.
    private static let mappedNetwork = UInt64.max
}
