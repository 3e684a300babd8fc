internal import Bytes
package import Wire

/// What the requests of one connection look like that go into batches: one template for each kind.
///
/// A template was learned from a request that was looked at, by one principal in one epoch of
/// permissions. It stands for that principal in that epoch alone: credentials are a part of it, byte
/// for byte, and all templates are forgotten when either changes.
package struct KnownRequests {
    /// A client whose requests fit no template that they left is not learned from for ever.
    private static let lessonCountMax = 64

    private var principal: Principal
    private var epoch: PermissionEpoch
    private var reads: RequestTemplate?
    private var puts: RequestTemplate?
    private var staleReads: RequestTemplate?
    private var lessonCount = 0

    /// Nothing is known yet.
    package init(of principal: Principal = .anonymous, in epoch: PermissionEpoch = .initial) {
        self.principal = principal
        self.epoch = epoch
    }

    /// Forgets everything if somebody else speaks now, or if permissions have changed.
    package mutating func renew(for principal: Principal, in epoch: PermissionEpoch) {
        guard self.principal != principal || self.epoch != epoch else { return }
        self = KnownRequests(of: principal, in: epoch)
    }

    /// The request at `offset`, if it is one for a batch and all of it is there.
    ///
    /// - Complexity: O(head)
    package func match(
        _ input: Span<UInt8>,
        at offset: Int
    ) -> (kind: RequestBatch.Kind, request: RequestTemplate.Match)? {
        if let match = reads?.match(input, at: offset) { return (.reads, match) }
        if let match = puts?.match(input, at: offset) { return (.puts, match) }
        if let match = staleReads?.match(input, at: offset) { return (.staleReads, match) }
        return nil
    }

    /// Learns from a request that had to be parsed.
    ///
    /// - Parameter raw: the bytes that were parsed for it.
    package mutating func learn(
        from request: HTTPRequest,
        in raw: Span<UInt8>,
        through door: ListenerKind,
        site: HTTPSite
    ) {
        guard lessonCount < Self.lessonCountMax,
            let (kind, template) = RequestBatch.template(
                of: request,
                in: raw,
                through: door,
                site: site
            )
        else { return }
        lessonCount += 1
        switch kind {
        case .reads: reads = template
        case .puts: puts = template
        case .staleReads: staleReads = template
        }
    }
}
