internal import RoostClient
internal import Wire

/// The items of a listing, pages joined.
struct JoinedListing: Sendable {
    /// The most items that the service puts on a page.
    static let pageItemCountMax: UInt64 = 10_000

    private(set) var items: [JSONValue]
    /// The path and query of the next page.
    private(set) var next: [UInt8]?
    /// The revision that all pages are of, 0 where the service names none.
    let revision: UInt64
    private let first: JSONObject
    private let member: StaticString

    init(page reply: Response, member: StaticString) throws(Failure) {
        guard let object = reply.json?.object, let items = object[member]?.array else {
            throw .answer(reply)
        }
        first = object
        self.member = member
        self.items = items
        revision = object["revision"]?.whole ?? 0
        next = object["next"]?.string
    }

    /// The same with something else in each item's place.
    func map(_ item: (JSONValue) -> JSONValue) -> JoinedListing {
        var listing = self
        listing.items = items.map(item)
        return listing
    }

    mutating func append(_ page: JoinedListing) {
        items += page.items
        next = page.next
    }

    /// How many items the next page may have: nil when `limit` is reached.
    func missing(of limit: UInt64?) -> UInt64? {
        guard let limit else { return Self.pageItemCountMax }
        let count = UInt64(items.count)
        return count < limit ? min(limit - count, Self.pageItemCountMax) : nil
    }

    /// A page's address with another limit in it, so that a listing ends where it was asked to.
    static func target(_ next: [UInt8], limit: UInt64?) -> [UInt8] {
        guard let limit, let query = next.firstIndex(of: UInt8(ascii: "?")) else { return next }
        let name = Array("limit=".utf8)
        let parameters = next[(query + 1)...].split(separator: UInt8(ascii: "&"))
            .map { $0.starts(with: name) ? name + Array(String(limit).utf8) : Array($0) }
        return Array(next[...query] + parameters.joined(separator: [UInt8(ascii: "&")]))
    }

    /// The HTTP object, as if it had been one page.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for entry in first.members {
            writer.name(bytes: entry.name)
            if entry.name.equals(member) {
                writer.value(.array(items))
            } else if entry.name.equals("next") {
                writer.value(next.map(JSONValue.string) ?? .null)
            } else {
                writer.value(entry.value)
            }
        }
        writer.endObject()
        return writer.output
    }
}
