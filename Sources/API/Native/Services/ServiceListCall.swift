internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/services`: the services that have instances, with how many of them are healthy.
struct ServiceListCall: WaitingRead {
    /// Instances that one page looks at; it may end sooner than its limit.
    private static let instanceCountMax = 10_000

    /// Every key that may be told of.
    static let range = KeyRange.subtree(RegisteredService.root)

    private let after: Key?
    private let limit: Int
    let freshness: Freshness
    private var patience: Patience?

    init(
        _ parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        freshness = try Freshness(&parameters, options: options)
        patience = try Patience(&parameters, reading: nil, now: now)
        if let name = try parameters.text("after") {
            after = try RegisteredService(name).key
        } else {
            after = nil
        }
        limit = try parameters.limit()
    }

    mutating func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        let store = keyspace.store
        if let wake = try patience?.wake(on: Self.range, in: store, now: now) {
            return .wait(wake)
        }
        let listing: Listing
        do {
            listing = try store.children(
                of: RegisteredService.root,
                after: after,
                limit: .init(itemCount: limit, byteCount: .max),
                content: .keys
            )
        } catch { throw Problem(error) }
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: store.revision.rawValue)
        json.name("services")
        json.beginArray()
        var room = Self.instanceCountMax
        var last: RegisteredService?
        var isCut = listing.next != nil
        for item in listing.items {
            guard let service = RegisteredService(keptAt: item.key) else { continue }
            guard room > 0 else {
                isCut = true
                break
            }
            room -= Int(clamping: item.childCount)
            last = service
            write(service, to: &json, store: store)
        }
        json.endArray()
        let next = isCut ? last.map { address(after: $0) } : nil
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return .respond(response)
    }

    private func write(_ service: RegisteredService, to json: inout JSONWriter, store: Store) {
        let page = InstancePage(
            of: service,
            after: nil,
            limit: Self.instanceCountMax,
            in: store
        )
        guard !page.instances.isEmpty else { return }
        let tags = Set(page.instances.flatMap(\.instance.tags))
        json.beginObject()
        json.member("name", string: service.bytes)
        json.member("instances", number: UInt64(page.instances.count))
        json.member(
            "healthy",
            number: UInt64(page.instances.count { $0.health.isHealthy })
        )
        json.name("tags")
        json.beginArray()
        for tag in tags.sorted(by: { $0.lexicographicallyPrecedes($1) }) { json.string(tag) }
        json.endArray()
        json.endObject()
    }

    private func address(after service: RegisteredService) -> [UInt8] {
        var url = [UInt8]("/v1/services?limit=")
        url.append(decimal: UInt64(limit))
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&after=")
        PercentEncoding.append(component: service.bytes, to: &url)
        return url
    }
}
