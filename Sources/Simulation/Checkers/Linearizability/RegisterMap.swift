/// The model that a recording is held against: a few versioned keys, one operation at a time.
struct RegisterMap: Sendable {
    /// By place in the partition.
    private(set) var cells: [Recording.Cell]

    init(keyCount: Int) {
        cells = Array(repeating: .absent, count: keyCount)
    }

    /// Carries out an operation that was answered. False when the state does not give that answer;
    /// the cells are then of no more use.
    mutating func admits(
        _ ask: Recording.Ask,
        answer: Recording.Answer,
        slots: [Int]
    ) -> Bool {
        learnRevisions(ask, answer: answer, slots: slots)
        let branch = ask.branch { cells[slots[$0.key]].meets($0.condition) }
        let steps = ask.steps(of: branch)
        guard branch == answer.branch, steps.count == answer.observations.count else {
            return false
        }
        var clearedCount: UInt64 = 0
        for (step, observation) in zip(steps, answer.observations) {
            let slot = slots[step.key]
            switch (step, observation) {
            case (.get, .got(let seen)):
                guard cells[slot].agrees(with: seen) else { return false }
            case (.put(_, let value), .put(let version)):
                cells[slot].put(value, at: answer.revision)
                guard version == 0 || version == cells[slot].version else { return false }
            case (.delete, .deleted(let wasThere)):
                guard wasThere == (cells[slot].value != 0) else { return false }
                cells[slot] = .absent
            case (.delete, .cleared):
                if cells[slot].value != 0 { clearedCount += 1 }
                cells[slot] = .absent
            default: return false
            }
        }
        return clearedCount == answer.clearedCount
    }

    /// Carries out an operation whose answer nobody got. False when it changes nothing: then it
    /// makes no difference whether it took effect.
    mutating func takes(_ ask: Recording.Ask, at revision: UInt64, slots: [Int]) -> Bool {
        var changes = false
        for step in ask.steps(of: ask.branch { cells[slots[$0.key]].meets($0.condition) }) {
            let slot = slots[step.key]
            switch step {
            case .get: break
            case .put(_, let value):
                cells[slot].put(value, at: revision)
                changes = true
            case .delete where cells[slot].value != 0:
                cells[slot] = .absent
                changes = true
            case .delete: break
            }
        }
        return changes
    }

    /// What came of a condition says which revision an unanswered write had: its client was told
    /// so by an answer that the recording does not keep, such as a refusal.
    private mutating func learnRevisions(
        _ ask: Recording.Ask,
        answer: Recording.Answer,
        slots: [Int]
    ) {
        // Those within held, too, where `then` was carried out.
        let compares = answer.branch == .then ? ask.allCompares : ask.compares
        let met = answer.branch == .otherwise ? answer.branch : .then
        for compare in compares {
            switch (compare.condition, met) {
            case (.modRevision(let revision), .then): cells[slots[compare.key]].learn(revision)
            case (.oneOf(let revisions), .then):
                // Older ones are not those of a write that nobody has seen since.
                if let newest = revisions.last { cells[slots[compare.key]].learn(newest) }
            case (.changedSince(let revision), .otherwise) where compares.count == 1:
                cells[slots[compare.key]].learn(revision)
            default: continue
            }
        }
    }
}

extension Recording.Cell {
    fileprivate mutating func put(_ value: UInt64, at revision: UInt64) {
        version = self.value == 0 ? 1 : version + 1
        self.value = value
        modRevision = revision
    }

    fileprivate mutating func learn(_ revision: UInt64) {
        if value != 0, modRevision == Self.unknownRevision { modRevision = revision }
    }

    /// Whether somebody may have seen the cell like that, as far as both are known.
    fileprivate func agrees(with seen: Recording.Cell) -> Bool {
        guard value == seen.value else { return false }
        guard value != 0 else { return true }
        let isModRevision =
            modRevision == seen.modRevision || seen.modRevision == 0 || modRevision == 0
            || modRevision == Self.unknownRevision
        return isModRevision && (version == seen.version || seen.version == 0)
    }
}
