internal import Bytes

extension QueueTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Parameter index: of the last entry applied.
    /// - Complexity: O(*n* log *n*), and in the bytes of all items
    func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        var anew = QueueLedger()
        for queue in queues.elements.map(\.value) {
            guard !queue.isVoid else { return .queuesAreKept }
            if let settings = queue.settings { anew.add(settings, of: queue.name) }
            if let rule = queue.brokenRule(appliedIndex: appliedIndex) { return rule }
            for item in queue.items.elements { anew.add(item.value, id: item.key, of: queue.name) }
        }
        guard anew.sum == ledger.sum else { return .queueHashIsSum }
        guard ledger.byteCount <= Self.byteCountMax, anew.byteCount == ledger.byteCount,
            anew.itemCount == ledger.itemCount
        else {
            return .queuesAreCounted
        }
        let isDue = anew.due.elements.allSatisfy { ledger.due.contains($0.key) }
        return isDue && anew.due.count == ledger.due.count ? nil : .queueEndsAreDue
    }
}

extension ItemQueue {
    fileprivate func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        var counts = (ready: 0, taken: 0, tokens: 0, keys: 0)
        for (id, item) in items.elements.map({ ($0.key, $0.value) }) {
            guard item.isSound(id, appliedIndex: appliedIndex) else { return .queueItemsAreSound }
            if let token = item.token {
                counts.tokens += 1
                guard tokens[token] == id else { return .queueTokensNameItems }
            }
            if let key = item.key {
                counts.keys += 1
                guard keys[key] == id else { return .queueKeysNameItems }
            }
            switch item.standing {
            case .ready:
                counts.ready += 1
                guard ready.contains(QueueRank(priority: item.priority, id: id)) else {
                    return .queueReadyIsRanked
                }
            case .delayed: break
            case .taken: counts.taken += 1
            }
        }
        guard counts.tokens == tokens.count else { return .queueTokensNameItems }
        guard counts.keys == keys.count else { return .queueKeysNameItems }
        guard counts.ready == ready.count else { return .queueReadyIsRanked }
        return counts.taken == takenCount ? nil : .queuesAreCounted
    }
}

extension QueueItem {
    /// Whether it is one that steps of queues lead to.
    func isSound(_ id: UInt64, appliedIndex: UInt64) -> Bool {
        guard id <= appliedIndex, token?.rawValue ?? 0 <= appliedIndex,
            (token == nil) || tryCount > 0
        else { return false }
        switch standing {
        case .ready: return true
        case .delayed: return token == nil
        case .taken: return token != nil
        }
    }
}
