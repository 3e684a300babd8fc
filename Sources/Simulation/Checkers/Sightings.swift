/// Where history shows the operations of a recording that nobody got an answer to.
///
/// A value names its write. A revision of deletions alone names nobody: it is put down to the first
/// unanswered operation that would have made just these changes to the keys as they were. That can
/// be the wrong one, so what comes of it may order attempts, and no more.
struct Sightings {
    private let timeline: Timeline
    private let keyed: KeyedTimeline
    private var revisionsOfValues: [UInt64: UInt64] = [:]
    /// Revisions that only deleted, by key, rising.
    private var deletions: [Int: [UInt64]] = [:]

    /// - Complexity: O(changes)
    init(in timeline: Timeline) {
        self.timeline = timeline
        keyed = KeyedTimeline(timeline)
        var revision: UInt64 = 0
        while revision < timeline.revision {
            revision += 1
            let changes = timeline.changes(at: revision)
            let isDeletion = changes.allSatisfy { $0.value == 0 }
            for change in changes {
                if isDeletion {
                    deletions[change.key, default: []].append(revision)
                } else if change.value != 0 {
                    revisionsOfValues[change.value] = revision
                }
            }
        }
    }

    /// The revisions of those unanswered operations of the partition that history shows, by number.
    ///
    /// - Complexity: O(*n* + *d* · *u*) for *d* deletions that no answer accounts for and *u*
    ///   unanswered operations.
    func revisions(of partition: Partition, recording: Recording) -> [Int: UInt64] {
        var revisions: [Int: UInt64] = [:]
        var open: [Int] = []
        var answered: Set<UInt64> = []
        for number in partition.operations {
            let operation = recording.operations[number]
            if let answer = operation.answer {
                if operation.isAcknowledgedWrite { answered.insert(answer.revision) }
            } else if let revision = revision(ofValueIn: operation.ask) {
                revisions[number] = revision
            } else if operation.ask.deletes {
                open.append(number)
            }
        }
        open.sort { recording.operations[$0].begin < recording.operations[$1].begin }
        let unexplained = Set(partition.keys.flatMap { deletions[$0] ?? [] }).subtracting(answered)
        for revision in unexplained.sorted() {
            let place = open.firstIndex { makes(recording.operations[$0].ask, revision: revision) }
            if let place { revisions[open.remove(at: place)] = revision }
        }
        return revisions
    }

    private func revision(ofValueIn ask: Recording.Ask) -> UInt64? {
        ask.valuesWritten.lazy.compactMap { revisionsOfValues[$0] }.first
    }

    /// Whether the operation, carried out on the keys as they were before, changes just that.
    private func makes(_ ask: Recording.Ask, revision: UInt64) -> Bool {
        let branch = ask.branch { compare in
            keyed.cell(of: compare.key, at: revision - 1).meets(compare.condition)
        }
        let changes = ask.steps(of: branch).compactMap { step in
            switch step {
            case .get: nil as Timeline.Change?
            case .put(let key, let value): Timeline.Change(key: key, value: value)
            case .delete(let key):
                keyed.cell(of: key, at: revision - 1).value == 0
                    ? nil : Timeline.Change(key: key, value: 0)
            }
        }
        return changes.elementsEqual(timeline.changes(at: revision))
    }
}

extension Recording.Ask {
    /// Whether either branch may delete.
    fileprivate var deletes: Bool {
        allSteps.contains { step in
            if case .delete = step { true } else { false }
        }
    }
}
