package import Wire

extension RequestBatch {
    /// What the paths of keys begin with.
    private static let prefix: StaticString = "/v1/kv"

    /// The query of a read of what the member has.
    private static let staleQuery = Array("consistency=stale".utf8)

    /// Fields that change nothing of what a read or a put of a key does, and credentials, which name
    /// the principal. Later requests repeat their values byte for byte. So the host is the one that
    /// was admitted, and the principal is the one that was asked who it is.
    ///
    /// A field that is named nowhere here may change what is done, now or later. Requests that have
    /// one are looked at one by one, those of browsers among them, whose `Origin` and
    /// `Sec-Fetch-Site` decide.
    private static let repeatedFields: [StaticString] = [
        "host", "user-agent", "accept", "accept-encoding", "accept-language", "content-type",
        "content-length", "connection", "authorization",
    ]

    /// Fields by which others trace a request through their systems. Their values differ from
    /// request to request, and Roost reads none of them but the first, where traces are kept.
    private static let tracingFields: [StaticString] = [
        "traceparent", "tracestate", "baggage", "b3", "x-request-id", "x-b3-traceid", "x-b3-spanid",
        "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags",
    ]

    /// What later requests have to look like to go into batches, learned from one that was parsed; nil
    /// if this one says more than a key and a value.
    ///
    /// - Parameter raw: the bytes that were parsed for it.
    package static func template(
        of request: HTTPRequest,
        in raw: Span<UInt8>,
        through door: ListenerKind,
        site: HTTPSite
    ) -> (kind: Kind, template: RequestTemplate)? {
        guard door.calls == .every, let kind = kind(of: request),
            request.headers.hasOnly(repeatedFields + tracingFields),
            site.traces == .ignored || request.header("traceparent") == nil,
            (try? HostCheck.admit(request, through: door, site: site)) != nil,
            let template = RequestTemplate(
                of: request,
                under: prefix,
                varying: tracingFields,
                in: raw
            )
        else { return nil }
        return (kind, template)
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
