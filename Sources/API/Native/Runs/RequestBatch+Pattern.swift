package import Wire

extension RequestBatch {
    /// What the paths of keys begin with.
    private static let prefix: StaticString = "/v1/kv"

    /// The query of a read of what the member has.
    private static let staleQuery = Array("consistency=stale".utf8)

    /// Fields that change nothing of what a read or a put of a key does. One that is not named here
    /// may, now or later: requests that have it are looked at one by one, those of browsers among
    /// them, whose `Origin` and `Sec-Fetch-Site` decide. The host is a part of the pattern, so what
    /// it was admitted under once is what it is asked under again.
    private static let indifferentFields: [StaticString] = [
        "host", "user-agent", "accept", "accept-encoding", "accept-language", "content-type",
        "content-length", "connection",
    ]

    /// What later requests have to look like to go into runs, learned from one that was parsed; nil
    /// if this one says more than a key and a value.
    ///
    /// - Parameter raw: the bytes that were parsed for it.
    package static func pattern(
        of request: HTTPRequest,
        in raw: Span<UInt8>,
        through door: ListenerKind,
        member: MemberView
    ) -> (kind: Kind, pattern: RequestTemplate)? {
        guard door.calls == .every, let kind = kind(of: request),
            request.headers.hasOnly(indifferentFields),
            (try? HostCheck.admit(request, through: door, member: member)) != nil,
            let pattern = RequestTemplate(of: request, under: prefix, in: raw)
        else { return nil }
        return (kind, pattern)
    }

    private static func kind(of request: HTTPRequest) -> Kind? {
        switch (request.method, request.rawQuery) {
        case (.get, let query) where request.header("content-length") == nil:
            guard let query else { return .reads }
            return query.elementsEqual(staleQuery) ? .staleReads : nil
        case (.put, nil): return .puts
        default: return nil
        }
    }
}
