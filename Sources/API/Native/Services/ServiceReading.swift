internal import Keyspace
internal import Wire

/// An instance with its health, as the store has it.
struct KnownInstance {
    let id: InstanceID
    let instance: ServiceInstance
    let health: InstanceHealth
    private let lease: LeaseID?
    /// The revision of what was registered or reported last.
    private let revision: Revision

    /// Nil where there is none, or none that can be understood.
    ///
    /// - Complexity: O(log *n*)
    init?(_ id: InstanceID, of service: RegisteredService, in store: Store) {
        guard let record = store.get(service.key(of: id)) else { return nil }
        self.init(id, record: record, of: service, in: store)
    }

    fileprivate init?(
        _ id: InstanceID,
        record: KeyRecord,
        of service: RegisteredService,
        in store: Store
    ) {
        guard let instance = ServiceInstance(recordedAs: record.value) else { return nil }
        self.id = id
        self.instance = instance
        let report = store.get(service.healthKey(of: id))
        health = InstanceHealth(of: instance, report: report)
        lease = record.lease
        revision = max(record.modRevision, report?.modRevision ?? .zero)
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", string: id.bytes)
        instance.writeMembers(to: &json)
        health.writeMembers(to: &json)
        json.member("healthy", bool: health.isHealthy)
        if let lease { json.member("lease", string: lease.text) }
        json.member("mod_revision", number: revision.rawValue)
        json.endObject()
    }
}

/// Which instances are asked for: `healthy`, and `tag`, of which each has to be there.
struct InstanceFilter {
    private enum Health {
        case any
        case healthy
    }

    private let health: Health
    private let tags: [[UInt8]]

    /// Takes both.
    init(_ parameters: inout Parameters) throws(Problem) {
        health = try parameters.flag("healthy") ? .healthy : .any
        tags = parameters.texts("tag")
    }

    func selects(_ known: KnownInstance) -> Bool {
        (health == .any || known.health.isHealthy)
            && tags.allSatisfy { known.instance.tags.contains($0) }
    }

    /// Appends what `next` has to repeat.
    func append(to url: inout [UInt8]) {
        if health == .healthy { url.append("&healthy") }
        for tag in tags {
            url.append("&tag=")
            PercentEncoding.append(component: tag, to: &url)
        }
    }
}

/// Some of the instances of a service, in the order of their ids.
struct InstancePage {
    private(set) var instances: [KnownInstance] = []
    /// The key after which the next page begins; nil on the last.
    let next: Key?

    /// - Parameter limit: how many keys it looks at.
    /// - Complexity: O(limit · log *n*)
    init(of service: RegisteredService, after: Key?, limit: Int, in store: Store) {
        let listing = try? store.children(
            of: service.key,
            after: after,
            limit: .init(itemCount: limit, byteCount: 4 << 20)
        )
        for item in listing?.items ?? [] {
            guard let record = item.record, let id = service.instance(of: item.key),
                let known = KnownInstance(id, record: record, of: service, in: store)
            else { continue }
            instances.append(known)
        }
        next = listing?.next
    }
}
