/// A page of a listing.
package struct Listing: Hashable, Sendable {
    /// What each item carries.
    package enum Content: UInt8, Hashable, Sendable {
        case keysAndValues = 0
        /// The records' values are left empty, and do not count towards the page's bytes.
        case keys = 1
    }

    /// Where a page ends: whichever comes first, but never before its first item.
    package struct PageLimit: Hashable, Sendable {
        package let itemCount: Int
        /// Bytes of keys and values.
        package let byteCount: Int

        /// Everything at once.
        package static let none = PageLimit(itemCount: .max, byteCount: .max)

        package init(itemCount: Int, byteCount: Int) {
            self.itemCount = itemCount
            self.byteCount = byteCount
        }
    }

    /// A key that has a record, descendants or both, as of `revision`.
    package struct Item: Hashable, Sendable {
        package let key: Key
        /// nil for a parent that only its descendants imply.
        package let record: KeyRecord?
        /// Direct children.
        package let childCount: UInt64
    }

    /// The revision that was read; the next page asks for the same.
    package let revision: Revision
    package fileprivate(set) var items: [Item] = []
    /// The key after which the next page begins; nil on the last.
    package fileprivate(set) var next: Key?

    private let limit: PageLimit
    private let content: Content
    private var byteCount = 0

    init(revision: Revision, limit: PageLimit, content: Content) {
        self.revision = revision
        self.limit = limit
        self.content = content
    }

    /// Whether there is room for one more item; if not, the page ends here with more to come.
    mutating func hasRoom() -> Bool {
        guard let last = items.last else { return true }
        guard items.count < limit.itemCount, byteCount < limit.byteCount else {
            next = last.key
            return false
        }
        return true
    }

    mutating func append(
        _ key: Key,
        version: Version?,
        childCount: UInt64,
        authors: AuthorTable
    ) {
        var version = version
        if content == .keys { version?.value = [] }
        byteCount += key.bytes.count + (version?.value.count ?? 0)
        let record = version?.record(key: key, authors: authors)
        items.append(Item(key: key, record: record, childCount: childCount))
    }
}
