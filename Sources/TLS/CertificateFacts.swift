internal import COpenSSL

/// What a certificate says of its holder, as far as Roost looks at it.
///
/// Names are bytes and compared as such. One that holds what no name may, a zero or a blank, is
/// left out: it could pass for another.
package struct CertificateFacts: Hashable, Sendable {
    /// The subject's common name in UTF-8; nil when there is none, or more than one.
    package let commonName: [UInt8]?
    /// Names of hosts among the further names, in lower case, in order.
    package let hosts: [[UInt8]]
    /// URIs among the further names, in order.
    package let locators: [[UInt8]]
    /// Seconds since 1970 at which it ends; nil if that can't be read.
    package let endsAtUnixSeconds: Int64?

    /// A longer name is left out.
    private static let nameByteCountMax = 512
    /// Further names beyond so many are left out.
    private static let nameCountMax = 1_000

    init(_ certificate: OpaquePointer) {
        commonName = unsafe Self.commonName(of: certificate)
        var hosts: [[UInt8]] = []
        var locators: [[UInt8]] = []
        if let names = unsafe roost_tls_other_names(certificate) {
            for place in 0..<min(unsafe roost_tls_name_count(names), Int32(Self.nameCountMax)) {
                var kind: Int32 = 0
                var count: Int32 = 0
                let text = unsafe roost_tls_name(names, place, &kind, &count)
                guard let name = unsafe Self.visible(text, count: count) else { continue }
                if kind == GEN_DNS {
                    hosts.append(name.map(Self.lowercased))
                } else {
                    locators.append(name)
                }
            }
            unsafe GENERAL_NAMES_free(names)
        }
        self.hosts = hosts
        self.locators = locators
        let end = unsafe roost_tls_end(certificate)
        endsAtUnixSeconds = end < 0 ? nil : end
        ERR_clear_error()
    }

    private static func commonName(of certificate: OpaquePointer) -> [UInt8]? {
        var text: UnsafeMutablePointer<UInt8>?
        let count = unsafe roost_tls_common_name(certificate, &text)
        guard count >= 0, let text = unsafe text else { return nil }
        defer { unsafe CRYPTO_free(text, nil, 0) }
        guard (1...nameByteCountMax).contains(Int(count)) else { return nil }
        let name = unsafe [UInt8](UnsafeBufferPointer(start: text, count: Int(count)))
        let isPlain = name.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        return isPlain && String(validating: name, as: UTF8.self) != nil ? name : nil
    }

    private static func visible(_ text: UnsafePointer<UInt8>?, count: Int32) -> [UInt8]? {
        guard let text = unsafe text, (1...nameByteCountMax).contains(Int(count)) else {
            return nil
        }
        let name = unsafe [UInt8](UnsafeBufferPointer(start: text, count: Int(count)))
        return name.allSatisfy { (0x21...0x7E).contains($0) } ? name : nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
