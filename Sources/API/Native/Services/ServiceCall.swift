internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/services/NAME` and `/v1/services/NAME/ID`: the instances of a service, now or when one
/// of them changes, as JSON or as what other programs read.
struct ServiceCall: WaitingRead {
    private enum Subject {
        case instances(after: Key?, limit: Int)
        /// All of them in a format.
        case formatted(ServiceFormat)
        case instance(InstanceID)
    }

    /// The most instances that a format has.
    private static let formattedCountMax = 10_000

    let service: RegisteredService
    private let subject: Subject
    private let filter: InstanceFilter
    let freshness: Freshness
    private var patience: Patience?

    /// Every key that may be told of.
    var range: KeyRange {
        if case .instance(let id) = subject {
            .subtree(service.key(of: id))
        } else {
            .subtree(service.key)
        }
    }

    init(
        _ service: RegisteredService,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.service = service
        filter = try InstanceFilter(&parameters)
        freshness = try Freshness(&parameters, options: options)
        patience = try Patience(&parameters, reading: nil, now: now)
        if let format = try ServiceFormat(&parameters) {
            subject = .formatted(format)
        } else {
            let after = try parameters.segment("after")
            subject = .instances(
                after: after.map { service.key.below($0) },
                limit: try parameters.limit()
            )
        }
    }

    init(
        _ service: RegisteredService,
        id: InstanceID,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.service = service
        subject = .instance(id)
        var none = parameters
        filter = try InstanceFilter(&none)
        freshness = try Freshness(&parameters, options: options)
        patience = try Patience(&parameters, reading: nil, now: now)
    }

    mutating func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        let store = keyspace.store
        let range = range
        if let wake = try patience?.wake(on: range, in: store, now: now) { return .wait(wake) }
        switch subject {
        case .instance(let id):
            guard let known = KnownInstance(id, of: service, in: store) else {
                throw .notFound(
                    "instance",
                    detail:
                        "The service \(text(service.bytes)) has no instance \(text(id.bytes))."
                )
            }
            var json = JSONWriter()
            known.write(to: &json)
            return .respond(.json(json))
        case .instances(let after, let limit):
            let page = InstancePage(of: service, after: after, limit: limit, in: store)
            return .respond(listing(page, limit: limit, at: store.revision))
        case .formatted(let format):
            let page = InstancePage(
                of: service,
                after: nil,
                limit: Self.formattedCountMax,
                in: store
            )
            guard page.next == nil else {
                throw Problem(
                    .tooLarge,
                    "The service has more than \(Self.formattedCountMax) instances, or more than 4 MiB of them; read them in pages, as JSON."
                )
            }
            let selected = page.instances.filter(filter.selects)
            return .respond(format.response(selected, of: service))
        }
    }

    private func listing(
        _ page: InstancePage,
        limit: Int,
        at revision: Revision
    ) -> HTTPResponse {
        let next = page.next.map { address(after: $0, limit: limit) }
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: service.bytes)
        json.member("revision", number: revision.rawValue)
        json.name("instances")
        json.beginArray()
        for known in page.instances where filter.selects(known) { known.write(to: &json) }
        json.endArray()
        json.next(next)
        json.endObject()
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }

    private func address(after key: Key, limit: Int) -> [UInt8] {
        var url = [UInt8]("/v1/services/")
        PercentEncoding.append(component: service.bytes, to: &url)
        url.append("?limit=")
        url.append(decimal: UInt64(limit))
        filter.append(to: &url)
        if !freshness.isLinearizable { url.append("&consistency=stale") }
        url.append("&after=")
        PercentEncoding.append(component: key.name, to: &url)
        return url
    }
}

extension Parameters {
    /// One segment of a key.
    mutating func segment(_ name: StaticString) throws(Problem) -> [UInt8]? {
        guard let text = try text(name) else { return nil }
        guard Contest.isValid(name: text), !text.contains(UInt8(ascii: "/")) else {
            throw .parameter(name, fault: "is no name that a page ends with")
        }
        return text
    }
}

extension Key {
    /// The key one level down by that segment, which must be a valid one.
    func below(_ segment: [UInt8]) -> Key { Key(unchecked: bytes + [UInt8(ascii: "/")] + segment) }

    /// The last segment.
    var name: ArraySlice<UInt8> {
        bytes[(bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1).advanced(by: 1)...]
    }
}
