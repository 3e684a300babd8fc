internal import RoostClient
internal import Wire

/// Follows a tree: hands out the whole of it at one revision, at first and after each change.
struct TreeFollower {
    /// How much of what happened is read before the tree is read anew.
    private static let byteCountMax = 16 << 20

    private let root: [UInt8]
    private let service: Service
    private let subscription: EventSubscription
    private var isSynced = false
    /// Whether it may be another than the one handed out last.
    private var isStale = false

    /// - Parameter news: learns when no member answers, and when one does again.
    init(
        _ root: [UInt8],
        service: Service,
        news: @escaping (EventSubscription.News) -> Void
    ) {
        self.root = root
        self.service = service
        // A connection carries one answer at a time, and this one's has no end.
        subscription = EventSubscription(
            client: Client(endpoints: service.endpoints),
            start: .initialItems,
            timeoutMilliseconds: service.timeoutMilliseconds,
            news: news
        ) { cursor in
            var call = Call.read(Array("/v1/watch".utf8))
            call.add("path", value: root)
            call.add("recursive")
            call.add("keys")
            if cursor.asksForInitialItems { call.add("initial") }
            return call
        }
    }

    /// The tree as it is, waiting for a change of it but the first time, and for a member that
    /// answers; nil when no change can come.
    mutating func next() throws(Failure) -> StoredTree? {
        while true {
            if isStale {
                do throws(Failure) {
                    let tree = try StoredTree(of: root, service: service)
                    isStale = false
                    return tree
                } catch { guard error.exitCode == .unavailable else { throw error } }
            } else {
                let events = try subscription.nextEvents()
                if events.isEmpty { return nil }
                absorb(events + subscription.atHand(byteCountMax: Self.byteCountMax))
            }
        }
    }

    private mutating func absorb(_ events: [ServerSentEvent]) {
        for event in events {
            if event.event.equals("compacted") {
                isSynced = false
                subscription.restart(from: .initialItems)
            } else if event.event.equals("synced") {
                isSynced = true
                isStale = true
            } else if isSynced, event.event.equals("put") || event.event.equals("delete") {
                isStale = true
            }
        }
    }
}
