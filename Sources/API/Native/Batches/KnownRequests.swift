internal import Bytes
package import Wire

/// What the requests of one connection look like that go into batches: one template for each kind.
///
/// A template was learned from a request that was looked at, by one principal in one epoch of
/// permissions. It stands for that principal in that epoch alone: credentials are a part of it, byte
/// for byte, and all templates are forgotten when the epoch or the connection's own principal changes.
package struct KnownRequests {
    /// A client whose requests fit no template that they left is not learned from for ever.
    private static let lessonCountMax = 64

    /// A template, and who asks so.
    private struct Known {
        let template: RequestTemplate
        let principal: Principal

        /// The request at that place, unless what proves who asks is over.
        func match(
            _ input: Span<UInt8>,
            at offset: Int,
            now: UInt64
        ) -> RequestTemplate.Match? {
            principal.isOver(at: now) ? nil : template.match(input, at: offset)
        }
    }

    private var certificate: [UInt8]?
    private var epoch: PermissionEpoch
    private var reads: Known?
    private var puts: Known?
    private var staleReads: Known?
    private var lessonCount = 0

    /// Nothing is known yet.
    package init(of certificate: [UInt8]? = nil, in epoch: PermissionEpoch = .initial) {
        self.certificate = certificate
        self.epoch = epoch
    }

    /// Forgets everything if somebody else speaks now, or if permissions have changed.
    ///
    /// - Parameter certificate: the name in the connection's certificate.
    package mutating func renew(for certificate: [UInt8]?, in epoch: PermissionEpoch) {
        guard self.epoch != epoch || self.certificate != certificate else { return }
        self = KnownRequests(of: certificate, in: epoch)
    }

    /// The request at `offset`, if it is one for a batch and all of it is there.
    ///
    /// - Parameter now: Unix seconds.
    /// - Complexity: O(head)
    package func match(
        _ input: Span<UInt8>,
        at offset: Int,
        now: UInt64 = 0
    ) -> (kind: RequestBatch.Kind, request: RequestTemplate.Match)? {
        if let match = reads?.match(input, at: offset, now: now) { return (.reads, match) }
        if let match = puts?.match(input, at: offset, now: now) { return (.puts, match) }
        if let match = staleReads?.match(input, at: offset, now: now) {
            return (.staleReads, match)
        }
        return nil
    }

    /// Who asks with the requests of a kind that is known.
    package func principal(of kind: RequestBatch.Kind) -> Principal {
        let known =
            switch kind {
            case .reads: reads
            case .puts: puts
            case .staleReads: staleReads
            }
        return known?.principal ?? .anonymous
    }

    /// Learns from a request that had to be parsed.
    ///
    /// - Parameters:
    ///   - raw: the bytes that were parsed for it.
    ///   - identity: who asks; a request of which that is not known teaches nothing.
    package mutating func learn(
        from request: HTTPRequest,
        in raw: Span<UInt8>,
        through door: ListenerKind,
        site: HTTPSite,
        identity: () -> CallerIdentity = { .known(.anonymous) }
    ) {
        guard lessonCount < Self.lessonCountMax,
            let (kind, template) = RequestBatch.template(
                of: request,
                in: raw,
                through: door,
                site: site
            ),
            case .known(let principal) = identity()
        else { return }
        lessonCount += 1
        let known = Known(template: template, principal: principal)
        switch kind {
        case .reads: reads = known
        case .puts: puts = known
        case .staleReads: staleReads = known
        }
    }
}
