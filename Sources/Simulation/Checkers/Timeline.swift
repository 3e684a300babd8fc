package import Keyspace

/// The one history that members agree on: every change of every key, by revision. Put together from
/// what members applied, or from a watch of everything.
package struct Timeline: Sendable {
    /// What became of one key.
    package struct Change: Hashable, Sendable {
        package let key: Int
        /// 0 when the key was deleted.
        package let value: UInt64
        /// Why it was deleted; of a put nothing.
        package let cause: DeleteCause

        /// A put, or with value 0 a delete.
        package init(key: Int, value: UInt64, cause: DeleteCause = .deleted) {
            self.key = key
            self.value = value
            self.cause = cause
        }
    }

    /// Where a change stands: `sub` counts from 0 within its revision.
    package struct Position: Hashable, Comparable, Sendable {
        package let revision: UInt64
        package let sub: UInt32

        /// The position of one event.
        package init(revision: UInt64, sub: UInt32 = 0) {
            self.revision = revision
            self.sub = sub
        }

        package static func < (left: Position, right: Position) -> Bool {
            (left.revision, left.sub) < (right.revision, right.sub)
        }
    }

    /// In the order of positions.
    package private(set) var changes: [Change] = []
    /// The revision of a store in which nothing happened.
    package let initialRevision: UInt64
    /// The place in `changes` of the first change of each revision, from the one after the initial.
    private var firsts: [Int] = []
    /// How often a change was held against the history.
    package private(set) var observationCount = 0

    /// Nothing has happened.
    package init(after initialRevision: UInt64 = 1) { self.initialRevision = initialRevision }

    /// The last revision that anybody showed; the initial one before any change.
    package var revision: UInt64 { initialRevision + UInt64(firsts.count) }

    /// Somebody shows a change. The first one that shows a revision writes history; everybody else
    /// has to agree. Returns what is wrong with it, if anything.
    ///
    /// - Complexity: O(1)
    package mutating func observe(_ change: Change, at position: Position) -> Finding? {
        observationCount += 1
        guard position.revision > initialRevision else {
            return .historiesDiffer(revision: position.revision)
        }
        let isNext = position.revision == revision + 1 && position.sub == 0
        let isLast = position.revision == revision && Int(position.sub) == count(at: revision)
        if isNext { firsts.append(changes.count) }
        if isNext || isLast {
            changes.append(change)
            return nil
        }
        guard position.revision <= revision else {
            return .revisionsSkipped(from: revision, to: position.revision)
        }
        let place = first(of: position.revision) + Int(position.sub)
        guard place < end(of: position.revision), changes[place] == change else {
            return .historiesDiffer(revision: position.revision)
        }
        return nil
    }

    /// The changes of a revision, in order; none for one that is not known.
    package func changes(at revision: UInt64) -> ArraySlice<Change> {
        guard revision > initialRevision, revision <= self.revision else { return [] }
        return changes[first(of: revision)..<end(of: revision)]
    }

    /// The place in `changes` of the first change at or after the position.
    func place(of position: Position) -> Int {
        guard position.revision > initialRevision else { return 0 }
        guard position.revision <= revision else { return changes.count }
        return min(
            first(of: position.revision) + Int(position.sub),
            end(of: position.revision)
        )
    }

    private func count(at revision: UInt64) -> Int {
        revision == initialRevision ? 0 : end(of: revision) - first(of: revision)
    }

    /// The place in `changes` of a known revision's first.
    private func first(of revision: UInt64) -> Int { firsts[Int(revision - initialRevision) - 1] }

    private func end(of revision: UInt64) -> Int {
        revision < self.revision ? first(of: revision + 1) : changes.count
    }
}

/// A timeline by key: what each held at every revision.
struct KeyedTimeline {
    struct Moment {
        let revision: UInt64
        let value: UInt64
        /// How often the key was put since it came into being; 0 for none.
        let version: UInt64
        /// When it came into being.
        let createRevision: UInt64
    }

    private var moments: [Int: [Moment]] = [:]

    init(_ timeline: Timeline) {
        var revision: UInt64 = 0
        while revision < timeline.revision {
            revision += 1
            for change in timeline.changes(at: revision) {
                let before = moments[change.key]?.last
                let isNew = before?.value ?? 0 == 0
                moments[change.key, default: []].append(
                    Moment(
                        revision: revision,
                        value: change.value,
                        version: change.value == 0 ? 0 : (before?.version ?? 0) + 1,
                        createRevision: isNew ? revision : before?.createRevision ?? revision
                    )
                )
            }
        }
    }

    /// The key as it was after `revision`, or absent.
    ///
    /// - Complexity: O(log changes of the key)
    func cell(of key: Int, at revision: UInt64) -> Recording.Cell {
        guard let moment = moment(of: key, at: revision) else { return .absent }
        return Recording.Cell(
            value: moment.value,
            modRevision: moment.revision,
            version: moment.version
        )
    }

    /// The put that the key had last by `revision`; nil where it has no value.
    ///
    /// - Complexity: O(log changes of the key)
    func moment(of key: Int, at revision: UInt64) -> Moment? {
        guard let moments = moments[key] else { return nil }
        var low = 0
        var high = moments.count
        while low < high {
            let middle = (low + high) / 2
            if moments[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        guard low > 0, moments[low - 1].value != 0 else { return nil }
        return moments[low - 1]
    }
}
