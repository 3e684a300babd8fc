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
    private struct Author: Sendable {
        let signature: Signature
        let marks: VersionMarks
    }

    private var authors: [Author] = []
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
        guard authors.count < Int(UInt32.max) else { return .nobody }
        let id = AuthorID(rawValue: UInt32(authors.count + 1))
        let signature = Signature(author: name, note: [])
        authors.append(Author(signature: signature, marks: VersionMarks(author: id)))
        ids.insert(id, for: Name(bytes: name))
        var item = StableHash(seed: StoreHashSeed.author)
        item.combine(UInt64(id.rawValue))
        item.combine(name.span)
        hash.add(item)
        return id
    }

    /// The author's number, if the name has one.
    func known(_ name: [UInt8]) -> AuthorID? { ids[Name(bytes: name)] }

    /// How many there are.
    var count: Int { authors.count }

    /// The name of the author at that place, from 0.
    subscript(place: Int) -> [UInt8] { authors[place].signature.author }

    /// What a version by that author is marked with; nil where there is nothing to say.
    func marks(of author: AuthorID, note: [UInt8]) -> VersionMarks? {
        guard note.isEmpty, let known = author.place(among: authors.count) else {
            return .make(author: author, note: note, lease: 0)
        }
        return authors[known].marks
    }

    /// The same in words; nil for neither an author nor a note.
    func signature(_ marks: VersionMarks) -> Signature? {
        let known = marks.author.place(among: authors.count).map { authors[$0].signature }
        guard !marks.note.isEmpty else { return known }
        return Signature(author: known?.author ?? [], note: marks.note)
    }
}

extension AuthorID {
    /// Its place among so many authors; nil for nobody.
    fileprivate func place(among count: Int) -> Int? {
        rawValue > 0 && rawValue <= count ? Int(rawValue) - 1 : nil
    }
}
