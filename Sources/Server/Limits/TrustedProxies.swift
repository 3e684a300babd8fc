internal import Platform
internal import Wire

/// The proxies whose word is taken of whom they pass requests on for. Nobody else's is: who sends
/// `X-Forwarded-For` by themselves could be anybody by it.
struct TrustedProxies: Hashable {
    static let none = TrustedProxies()

    private static let flag = "--trusted-proxy"
    /// Names those who come through Unix sockets.
    private static let unix = "unix"
    /// The longest address with a port, in bytes.
    private static let wordByteCountMax = 64

    private var blocks: [AddressBlock] = []
    /// Whether those who come through Unix sockets are such.
    private var isForFiles = false

    private init() {}

    /// - Parameter texts: addresses, blocks of them, and `unix`.
    init(_ texts: [String]) throws(ConfigurationError) {
        for text in texts {
            if text == Self.unix {
                isForFiles = true
            } else if let block = AddressBlock(text) {
                blocks.append(block)
            } else {
                throw ConfigurationError(
                    Self.flag,
                    reason:
                        "\"\(text)\" is no address, no block of them (10.0.0.0/8, fd00::/8; no bits may be set behind those shared), and not 'unix'"
                )
            }
        }
    }

    /// Whether the other side of a connection is such a proxy.
    ///
    /// - Parameter address: nil where the system does not tell it any more.
    func contains(_ address: SocketAddress?) -> Bool {
        guard let address else { return false }
        guard case .unix = address.endpoint else { return holds(address) }
        return isForFiles
    }

    private func holds(_ address: SocketAddress) -> Bool {
        blocks.contains { $0.contains(address) }
    }

    /// For whom such a proxy passes on a request: of the addresses that it and those before it name,
    /// each of whom it heard from, the last that is no such proxy's. What stands before that anybody
    /// may have written. Where a word is no address the one behind it is taken; nil where none is
    /// named.
    ///
    /// - Parameter values: of the fields `X-Forwarded-For`, in their order.
    /// - Complexity: O(*n*)
    func client(named values: [ArraySlice<UInt8>]) -> SocketAddress? {
        var found: SocketAddress?
        for value in values.reversed() {
            let words = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            for word in words.reversed() {
                guard let address = Self.address(word.trimmingBlanks) else { return found }
                found = address
                guard holds(address) else { return address }
            }
        }
        return found
    }

    /// The address that a word is, with a port behind it or without.
    private static func address(_ word: ArraySlice<UInt8>) -> SocketAddress? {
        guard word.count <= wordByteCountMax, word.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let text = String(decoding: word, as: UTF8.self)
        if let address = SocketAddress(host: text[...]) { return address }
        if text.hasPrefix("["), text.hasSuffix("]") {
            return SocketAddress(host: text.dropFirst().dropLast())
        }
        do { return try Endpoint(parsing: text).numericAddress.flatMap(internet) } catch {
            return nil
        }
    }

    private static func internet(_ address: SocketAddress) -> SocketAddress? {
        address.bits == nil ? nil : address
    }
}
