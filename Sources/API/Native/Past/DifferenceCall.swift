internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/kv/PATH?diff=REV`: what differs at and below a path between a revision and another, or
/// now.
struct DifferenceCall: FreshRead {
    private static let pageByteCountMax = 4 << 20

    let root: Key
    private let base: ChangeBase
    /// nil is now.
    private let revision: Revision?
    private let after: Key?
    private let limit: Int
    private let keys: KeyForm
    let freshness: Freshness

    init(
        _ root: Key,
        parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) {
        self.root = root
        base = try ChangeBase("diff", parameters: &parameters)
        revision = try parameters.pastRevision("revision")
        after = try parameters.key("after")
        limit = try parameters.limit()
        keys = try KeyForm(ofListing: &parameters)
        freshness = try Freshness(&parameters, options: options)
        if let after, !KeyRange.subtree(root).contains(after) {
            throw .parameter("after", fault: "is no key at or below the path")
        }
        if case .beforeNewest = base, revision != nil {
            throw .parameter("revision", fault: "needs a revision in \"diff\" to compare it with")
        }
    }

    func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        let store = keyspace.store
        let range = KeyRange.subtree(root)
        let from = try base.revision(of: range, in: store)
        let to = revision ?? store.revision
        let page: DifferencePage
        do {
            page = try store.differences(
                in: range,
                from: from,
                to: to,
                after: after,
                limit: .init(itemCount: limit, byteCount: Self.pageByteCountMax)
            )
        } catch { throw Problem(error) }
        var response = response(page, from: from, to: to, in: keyspace)
        if revision == nil, after == nil, let tag = try? store.tag(of: range) {
            response.appendTag(tag)
        }
        return .respond(response)
    }

    private func response(
        _ page: DifferencePage,
        from: Revision,
        to: Revision,
        in keyspace: borrowing Keyspace
    ) -> HTTPResponse {
        let next = page.next.map { address(after: $0, from: from, to: to) }
        var json = JSONWriter()
        json.beginObject()
        json.member("from", number: from.rawValue)
        json.member("to", number: to.rawValue)
        json.name("items")
        json.beginArray()
        for item in page.items {
            json.beginObject()
            json.key(item.key)
            for (name, record) in [("before", item.before), ("after", item.after)]
                as [(StaticString, KeyRecord?)]
            {
                json.name(name)
                if let record { keys.write(record, in: keyspace, to: &json) } else { json.null() }
            }
            json.endObject()
        }
        json.endArray()
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }

    private func address(after: Key, from: Revision, to: Revision) -> [UInt8] {
        var url = [UInt8]("/v1/kv")
        PercentEncoding.append(path: root.bytes, to: &url)
        url.append("?diff=")
        url.append(decimal: from.rawValue)
        url.append("&revision=")
        url.append(decimal: to.rawValue)
        keys.append(to: &url)
        url.append("&limit=")
        url.append(decimal: UInt64(limit))
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&after=")
        PercentEncoding.append(component: after.bytes, to: &url)
        return url
    }
}
