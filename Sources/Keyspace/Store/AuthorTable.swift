internal import Bytes

/// Names an author within one state: versions hold the number, not the name.
struct AuthorID: Hashable, Sendable {
    /// The author's place, from 1; zero is nobody.
    let rawValue: UInt32

    static let nobody = AuthorID(rawValue: 0)
}

/// Everybody who ever wrote a version, in the order of their first. Never forgotten: there are as
/// many as there were ever users.
struct AuthorTable: Sendable {
    private(set) var names: [[UInt8]] = []
    private var ids = SortedMap<Name, AuthorID>()
    /// Over every name with its number.
    private(set) var hash = StateHash()

    private struct Name: Comparable, Sendable {
        let bytes: [UInt8]

        static func < (left: Name, right: Name) -> Bool {
            left.bytes.lexicographicallyPrecedes(right.bytes)
        }
    }

    init() {}

    /// The author's number; a new name gets the next.
    ///
    /// - Parameter name: empty for nobody.
    /// - Complexity: O(log *n*)
    mutating func id(of name: [UInt8]) -> AuthorID {
        guard !name.isEmpty else { return .nobody }
        if let id = ids[Name(bytes: name)] { return id }
        // One id is left over for nobody; without any, versions say so rather than a wrong name.
        guard names.count < Int(UInt32.max) else { return .nobody }
        let id = AuthorID(rawValue: UInt32(names.count + 1))
        names.append(name)
        ids.insert(id, for: Name(bytes: name))
        var item = StableHash(seed: StoreHashSeed.author)
        item.combine(UInt64(id.rawValue))
        item.combine(name.span)
        hash.add(item)
        return id
    }

    /// The author's name; empty for nobody.
    func name(of id: AuthorID) -> [UInt8] {
        guard id.rawValue > 0, id.rawValue <= names.count else { return [] }
        return names[Int(id.rawValue) - 1]
    }
}
