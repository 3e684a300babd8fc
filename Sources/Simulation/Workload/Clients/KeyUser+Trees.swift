internal import Keyspace

/// Whole directories that a key user writes.
extension KeyUser {
    /// A directory becomes what the client says, whole or in part; at most one key goes.
    func tree() -> OperationDraft {
        let directory = world.pick(KeySpaces.directoryCount)
        let keys = Array(history.keys.keys(ofDirectory: directory))
        let left = world.pick(keys.count + 1)
        let isReplaced = world.pick(3) > 0
        var edits: [TreeWrite.Edit] = []
        var steps: [Recording.Step] = []
        var value: UInt64 = 0
        for (place, key) in keys.enumerated() {
            guard place != left else {
                if isReplaced { steps.append(.delete(key)) }
                continue
            }
            value = client.nextValue()
            steps.append(.put(key, value: value))
            edits.append(.value(history.keys.registers[key], KeySpaces.encode(value)))
        }
        let (condition, ask) = condition(onKeys: keys, directory: directory, steps: steps)
        let write = TreeWrite(
            root: history.keys.directories[directory],
            edits: edits,
            mode: isReplaced ? .replace : .merge,
            condition: condition
        )
        return OperationDraft(kind: .tree, ask: ask, command: .writeTree(write), value: value)
    }

    /// What must hold for the directory, if anything, and the whole as a recording has it: that
    /// knows no condition that one of some keys meets, so one that some key is there is one that all
    /// are missing, with the branches exchanged.
    private func condition(
        onKeys keys: [Int],
        directory: Int,
        steps: [Recording.Step]
    ) -> (TreeWrite.Condition, Recording.Ask) {
        let missing = keys.map { Recording.Compare($0, .absent) }
        switch world.pick(6) {
        case 0: return (.absent, Recording.Ask(compares: missing, then: steps))
        case 1: return (.exists, Recording.Ask(compares: missing, then: [], otherwise: steps))
        case 2, 3:
            guard let cells = listed[directory] else { break }
            // No two states of a directory have one tag: without a newer put, keys only go.
            let tag = TreeWrite.Tag(
                modRevision: Revision(rawValue: cells.reduce(0) { max($0, $1.modRevision) }),
                keyCount: UInt64(cells.count { $0.value != 0 })
            )
            let nobodys = TreeWrite.Tag(modRevision: tag.modRevision, keyCount: 1_000)
            let compares = zip(keys, cells).map { key, cell in
                let isThere = cell.value != 0
                return Recording.Compare(key, isThere ? .modRevision(cell.modRevision) : .absent)
            }
            return (.oneOf([nobodys, tag]), Recording.Ask(compares: compares, then: steps))
        default: break
        }
        return (.none, Recording.Ask(then: steps))
    }
}
