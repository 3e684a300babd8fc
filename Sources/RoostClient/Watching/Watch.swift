internal import Bytes
internal import Platform
internal import Wire

/// The changes of some keys, in order, none left out and none twice.
///
/// It resumes by itself, at any member, whatever becomes of connections and members, for as long as
/// it takes. It ends with nil where its task is cancelled, and else throws why it cannot go on:
/// `RoostError.compacted` when it was away for so long that history has forgotten what it missed.
public struct Watch: AsyncSequence, Sendable {
    public typealias Element = KeyEvent
    public typealias Failure = RoostError

    let client: RoostClient
    let scopes: [KeyScope]
    let start: WatchOrigin

    /// One run over the changes, from the watch's start.
    public final class AsyncIterator: AsyncIteratorProtocol {
        private let watch: Watch
        private var feed: EventFeed<KeyEvent>?

        init(_ watch: Watch) { self.watch = watch }

        deinit { feed?.end() }

        /// The next change; nil at the end.
        public func next() async throws(RoostError) -> KeyEvent? {
            try await feedOnce().next().get()
        }

        private func feedOnce() throws(RoostError) -> EventFeed<KeyEvent> {
            if let feed { return feed }
            do throws(SystemError) {
                let feed = try EventFeed(watch.plan, of: watch.client)
                self.feed = feed
                return feed
            } catch { throw RoostError(error) }
        }
    }

    /// Begins anew from the watch's start.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    private var plan: EventFeed<KeyEvent>.Plan {
        let (scopes, start) = (scopes, start)
        return EventFeed<KeyEvent>.Plan(
            start: start == .presentItems ? .initialItems : .changes
        ) { cursor in
            var call = Call.read(Array("/v1/watch".utf8))
            for scope in scopes { scope.add(to: &call) }
            if cursor.asksForInitialItems { call.add("initial") }
            if case .revision(let revision) = start { call.add("from", value: revision) }
            return call
        } meaning: { event in
            if event.event.equals("compacted") {
                let json = event.data.flatMap(KeyEvent.json)
                return .end(.compacted(revision: json?["compact_revision"]?.whole ?? 0))
            }
            return .elements(KeyEvent(event).map { [$0] } ?? [])
        }
    }
}

extension RoostClient {
    /// The changes of some keys.
    ///
    /// - Parameters:
    ///   - scopes: which keys; a change that several of them name is told once.
    ///   - start: from where on.
    public func watch(_ scopes: KeyScope..., from start: WatchOrigin = .now) -> Watch {
        Watch(client: self, scopes: scopes, start: start)
    }
}

extension KeyScope {
    /// Names it in the query of a watch.
    fileprivate func add(to call: inout Call) {
        switch self {
        case .key(let key): call.add("key", value: key.bytes)
        case .prefix(let key): call.add("prefix", value: key.bytes)
        case .subtree(let key):
            // The path itself, and what begins with it and a slash: so that it may stand beside others.
            guard key.bytes != Array("/".utf8) else {
                return call.add("prefix", value: "/")
            }
            call.add("key", value: key.bytes)
            call.add("prefix", value: key.bytes + Array("/".utf8))
        }
    }
}
