internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/services/NAME/watch`: the instances as they are, then each that changes as it is then.
///
/// Nothing is kept of what a client was told: an event of the store only says which instance to look
/// at. So an instance that the client does not want, or that is gone, is told as `gone`, also where
/// it never was there, and states that follow each other quickly may be passed over.
struct ServiceWatchCall {
    private enum State {
        case beginning
        /// Tells the instances page by page; what changes meanwhile comes after them.
        case listing(after: Key?, since: Revision)
        /// Everything before the position is in what was told.
        case following(EventID)
    }

    private static let pageCount = 200
    private static let sliceByteCount = 64 << 10

    let service: RegisteredService
    private let filter: InstanceFilter
    private var state: State
    private var heartbeat: KeepaliveComment

    /// Every key that may be told of.
    var range: KeyRange { .subtree(service.key) }

    init(
        _ service: RegisteredService,
        request: HTTPRequest,
        parameters: inout Parameters,
        now: MonotonicTime
    ) throws(Problem) {
        self.service = service
        filter = try InstanceFilter(&parameters)
        heartbeat = KeepaliveComment(now: now)
        if let last = request.header("last-event-id")?.decimalValue, last < DecimalNumber.wholeMax {
            state = .following(EventID(revision: Revision(rawValue: last).next, sub: 0))
        } else {
            state = .beginning
        }
    }

    func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        switch resumption {
        case .readable: return .stream(.eventStream)
        case .unreadable: throw .unreadable
        case .disconnected: return .finish
        default: return .goOn
        }
    }

    mutating func nextChunk(_ keyspace: Keyspace, now: MonotonicTime) -> NativePiece {
        let store = keyspace.store
        var output: [UInt8] = []
        switch state {
        case .beginning: begin(store, into: &output)
        case .listing(let after, let since):
            list(store, after: after, since: since, into: &output)
        case .following(let position):
            follow(store, from: position, into: &output)
            if output.isEmpty { heartbeat.append(to: &output, now: now) }
            if output.isEmpty, case .following(let next) = state {
                return .idle(
                    Wake(
                        deadline: heartbeat.deadline,
                        filter: WatchFilter(ranges: [range]),
                        compaction: next.revision
                    )
                )
            }
        }
        heartbeat.note(now: now)
        return .bytes(output)
    }

    /// Nothing before this event is of the service, of what came since there was nothing to tell.
    mutating func passOver(before event: EventID) {
        guard case .following(let position) = state, position < event else { return }
        state = .following(event)
    }

    // MARK: - Telling

    /// What the client knows is to be forgotten.
    private mutating func begin(_ store: Store, into output: inout [UInt8]) {
        EventStream.append(retryMilliseconds: 1000, to: &output)
        append("begin", to: &output) { json in json.member("name", string: service.bytes) }
        state = .listing(after: nil, since: store.revision)
    }

    private mutating func list(
        _ store: Store,
        after: Key?,
        since: Revision,
        into output: inout [UInt8]
    ) {
        let page = InstancePage(of: service, after: after, limit: Self.pageCount, in: store)
        for known in page.instances where filter.selects(known) { append(known, to: &output) }
        if let next = page.next {
            state = .listing(after: next, since: since)
            // A piece is never empty.
            if output.isEmpty { output.append(":\n\n") }
            return
        }
        EventStream.append(id: since.text, to: &output)
        append("synced", to: &output) { json in
            json.member("revision", number: since.rawValue)
        }
        state = .following(EventID(revision: since.next, sub: 0))
    }

    /// Tells the instances that the next events are of; begins anew where they are forgotten.
    private mutating func follow(
        _ store: Store,
        from position: EventID,
        into output: inout [UInt8]
    ) {
        let isAhead = position.revision > store.revision.next
        guard !isAhead,
            let slice = try? store.events(
                from: position,
                filter: WatchFilter(ranges: [range]),
                byteCountMax: Self.sliceByteCount
            )
        else {
            begin(store, into: &output)
            return
        }
        state = .following(slice.next)
        var told: Set<InstanceID> = []
        for event in slice.events {
            guard let id = service.instance(of: event.key), told.insert(id).inserted else {
                continue
            }
            if let known = KnownInstance(id, of: service, in: store), filter.selects(known) {
                append(known, to: &output)
            } else {
                append("gone", to: &output) { json in json.member("id", string: id.bytes) }
            }
        }
        // What concerns nobody here still moves the position.
        guard !output.isEmpty || !slice.isAtHead else { return }
        EventStream.append(id: slice.next.revisionBefore.text, to: &output)
        EventStream.appendEnd(to: &output)
    }

    private func append(_ known: KnownInstance, to output: inout [UInt8]) {
        EventStream.append(event: "instance", to: &output)
        var json = JSONWriter()
        known.write(to: &json)
        EventStream.append(data: json.output, to: &output)
        EventStream.appendEnd(to: &output)
    }

    private func append(
        _ event: StaticString,
        to output: inout [UInt8],
        members: (inout JSONWriter) -> Void
    ) {
        EventStream.append(event: event, to: &output)
        var json = JSONWriter()
        json.beginObject()
        members(&json)
        json.endObject()
        EventStream.append(data: json.output, to: &output)
        EventStream.appendEnd(to: &output)
    }
}
