/// Which DNS name of a member's certificate says which member it is of.
package struct MemberNamePattern: Hashable, Sendable {
    /// The zone of members' names; it is nobody's on the internet, and never looked up.
    private static let zone = Array(".roost".utf8)

    private let before: [UInt8]
    /// Behind the member's name; nil where all members have the same.
    private let after: [UInt8]?

    /// Takes a host name in which at most one `*` stands for a member's name.
    package init?(parsing text: String) {
        let bytes = Array(text.lowercased().utf8)
        let parts = bytes.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        let isPlain = bytes.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPlain, (1...253).contains(bytes.count), parts.count <= 2 else { return nil }
        before = Array(parts[0])
        after = parts.count == 2 ? Array(parts[1]) : nil
    }

    private init(after: [UInt8]) {
        before = []
        self.after = after
    }

    /// `*.CLUSTER.roost`, with the cluster that a member's own certificate names; nil where it names
    /// none.
    ///
    /// - Parameter hosts: the certificate's, in lower case.
    package init?(cluster hosts: [[UInt8]], of name: [UInt8]) {
        let before = Self.lowercased(name) + [UInt8(ascii: ".")]
        for host in hosts where host.starts(with: before) {
            let rest = host.dropFirst(before.count)
            let label = rest.dropLast(Self.zone.count)
            let isCluster = rest.suffix(Self.zone.count).elementsEqual(Self.zone) && !label.isEmpty
            guard isCluster, !label.contains(UInt8(ascii: ".")) else { continue }
            self.init(after: [UInt8(ascii: ".")] + rest)
            return
        }
        return nil
    }

    /// The name that the certificate of a member carries.
    package func host(of name: [UInt8]) -> [UInt8] {
        guard let after else { return before }
        return before + Self.lowercased(name) + after
    }

    private static func lowercased(_ name: [UInt8]) -> [UInt8] {
        name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
