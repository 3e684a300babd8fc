package import Wire

/// Where a watch stands, as a value: what was delivered, and what to ask for after a break.
///
/// A break between two connections loses nothing and repeats nothing: the next request names the
/// last id in `Last-Event-ID`. While the first items of `initial` are still arriving there is no
/// place to resume from, so it begins again.
package struct WatchCursor: Sendable {
    /// What to do after a connection ended.
    package enum Next: Hashable, Sendable {
        /// Connect again, with this id (empty: from the start).
        case resume(lastEventID: [UInt8])
        /// The service has said that nothing more follows.
        case finish
    }

    /// Whether the items there are come first.
    package enum Start: Hashable, Sendable { case changes, initialItems }

    /// Empty until the first block.
    package private(set) var lastEventID: [UInt8] = []
    private let start: Start
    private var phase: Phase

    private enum Phase: Hashable { case initialItems, changes, ended }

    package init(start: Start) {
        self.start = start
        phase = start == .initialItems ? .initialItems : .changes
    }

    /// Takes note of a block, and answers whether it is to be delivered.
    package mutating func receive(_ event: ServerSentEvent) -> Delivery {
        if event.event.equals("compacted") {
            lastEventID = event.lastEventID
            phase = .ended
            return .deliver
        }
        if event.event.equals("end") { phase = .ended }
        if event.event.equals("synced") { phase = .changes }
        if phase == .changes { lastEventID = event.lastEventID }
        return event.data == nil && !event.event.equals("synced") ? .progress : .deliver
    }

    /// What a block is for.
    package enum Delivery: Hashable, Sendable {
        case deliver
        /// It only moves the resume position.
        case progress
    }

    /// After the connection ended or broke.
    package var next: Next {
        switch phase {
        case .ended: .finish
        case .initialItems: .resume(lastEventID: [])
        case .changes: .resume(lastEventID: lastEventID)
        }
    }

    /// Whether the request asks for the items first: once only, else they would come twice.
    package var asksForInitialItems: Bool { phase == .initialItems }
}
