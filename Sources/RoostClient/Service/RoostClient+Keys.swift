internal import Bytes
internal import Wire

extension RoostClient {
    // MARK: - Reads

    /// The key as it is now, linearizable; nil where there is none.
    public func get(_ key: RoostKey) async throws(RoostError) -> KeyValue? {
        try await get(key, revision: nil)
    }

    /// The key as it was at a revision; nil where there was none.
    ///
    /// - Throws: `compacted` when that is forgotten.
    public func get(
        _ key: RoostKey,
        revision: UInt64?
    ) async throws(RoostError) -> KeyValue? {
        var call = Call.read(Self.address(of: key))
        if let revision { call.add("revision", value: revision) }
        let reply = try await answer(to: call)
        switch reply.status {
        case 404: return nil
        case 410: throw .compacted(revision: revision ?? 0)
        default:
            guard reply.isSuccess else { throw .refused(ServiceRefusal(reply)) }
            guard let value = reply.json.flatMap(KeyValue.init) else {
                throw .malformedAnswer(why: "\(reply.endpoint) answers no key")
            }
            return value
        }
    }

    /// All keys of a scope at one revision, in byte order; asked for in pages, which one revision
    /// binds together.
    public func list(
        _ scope: KeyScope,
        options: ListOptions = ListOptions()
    ) async throws(RoostError) -> ListedKeys {
        if case .key(let key) = scope {
            let item = try await get(key, revision: options.revision)
            let items = item.map { [$0] } ?? []
            return ListedKeys(
                revision: options.revision ?? item?.modRevision ?? 0,
                items: items,
                isCutOff: false
            )
        }
        var items: [KeyValue] = []
        var revision: UInt64 = 0
        var next: Call? = Self.listing(of: scope, options: options)
        while let call = next, items.count < options.limit ?? .max {
            let page = try await json(of: call)
            guard let pageItems = page["items"]?.array, let told = page["revision"]?.whole else {
                throw .malformedAnswer(why: "a listing has no items")
            }
            revision = told
            items += pageItems.compactMap(KeyValue.init)
            next = page["next"]?.string.map(Call.read)
        }
        let isCutOff = next != nil || items.count > options.limit ?? .max
        return ListedKeys(
            revision: revision,
            items: Array(items.prefix(options.limit ?? .max)),
            isCutOff: isCutOff
        )
    }

    // MARK: - Writes

    /// Makes these bytes the key's value.
    ///
    /// - Throws: `refused` with status 412, and the key as it is, where the condition does not hold.
    @discardableResult
    public func put(
        _ key: RoostKey,
        bytes: [UInt8],
        options: WriteOptions = WriteOptions()
    ) async throws(RoostError) -> WriteReceipt {
        var call = Call.write(
            .put,
            path: Self.address(of: key),
            body: bytes,
            key: try Self.freshKey()
        )
        try options.apply(to: &call)
        guard let receipt = WriteReceipt(try await json(of: call)) else {
            throw .malformedAnswer(why: "a write has no revision")
        }
        return receipt
    }

    /// Makes this text, in UTF-8, the key's value.
    @discardableResult
    public func put(
        _ key: RoostKey,
        text: String,
        options: WriteOptions = WriteOptions()
    ) async throws(RoostError) -> WriteReceipt {
        try await put(key, bytes: Array(text.utf8), options: options)
    }

    /// Deletes what is in a scope, as one change; how many keys that were.
    ///
    /// - Parameters:
    ///   - scope: which keys.
    ///   - options: a condition is for one key and for a subtree, not for a prefix.
    @discardableResult
    public func delete(
        _ scope: KeyScope,
        options: WriteOptions = WriteOptions()
    ) async throws(RoostError) -> UInt64 {
        let path =
            switch scope {
            case .key(let key): Self.address(of: key)
            case .subtree(let key): Call.path(ofKey: key.bytes) + Array("?recursive".utf8)
            case .prefix(let key): Self.address(of: key, named: "prefix")
            }
        var call = Call.write(.delete, path: path, key: try Self.freshKey())
        try options.apply(to: &call)
        let reply = try await answer(to: call)
        if reply.status == 404 { return 0 }
        guard reply.isSuccess else { throw .refused(ServiceRefusal(reply)) }
        return reply.json?["deleted"]?.whole ?? 0
    }

    // MARK: - Addresses

    static func address(of key: RoostKey, named name: StaticString = "key") -> [UInt8] {
        var call = Call.read(Array("/v1/kv".utf8))
        call.add(name, value: key.bytes)
        return call.target
    }

    private static func listing(of scope: KeyScope, options: ListOptions) -> Call {
        var call =
            switch scope {
            case .key(let key): Call.read(address(of: key))
            case .prefix(let key): Call.read(address(of: key, named: "prefix"))
            case .subtree(let key):
                Call.read(Call.path(ofKey: key.bytes) + Array("?recursive".utf8))
            }
        if options.content == .keysAlone { call.add("keys") }
        if let limit = options.limit {
            call.add("limit", value: UInt64(max(1, min(limit, 10_000))))
        }
        if let revision = options.revision { call.add("revision", value: revision) }
        return call
    }
}
