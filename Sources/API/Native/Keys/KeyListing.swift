internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/kv/PATH?children` and `?recursive`: pages of one revision, or a tree.
struct KeyListing: FreshRead {
    enum Extent {
        case children
        case subtree
    }

    private enum Form {
        case items
        case tree
    }

    /// Bytes of keys and values after which a page ends.
    private static let pageByteCountMax = 4 << 20

    private let root: Key
    private let extent: Extent
    private let form: Form
    private let content: Listing.Content
    private let limit: Int
    private let after: Key?
    private let revision: Revision?
    let freshness: Freshness

    init(
        _ root: Key,
        extent: Extent,
        parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) {
        self.root = root
        self.extent = extent
        content = try parameters.flag("keys") ? .keys : .keysAndValues
        after = try parameters.path("after")
        revision = try parameters.pastRevision("revision")
        freshness = try Freshness(&parameters, options: options)
        let format = try parameters.text("format")
        if format?.equals("tree") == true {
            guard extent == .subtree else { throw .parameter("format", fault: "needs recursive") }
            form = .tree
            limit = 10_000
        } else {
            guard format == nil else { throw .parameter("format", fault: "can only be tree") }
            form = .items
            limit = try parameters.limit()
        }
    }

    func look(at store: Store, now: MonotonicTime) throws(Problem) -> NativeStep {
        let listing = try list(store)
        switch form {
        case .items: return .respond(page(listing))
        case .tree: return .respond(try NestedJSON.response(listing, root: root))
        }
    }

    private func list(_ store: Store) throws(Problem) -> Listing {
        let page = Listing.PageLimit(itemCount: limit, byteCount: Self.pageByteCountMax)
        do {
            switch extent {
            case .children:
                return try store.children(
                    of: root,
                    after: after,
                    limit: page,
                    content: content,
                    at: revision
                )
            case .subtree:
                return try store.list(
                    .subtree(root),
                    after: after,
                    limit: page,
                    content: content,
                    at: revision
                )
            }
        } catch { throw Problem(error) }
    }

    private func page(_ listing: Listing) -> HTTPResponse {
        let next = listing.next.map { address(after: $0, at: listing.revision) }
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: listing.revision.rawValue)
        json.name("items")
        json.beginArray()
        for item in listing.items {
            if let record = item.record {
                json.keyObject(
                    record,
                    content: content == .keys ? .noValue : .everything,
                    childCount: item.childCount
                )
            } else {
                json.beginObject()
                json.key(item.key)
                json.member("children", number: item.childCount)
                json.endObject()
            }
        }
        json.endArray()
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }

    /// The next page's URL, pinned to the revision of this one.
    private func address(after: Key, at revision: Revision) -> [UInt8] {
        var url = [UInt8]("/v1/kv")
        PercentEncoding.append(path: root.bytes, to: &url)
        url.append(extent == .children ? "?children" : "?recursive")
        if content == .keys { url.append("&keys") }
        url.append("&limit=")
        url.append(decimal: UInt64(limit))
        url.append("&revision=")
        url.append(decimal: revision.rawValue)
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&after=")
        PercentEncoding.append(component: after.bytes, to: &url)
        return url
    }
}

extension JSONWriter {
    /// The next page's URL, null on the last.
    mutating func next(_ url: [UInt8]?) {
        name("next")
        if let url { string(url) } else { null() }
    }
}

extension HTTPResponse {
    /// RFC 8288.
    mutating func appendLink(next url: [UInt8]) {
        headers.append("Link", value: [UInt8(ascii: "<")] + url + [UInt8](">; rel=\"next\""))
    }
}
