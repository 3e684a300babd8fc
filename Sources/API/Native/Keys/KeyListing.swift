internal import Bytes
internal import Keyspace
internal import Wire

/// The listings of keys: what lies directly below a path, a subtree, or a range of any keys; as
/// pages of one revision, as a stream of lines, as a tree, or counted.
struct KeyListing: WaitingRead {
    enum Subject {
        case children(of: Key)
        case range(KeyRange)
    }

    private enum Form {
        case items(limit: Int?)
        case lines
        case tree(root: Key)
        case count
    }

    /// Bytes of keys and values after which a page ends.
    private static let pageByteCountMax = 4 << 20
    private static let defaultLimit = 1000
    private static let treeKeyCountMax = 10_000
    /// The most keys of a past revision that are walked over for the tag of a page, unless a
    /// condition asks for it: some milliseconds.
    private static let taggedKeyCountMax: UInt64 = 50_000

    private let subject: Subject

    /// Every key that may be told of.
    var range: KeyRange {
        switch subject {
        case .children(let parent): .subtree(parent)
        case .range(let range): range
        }
    }

    private let form: Form
    private let keys: KeyForm
    private let after: Key?
    private let revision: Revision?
    let freshness: Freshness
    private var patience: Patience?
    private let conditions: Conditions
    /// What the address of each page begins with.
    private let address: [UInt8]
    /// The stream of lines, once it began.
    private var lines: KeyLines?

    /// - Parameter address: that of the listing with its first parameter, for links to further
    ///   pages.
    init(
        _ subject: Subject,
        address: [UInt8],
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.subject = subject
        self.address = address
        revision = try parameters.pastRevision("revision")
        freshness = try Freshness(&parameters, options: options)
        switch subject {
        case .children:
            try Conditions.expectNone(request)
            conditions = .none
            after = try parameters.path("after")
            form = .items(limit: try parameters.limitIfGiven())
            if try parameters.text("format") != nil {
                throw .parameter("format", fault: "needs recursive")
            }
        case .range(let range):
            conditions = try Conditions(request)
            patience = try Patience(&parameters, reading: revision, now: now)
            let form = try Self.form(of: range, request: request, parameters: &parameters)
            after = try Self.after(in: range, form: form, parameters: &parameters)
            self.form = form
        }
        if case .count = form {
            keys = .plain
        } else {
            keys = try KeyForm(ofListing: &parameters)
        }
    }

    private static func form(
        of range: KeyRange,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> Form {
        let format = try parameters.text("format")
        let counts = try parameters.flag("count")
        switch format {
        case nil where counts: return .count
        case nil:
            return WatchForm.Framing(request) == .lines
                ? .lines : .items(limit: try parameters.limitIfGiven())
        case .some(let format) where format.equals("tree"):
            guard case .subtree(let root) = range else {
                throw .parameter("format", fault: "needs a path: /v1/kv/PATH?recursive")
            }
            if counts { throw .parameter("count", fault: "excludes format") }
            return .tree(root: root)
        default: throw .parameter("format", fault: "can only be tree")
        }
    }

    private static func after(
        in range: KeyRange,
        form: Form,
        parameters: inout Parameters
    ) throws(Problem) -> Key? {
        switch form {
        case .tree, .count: return nil
        case .items, .lines: break
        }
        guard let after = try parameters.key("after") else { return nil }
        guard range.contains(after) else {
            throw .parameter("after", fault: "is no key of this listing")
        }
        return after
    }

    /// HEAD of a stream gets its head alone.
    mutating func withholdStream() { withholdsStream = true }

    private var withholdsStream = false

    // MARK: - Looking

    mutating func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        switch subject {
        case .children(let parent):
            return .respond(page(try children(of: parent, in: keyspace.store), in: keyspace))
        case .range(let range):
            if let wake = try patience?.wake(on: range, in: keyspace.store, now: now) {
                return .wait(wake)
            }
            return try answer(about: range, in: keyspace)
        }
    }

    private mutating func answer(
        about range: KeyRange,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        if !conditions.areNone {
            let tag = try keyspace.store.entityTag(of: range, at: revision)
            switch conditions.verdict(on: tag.text) {
            case .failed: throw .conditionFailed(current: tag)
            case .unmodified:
                var response = HTTPResponse(status: 304)
                response.append(tag)
                return .respond(response)
            case .met: break
            }
        }
        var response: HTTPResponse
        var tag: TreeWrite.Tag?
        switch form {
        case .count:
            let found = try keyspace.store.entityTag(of: range, at: revision)
            response = .count(found, at: revision ?? keyspace.store.revision)
            tag = found
        case .tree(let root):
            let listing = try list(range, limit: Self.treeKeyCountMax, in: keyspace.store)
            response = try NestedJSON.response(listing, root: root, values: keys.values)
            tag = listing.tag
        case .lines: return try stream(range, in: keyspace)
        case .items(let limit):
            let listing = try list(range, limit: limit ?? Self.defaultLimit, in: keyspace.store)
            response = page(listing, in: keyspace)
            tag = try self.tag(of: range, page: listing, in: keyspace.store)
        }
        if let tag { response.append(tag) }
        return .respond(response)
    }

