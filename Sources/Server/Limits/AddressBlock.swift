internal import Platform

/// Neighbouring addresses of the internet: one, or those that share their first bits (RFC 4632, 3.1;
/// RFC 4291, 2.3).
struct AddressBlock: Hashable {
    private static let bitCount: UInt8 = 128
    /// What stands before an IPv4 address in its 128 bits.
    private static let mappedBitCount: UInt8 = 96

    private let first: UInt128
    private let mask: UInt128

    /// - Parameter text: an address, or one with `/` and how many of its bits are shared; nil for
    ///   anything else, and where bits behind those are set.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = SocketAddress(host: parts[0]), let bits = address.bits else {
            return nil
        }
        var sharedCount = Self.bitCount
        if parts.count > 1 {
            let offset = parts[0].utf8.contains(UInt8(ascii: ":")) ? 0 : Self.mappedBitCount
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = UInt8(parts[1]), count <= Self.bitCount - offset
            else { return nil }
            sharedCount = count + offset
        }
        mask = sharedCount == 0 ? 0 : UInt128.max << (Self.bitCount - sharedCount)
        first = bits
        guard bits & ~mask == 0 else { return nil }
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let bits = address.bits else { return false }
        return bits & mask == first
    }
}
