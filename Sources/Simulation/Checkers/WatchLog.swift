/// What one watch delivered, across all its resumptions: it must be history from its start on,
/// seen through its filter, each event once, in order, without gaps.
package struct WatchLog: Sendable {
    /// One event as it was delivered.
    package struct Delivery: Hashable, Sendable {
        package let position: Timeline.Position
        package let change: Timeline.Change

        /// A change where it is said to stand.
        package init(_ change: Timeline.Change, at position: Timeline.Position) {
            self.position = position
            self.change = change
        }
    }

    /// For findings.
    package let watcher: Int
    /// The keys that it follows.
    package let keys: ClosedRange<Int>
    /// The first position that it asked for.
    package let start: Timeline.Position
    /// Everything before is delivered: where it would resume.
    package private(set) var next: Timeline.Position
    /// In the order of arrival.
    package private(set) var deliveries: [Delivery] = []

    /// A watch of those keys from `start` on.
    package init(watcher: Int, keys: ClosedRange<Int>, start: Timeline.Position) {
        self.watcher = watcher
        self.keys = keys
        self.start = start
        next = start
    }

    /// Something arrived.
    package mutating func deliver(_ delivery: Delivery) {
        deliveries.append(delivery)
        next = Timeline.Position(
            revision: delivery.position.revision,
            sub: delivery.position.sub + 1
        )
    }

    /// The watch goes on there, the member says: it would come again if that were too early.
    package mutating func advance(to position: Timeline.Position) { next = position }

    /// What is wrong with it, if anything.
    ///
    /// - Complexity: O(changes between start and next)
    package func check(against timeline: Timeline) -> Finding? {
        var revision = max(start.revision, 1)
        var delivered = 0
        while revision <= min(next.revision, timeline.revision) {
            for (sub, change) in timeline.changes(at: revision).enumerated() {
                let position = Timeline.Position(revision: revision, sub: UInt32(sub))
                guard position >= start, position < next, keys.contains(change.key) else {
                    continue
                }
                guard delivered < deliveries.count,
                    deliveries[delivered] == Delivery(change, at: position)
                else { return .watchDiffers(watcher: watcher, at: position) }
                delivered += 1
            }
            revision += 1
        }
        guard delivered < deliveries.count else { return nil }
        return .watchDiffers(watcher: watcher, at: deliveries[delivered].position)
    }
}
