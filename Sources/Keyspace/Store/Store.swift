package import Bytes

/// The versioned ordered map from keys to records, with its history.
///
/// Copying it is O(1) and freezes it: the copy may be read on another thread. Changes come in sets
/// of one revision, between `begin` and `commit`; nothing in a set is ever taken back, so what may
/// be refused is checked before it is changed.
package struct Store: Sendable {
    /// How much history may outgrow its limits before compaction is due, as a part of each: so a
    /// compaction is worth its log entry.
    static let historySlackDivisor: UInt64 = 64

    /// The last revision that is committed.
    package internal(set) var revision = Revision.initial
    /// The oldest revision whose state and events can still be read; zero before any compaction.
    package internal(set) var compactRevision = Revision.zero
    /// How many keys have a value.
    package internal(set) var keyCount = 0
    /// Bytes of all keys and values that are in force.
    package internal(set) var byteCount = 0

    var records = KeyTree<VersionedRecord>()
    var directories = KeyTree<Directory>()
    var log = EventLog(end: EventID(revision: .initial, sub: 0))
    /// What the events of `log` superseded: one version for each that did, in their order.
    var archive = VersionLog()
    /// The oldest event that is not forgotten yet: what lies before `compactRevision` is forgotten
    /// in slices.
    var firstEvent = EventID(revision: .initial, sub: 0)
    /// Where `firstEvent` is in the log.
    var firstPosition: EventLog.Position
    /// Who wrote the versions.
    var authors = AuthorTable()
    /// What subtrees may have, and have.
    var quotas = QuotaTable()
    var items = StateHash()
    var open: ChangeSet?

    /// The changes of the revision that is being made.
    struct ChangeSet: Sendable {
        let revision: Revision
        let stamp: ChangeStamp
        let audience: Audience
        /// How many changes there were, gathered or not.
        var eventCount: UInt32 = 0
        var events: [Event] = []
    }

    /// Whether anybody follows the changes of keys as they happen. It decides only what `commit`
    /// returns.
    package enum Audience: UInt8, Hashable, Sendable {
        case somebody = 0
        /// Events are not made: nobody looks at them.
        case nobody = 1
    }

    /// An empty store.
    package init() { firstPosition = log.start }

    /// Opens a change set; returns the revision it will have if it changes
    /// anything. Also forgets a slice of compacted history.
    ///
    /// - Complexity: O(log *n*)
    @discardableResult
    package mutating func begin(
        as stamp: ChangeStamp,
        for audience: Audience = .somebody
    ) -> Revision {
        invariant(open == nil, "a change set within a change set")
        forgetHistory(eventCountMax: Self.forgottenEventCountPerChangeSet)
        open = ChangeSet(
            revision: revision.next,
            stamp: stamp.moved(notBefore: log.lastTime),
            audience: audience
        )
        return revision.next
    }

    /// Opens a change set of nobody's at the cluster's time.
    @discardableResult
    package mutating func begin(
        at time: ClusterTime,
        for audience: Audience = .somebody
    ) -> Revision {
        begin(as: ChangeStamp(time: time), for: audience)
    }

    /// Closes the change set: its events, in order, for an audience. Without any change, its
    /// revision was not used.
    package mutating func commit() -> [Event] {
        var taken: ChangeSet?
        swap(&taken, &open)
        guard let changes = taken else { return [] }
        if changes.eventCount > 0 { revision = changes.revision }
        invariant(log.end.revision == revision, KeyspaceRule.revisionsAreOrdered.rawValue)
        return changes.events
    }

    /// Bytes of the events that can be read and of the versions that are no longer in force.
    package var historyByteCount: Int { log.heldByteCount }

    /// The hash over everything that the store holds, history included.
    package var hash: StateHash {
        var position = StableHash(seed: StoreHashSeed.position)
        position.combine(revision.rawValue)
        position.combine(compactRevision.rawValue)
        position.combine(firstEvent.revision.rawValue)
        position.combine(UInt64(firstEvent.sub))
        position.combine(log.lastTime.rawValue)
        position.combine(UInt64(keyCount))
        position.combine(UInt64(byteCount))
        var hash = items
        hash.add(authors.hash)
        hash.add(position)
        return hash
    }
}
