/// Holds what clients were told against the history that the members agree on: nothing acknowledged
/// is missing, nothing denied is there, nothing is there twice, and every read gave what its key
/// held at the revision that came with it.
package struct HistoryCheck: Sendable {
    /// A read of one member's own state, without asking anybody (`consistency=stale`).
    package struct StaleRead: Hashable, Sendable {
        /// One life of one member, as one who reads it one read after another.
        package let place: Int
        /// The store's revision.
        package let revision: UInt64
        package let key: Int
        /// What was found.
        package let cell: Recording.Cell

        /// A read of that member's life; they are given in the order in which they were answered.
        package init(place: Int, revision: UInt64, key: Int, cell: Recording.Cell) {
            self.place = place
            self.revision = revision
            self.key = key
            self.cell = cell
        }
    }

    /// How many operations were held against the history.
    package private(set) var checkCount = 0
    /// What is wrong.
    package private(set) var findings: [Finding] = []
    private let timeline: Timeline
    private let keyed: KeyedTimeline

    /// - Complexity: O(changes)
    package init(_ timeline: Timeline) {
        self.timeline = timeline
        keyed = KeyedTimeline(timeline)
    }

    /// Every operation of the recording, and that none of its values was written twice.
    ///
    /// - Complexity: O(*n* log changes)
    package mutating func check(_ recording: Recording) {
        let revisions = checkOnce()
        for (number, operation) in recording.operations.enumerated() {
            switch operation.outcome {
            case .ok(let answer): check(operation, number: number, answer: answer)
            case .denied:
                for case .put(_, let value) in operation.ask.allSteps
                where revisions[value] != nil {
                    findings.append(.deniedButApplied(operation: number))
                }
            case .pending, .unknown: continue
            }
            checkCount += 1
        }
    }

    private mutating func check(
        _ operation: Recording.Operation,
        number: Int,
        answer: Recording.Answer
    ) {
        if !isCleared(operation, answer: answer) {
            findings.append(.writeLost(operation: number, revision: answer.revision))
        }
        for (step, observation) in zip(operation.stepsTaken, answer.observations) {
            switch (step, observation) {
            case (.put(let key, let value), _):
                let change = Timeline.Change(key: key, value: value)
                if !timeline.changes(at: answer.revision).contains(change) {
                    findings.append(.writeLost(operation: number, revision: answer.revision))
                }
            case (.delete(let key), .deleted(true)):
                let change = Timeline.Change(key: key, value: 0)
                if !timeline.changes(at: answer.revision).contains(change) {
                    findings.append(.writeLost(operation: number, revision: answer.revision))
                }
            case (.get(let key), .got(let cell)) where !operation.isAcknowledgedWrite:
                if !isTrue(cell, of: key, at: answer.revision) {
                    findings.append(.wrongValue(operation: number, revision: answer.revision))
                }
            default: break
            }
        }
    }

    /// Those of the operation's keys that history has deleted where it says so, as many as were told.
    private func isCleared(_ operation: Recording.Operation, answer: Recording.Answer) -> Bool {
        let keys = zip(operation.stepsTaken, answer.observations).filter { $1 == .cleared }
            .map(\.0.key)
        guard !keys.isEmpty, answer.clearedCount > 0 else { return answer.clearedCount == 0 }
        let deleted = timeline.changes(at: answer.revision).count {
            $0.value == 0 && keys.contains($0.key)
        }
        return UInt64(deleted) == answer.clearedCount
    }

    private func isTrue(_ cell: Recording.Cell, of key: Int, at revision: UInt64) -> Bool {
        let truth = keyed.cell(of: key, at: revision)
        return truth.value == cell.value
            && (truth.modRevision == cell.modRevision || cell.value == 0)
    }

    /// Returns where each value was written.
    private mutating func checkOnce() -> [UInt64: UInt64] {
        var revisions: [UInt64: UInt64] = [:]
        revisions.reserveCapacity(timeline.changes.count)
        var revision: UInt64 = 0
        while revision < timeline.revision {
            revision += 1
            for change in timeline.changes(at: revision) where change.value != 0 {
                if let earlier = revisions.updateValue(revision, forKey: change.value) {
                    findings.append(
                        .appliedTwice(value: change.value, revision: earlier, and: revision)
                    )
                }
            }
        }
        return revisions
    }

    /// Every stale read is a point of history, and one member's life never goes back.
    package mutating func check(_ reads: [StaleRead]) {
        var last: [Int: UInt64] = [:]
        for read in reads {
            checkCount += 1
            let before = last.updateValue(read.revision, forKey: read.place) ?? 0
            if read.revision < before {
                findings.append(
                    .staleReadWentBack(place: read.place, revision: read.revision, after: before)
                )
            }
            if !isTrue(read.cell, of: read.key, at: read.revision) {
                findings.append(.staleReadOffHistory(key: read.key, revision: read.revision))
            }
        }
    }
}
