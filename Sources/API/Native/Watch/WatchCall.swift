internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/watch`: every event of the selected keys after a start, exactly once, in order, or an
/// end that says why.
///
/// Events are pulled out of the store's history in bounded pieces whenever the connection has room,
/// so a slow client costs no memory: what it has not taken is history still.
struct WatchCall {
    private enum State {
        /// The revision to start after is not settled: a round through the leader comes first.
        case opening
        /// The start is known and not yet told.
        case starting(EventID)
        /// The start was told; it may lie ahead of this member's store.
        case ahead(EventID)
        /// Sends the items as they were at a revision, one range after another.
        case listing(at: Revision, range: Int, after: Key?)
        /// Everything before the position was sent.
        case following(EventID)
        case over
    }

    /// Bytes of keys and values that one piece takes out of the store.
    private static let pieceByteCount = 64 << 10
    /// How long an opening waits before it asks for the leader again.
    private static let retryMilliseconds: UInt64 = 500

    let filter: WatchFilter
    private let form: WatchForm
    private let initial: Initial
    /// The stream ends behind this revision; nil for one without an end.
    private let last: Revision?
    private var state: State
    private var retryAt: MonotonicTime?
    private var heartbeat: KeepaliveComment
    /// What the client was told of the member's leader.
    private var leadership = MemberView.Leadership.led
    /// The revision of the event after the last that the client knows of, or before: once history
    /// before that is gone, it could not go on without a later position.
    private var resumesAt = Revision.zero

    private enum Initial {
        case none
        case items
    }

    /// - Parameter last: the revision that the stream ends behind, nil for one without an end.
    init(
        _ request: HTTPRequest,
        parameters: inout Parameters,
        start: WatchStart,
        through last: Revision?,
        now: MonotonicTime
    ) throws(Problem) {
        self.last = last
        filter = try WatchFilter(&parameters)
        form = try WatchForm(request, parameters: &parameters)
        initial = try parameters.flag("initial") ? .items : .none
        heartbeat = KeepaliveComment(now: now)
        switch start {
        case .head: state = .opening
        case .behind(let revision):
            state = .starting(EventID(revision: revision.next, sub: 0))
        case .after(let event):
            state = .starting(EventID(revision: event.revision, sub: event.sub + 1))
        }
        if case .after = start { startsWithin = .revision } else { startsWithin = .nothing }
    }

    /// Whether the start lies between two events of one revision: then the items at its beginning
    /// were sent before.
    private let startsWithin: Within

    private enum Within {
        case nothing
        case revision
    }

    /// The head of the response.
    var head: HTTPResponse { form.framing.head }

    func start() -> NativeStep { .stream(head) }

    mutating func resume(_ resumption: Resumption, in keyspace: Keyspace, now: MonotonicTime)
        -> NativeStep
    {
        switch (state, resumption) {
        case (_, .disconnected):
            state = .over
            return .finish
        case (.opening, .readable):
            state = .starting(EventID(revision: keyspace.store.revision.next, sub: 0))
        case (.opening, .unreadable):
            retryAt = now.advanced(byMilliseconds: Self.retryMilliseconds)
        default: break
        }
        return .goOn
    }

    mutating func nextChunk(
        _ keyspace: Keyspace,
        member: MemberView,
        encodings: inout EventEncodings,
        now: MonotonicTime
    ) -> NativePiece {
        var output: [UInt8] = []
        if tell(member, into: &output) {
            heartbeat.note(now: now)
            return .bytes(output)
        }
        do throws(ReadRefusal) {
            switch state {
            case .opening:
                if let retryAt, now < retryAt { return silence(now: now, until: retryAt) }
                retryAt = nil
                return .step(.read)
            case .starting(let start):
                guard start.revision >= keyspace.store.compactRevision else {
                    throw .compacted(keyspace.store.compactRevision)
                }
                form.appendStart(before: start, to: &output)
                resumesAt = start.revision
                state = .ahead(start)
            case .ahead(let start):
                let behind = start.revisionBefore
                guard behind <= keyspace.store.revision else {
                    return wait(for: start, behind: behind, now: now)
                }
                let begins = initial == .items && startsWithin == .nothing
                state = begins ? .listing(at: behind, range: 0, after: nil) : .following(start)
                return nextChunk(keyspace, member: member, encodings: &encodings, now: now)
            case .listing(let revision, let range, let after):
                try list(
                    keyspace.store,
                    revision: revision,
                    index: range,
                    after: after,
                    into: &output
                )
            case .following(let position):
                guard
                    try follow(
                        keyspace.store,
                        position: position,
                        encodings: &encodings,
                        into: &output,
                        now: now
                    )
                else { return rest() }
            case .over: return .end([])
            }
        } catch {
            guard case .compacted(let revision) = error else { return .end(output) }
            state = .over
            form.appendCompacted(revision, to: &output)
            return .end(output)
        }
        heartbeat.note(now: now)
        return .bytes(output)
    }

    /// Whether the member's leader is gone, or there again, and the client does not know it.
    private mutating func tell(_ member: MemberView, into output: inout [UInt8]) -> Bool {
        switch state {
        case .starting, .over: return false
        case .opening, .ahead, .listing, .following: break
        }
        guard member.leadership != leadership else { return false }
        leadership = member.leadership
        form.append(leadership, term: member.term, to: &output)
        return true
    }

    /// The last that a client hears who may not follow any more.
    func denied(because problem: Problem) -> [UInt8] {
        var output: [UInt8] = []
        form.appendDenied(problem, to: &output)
        return output
    }

    /// Nothing before this event is selected, of what came since there was nothing to tell.
    mutating func passOver(before event: EventID) {
        guard case .following(let position) = state, position < event else { return }
        state = .following(event)
    }

    /// Everything through this revision was told; nil before the start is known.
    var followed: Revision? {
        guard case .following(let position) = state else { return nil }
        return Revision(rawValue: position.revision.rawValue - min(position.revision.rawValue, 1))
    }

    /// Waits for a leader: there is no position to tell yet.
    private mutating func silence(now: MonotonicTime, until retryAt: MonotonicTime) -> NativePiece {
        if heartbeat.isDue(now: now) {
            heartbeat.note(now: now)
            var output: [UInt8] = []
            form.appendSilence(to: &output)
            return .bytes(output)
        }
        return .idle(Wake(deadline: min(retryAt, heartbeat.deadline)))
    }

    /// Waits until this member's store has come to the start; the position stays the start's.
    private mutating func wait(
        for start: EventID,
        behind: Revision,
        now: MonotonicTime
    ) -> NativePiece {
        guard heartbeat.isDue(now: now) else {
            return .idle(Wake(deadline: heartbeat.deadline, revision: behind))
        }
        heartbeat.note(now: now)
        var output: [UInt8] = []
        form.appendProgress(before: start, to: &output)
        return .bytes(output)
    }

    /// Waits for events, or ends where none are to follow.
    private mutating func rest() -> NativePiece {
        guard let last, case .following(let position) = state, position.revision > last else {
            return .idle(
                Wake(
                    deadline: heartbeat.deadline,
                    filter: filter,
                    revision: last,
                    compaction: resumesAt
                )
            )
        }
        state = .over
        var output: [UInt8] = []
        form.appendEnd(of: last, to: &output)
        return .end(output)
    }

    // MARK: - Items

    private mutating func list(
        _ store: Store,
        revision: Revision,
        index: Int,
        after: Key?,
        into output: inout [UInt8]
    ) throws(ReadRefusal) {
        // Items are puts: who follows deletes alone has all of none.
        guard index < filter.ranges.count, filter.kinds != .deletes else {
            form.appendSynced(revision, to: &output)
            resumesAt = revision.next
            state = .following(EventID(revision: revision.next, sub: 0))
            return
        }
        let listing = try store.list(
            filter.ranges[index],
            after: after,
            limit: .init(itemCount: 1000, byteCount: Self.pieceByteCount),
            at: revision
        )
        for item in listing.items {
            if let record = item.record { form.appendItem(record, to: &output) }
        }
        state = .listing(
            at: revision,
            range: listing.next == nil ? index + 1 : index,
            after: listing.next
        )
    }

    // MARK: - Events

    /// Takes the next piece of history; false when there is nothing to tell yet.
    private mutating func follow(
        _ store: Store,
        position: EventID,
        encodings: inout EventEncodings,
        into output: inout [UInt8],
        now: MonotonicTime
    ) throws(ReadRefusal) -> Bool {
        if let last {
            return try follow(
                store,
                position: position,
                through: last,
                encodings: &encodings,
                into: &output,
                now: now
            )
        }
        if position.revision >= store.compactRevision,
            let told = encodings.told(
                from: position,
                at: store.revision,
                filter: filter,
                form: form
            )
        {
            output = told.bytes
            state = .following(told.next)
            resumesAt = told.last.revision
            return true
        }
        let slice = try store.events(
            from: position,
            filter: filter,
            byteCountMax: Self.pieceByteCount
        )
        state = .following(slice.next)
        for event in slice.events { encodings.append(event, form: form, to: &output) }
        if let last = slice.events.last?.id {
            resumesAt = last.revision
            encodings.keep(
                .init(bytes: output, last: last, next: slice.next),
                from: position,
                at: store.revision,
                filter: filter,
                form: form
            )
            return true
        }
        return tellPosition(of: slice, store: store, into: &output, now: now)
    }

    /// The same for a stream that ends behind a revision. What it is told is shared with nobody: its
    /// pieces end where others go on.
    private mutating func follow(
        _ store: Store,
        position: EventID,
        through last: Revision,
        encodings: inout EventEncodings,
        into output: inout [UInt8],
        now: MonotonicTime
    ) throws(ReadRefusal) -> Bool {
        guard position.revision <= last else { return false }
        let slice = try store.events(
            from: position,
            filter: filter,
            byteCountMax: Self.pieceByteCount
        )
        state = .following(slice.next)
        let events = slice.events.prefix { $0.id.revision <= last }
        for event in events { encodings.append(event, form: form, to: &output) }
        if let told = events.last?.id {
            resumesAt = told.revision
            return true
        }
        guard slice.next.revision <= last else { return false }
        return tellPosition(of: slice, store: store, into: &output, now: now)
    }

    /// Tells where a piece of history ends that nobody here is concerned by, if that is due.
    private mutating func tellPosition(
        of slice: EventSlice,
        store: Store,
        into output: inout [UInt8],
        now: MonotonicTime
    ) -> Bool {
        // A piece of history that concerns nobody here still moves the resume position.
        let isForgotten = resumesAt < store.compactRevision
        guard !slice.isAtHead || isForgotten || heartbeat.isDue(now: now) else { return false }
        form.appendProgress(before: slice.next, to: &output)
        resumesAt = slice.next.revision
        return true
    }
}
