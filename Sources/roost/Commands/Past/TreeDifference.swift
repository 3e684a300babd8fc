internal import Bytes
internal import RoostClient
internal import Wire

/// What differs at and below a path between two revisions, as the service tells it.
struct TreeDifference {
    /// A key whose values differ.
    struct Item {
        let key: [UInt8]
        /// Key objects, nil where there is no key.
        let before: JSONValue?
        let after: JSONValue?
    }

    let from: UInt64
    let to: UInt64
    /// The tree's tag at `to`, where that is now; with its quotes.
    let tag: [UInt8]?
    private(set) var items: [Item]

    /// Asks for all of it.
    ///
    /// - Parameters:
    ///   - from: nil is right before the newest change there.
    ///   - to: nil is now.
    init(
        of path: [UInt8],
        from: UInt64?,
        to: UInt64? = nil,
        service: Service
    ) throws(Failure) {
        var call = Call.read(Call.path(ofKey: path))
        if let from { call.add("diff", value: from) } else { call.add("diff") }
        if let to { call.add("revision", value: to) }
        call.add("meta")
        let first = try service.read(call)
        tag = first.headers["etag"].map(Array.init)
        guard let json = first.json, let from = json["from"]?.whole, let to = json["to"]?.whole
        else { throw .answer(first) }
        self.from = from
        self.to = to
        var page = try JoinedListing(page: first, member: "items")
        items = page.items.compactMap(Item.init)
        while let next = page.next {
            page = try JoinedListing(page: service.read(.read(next)), member: "items")
            items += page.items.compactMap(Item.init)
        }
    }

    /// As if it had come on one page.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("from", number: from)
        writer.member("to", number: to)
        writer.name("items")
        writer.beginArray()
        for item in items {
            writer.beginObject()
            writer.append(key: item.key)
            writer.name("before")
            writer.value(item.before ?? .null)
            writer.name("after")
            writer.value(item.after ?? .null)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.output
    }

    /// The lines of all keys, for people.
    var lines: [DifferenceText.Line] {
        items.flatMap { item in
            DifferenceText.lines(
                of: item.key,
                from: item.before?.valueBytes,
                at: "revision \(item.before?["mod_revision"]?.whole ?? from)",
                to: item.after?.valueBytes,
                at: "revision \(item.after?["mod_revision"]?.whole ?? to)"
            )
        }
    }
}

extension TreeDifference.Item {
    /// Nil for what names no key.
    fileprivate init?(_ json: JSONValue) {
        guard let key = json.key else { return nil }
        self.key = key
        before = json["before"].flatMap { $0 == .null ? nil : $0 }
        after = json["after"].flatMap { $0 == .null ? nil : $0 }
    }
}
