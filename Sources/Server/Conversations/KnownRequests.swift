internal import API
internal import Wire

/// What the requests of one connection look like that go into runs, one pattern for each kind.
struct KnownRequests {
    /// A client whose requests fit no pattern that they left is not learned from for ever.
    private static let lessonCountMax = 64

    private var reads: RequestTemplate?
    private var puts: RequestTemplate?
    private var staleReads: RequestTemplate?
    private var lessonCount = 0

    /// The request at `offset`, if it is one for a run and all of it is there.
    func match(
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
    mutating func learn(
        from request: HTTPRequest,
        in raw: Span<UInt8>,
        through door: ListenerKind,
        in moment: borrowing ReadContext
    ) {
        guard lessonCount < Self.lessonCountMax,
            let (kind, pattern) = RequestBatch.pattern(
                of: request,
                in: raw,
                through: door,
                member: moment.member
            )
        else { return }
        lessonCount += 1
        switch kind {
        case .reads: reads = pattern
        case .puts: puts = pattern
        case .staleReads: staleReads = pattern
        }
    }
}