    /// The tag of the whole range with the first page of it; of a past revision only where the page
    /// has everything, or `limit` did not cut it and there are not very many keys.
    private func tag(
        of range: KeyRange,
        page: Listing,
        in store: Store
    ) throws(Problem) -> TreeWrite.Tag? {
        guard after == nil else { return nil }
        if let tag = page.tag { return tag }
        guard revision != nil, conditions.areNone else {
            return try store.entityTag(of: range, at: revision)
        }
        guard case .items(nil) = form else { return nil }
        do {
            return try store.tag(of: range, at: revision, keyCountMax: Self.taggedKeyCountMax)
        } catch { throw Problem(error) }
    }

    private func children(of parent: Key, in store: Store) throws(Problem) -> Listing {
        var limit = Self.defaultLimit
        if case .items(let asked?) = form { limit = asked }
        do {
            return try store.children(
                of: parent,
                after: after,
                limit: .init(itemCount: limit, byteCount: Self.pageByteCountMax),
                content: keys.content,
                at: revision
            )
        } catch { throw Problem(error) }
    }

    private func list(_ range: KeyRange, limit: Int, in store: Store) throws(Problem) -> Listing {
        do {
            return try store.list(
                range,
                after: after,
                limit: .init(itemCount: limit, byteCount: Self.pageByteCountMax),
                content: keys.content,
                at: revision
            )
        } catch { throw Problem(error) }
    }

    // MARK: - Pages

    private func page(_ listing: Listing, in keyspace: borrowing Keyspace) -> HTTPResponse {
        let next = listing.next.map { address(after: $0, at: listing.revision) }
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: listing.revision.rawValue)
        json.name("items")
        json.beginArray()
        for item in listing.items { keys.write(item, in: keyspace, to: &json) }
        json.endArray()
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }

    /// The next page's URL, pinned to the revision of this one.
    private func address(after: Key, at revision: Revision) -> [UInt8] {
        var url = address
        keys.append(to: &url)
        url.append("&limit=")
        var limit = Self.defaultLimit
        if case .items(let asked?) = form { limit = asked }
        url.append(decimal: UInt64(limit))
        url.append("&revision=")
        url.append(decimal: revision.rawValue)
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&after=")
        PercentEncoding.append(component: after.bytes, to: &url)
        return url
    }

    // MARK: - Lines

    private mutating func stream(
        _ range: KeyRange,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        var head = WatchForm.Framing.lines.head
        head.append(try keyspace.store.entityTag(of: range, at: revision))
        if withholdsStream {
            return .respond(HTTPResponse(status: head.status, headers: head.headers))
        }
        lines = KeyLines(
            range,
            after: after,
            revision: revision ?? keyspace.store.revision,
            form: keys
        )
        return .stream(head)
    }

    /// The next lines of the stream.
    mutating func nextChunk(_ keyspace: Keyspace) -> NativePiece {
        lines?.nextChunk(keyspace) ?? .end([])
    }
}

extension Parameters {
    /// The most items of a page, if it is said.
    fileprivate mutating func limitIfGiven() throws(Problem) -> Int? {
        guard try has("limit") else { return nil }
        return try limit()
    }
}

extension Listing {
    /// The state of the range, where all of it was read; nil where there is more.
    fileprivate var tag: TreeWrite.Tag? {
        guard next == nil else { return nil }
        let revisions = items.compactMap { $0.record?.modRevision }
        return TreeWrite.Tag(
            modRevision: revisions.max() ?? .zero,
            keyCount: UInt64(revisions.count)
        )
    }
}

extension Store {
    /// The range's tag, as a problem where its revision cannot be read.
    fileprivate func entityTag(
        of range: KeyRange,
        at revision: Revision?
    ) throws(Problem) -> TreeWrite.Tag {
        do { return try tag(of: range, at: revision) } catch { throw Problem(error) }
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

    /// The state of a range of keys as the entity tag of what may be asked for again.
    mutating func append(_ tag: TreeWrite.Tag) {
        appendTag(tag)
        headers.append("Cache-Control", value: "no-cache")
    }

    fileprivate static func count(_ tag: TreeWrite.Tag, at revision: Revision) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: revision.rawValue)
        json.member("count", number: tag.keyCount)
        json.endObject()
        return .json(json)
    }
}
