internal import Bytes

/// The names of a cluster that begins with a backup, and of its members. Whoever is given the same
/// backup, founding list and raise comes to the same, without a word between them; anybody else
/// comes to others, so that no two states ever meet in one cluster.
package struct RestoredCluster: Hashable, Sendable {
    /// A member as the founding list has it.
    package struct Founder: Hashable, Sendable {
        package let name: [UInt8]
        package let address: [UInt8]

        package init(name: [UInt8], address: [UInt8]) {
            self.name = name
            self.address = address
        }
    }

    private static let purpose = Array("roost restored cluster 1".utf8)

    private let digest: [UInt8]

    /// - Parameter backup: the digest of all of it.
    /// - Parameter raise: what is added to its revision.
    /// - Parameter founders: in any order.
    package init(backup: [UInt8], raise: UInt64, founders: [Founder]) {
        var bytes = Self.purpose
        bytes.append(lengthPrefixed: backup)
        bytes.append(littleEndian: raise)
        let sorted = founders.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        bytes.append(varint: UInt64(sorted.count))
        for founder in sorted {
            bytes.append(lengthPrefixed: founder.name)
            bytes.append(lengthPrefixed: founder.address)
        }
        digest = SHA256.digest(bytes)
    }

    /// The cluster's id; never zero.
    package var id: UInt64 { Self.number(digest) }

    /// The id of the member of that name; never zero.
    package func member(named name: [UInt8]) -> UInt64 {
        Self.number(SHA256.digest(digest + name))
    }

    private static func number(_ digest: [UInt8]) -> UInt64 {
        digest.span.littleEndian(UInt64.self, at: 0) | 1
    }
}
