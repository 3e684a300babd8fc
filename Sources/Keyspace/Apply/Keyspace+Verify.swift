internal import Bytes

extension Keyspace {
    /// Ends the process when a rule is broken; does nothing where assertions are not checked.
    /// Called at the end of each entry.
    ///
    /// The whole state is read after every entry while it is small. A larger one is read after
    /// every second, fourth, eighth... entry, by the index alone, so that the cost stays at about
    /// sixteen items an entry.
    mutating func verify() {
        assert(!isVerificationDue || isSound(), "the replicated state contradicts itself")
    }

    private func isSound() -> Bool {
        let rule = brokenRule
        invariant(rule == nil, "entry \(appliedIndex): \(rule?.rawValue ?? "")")
        return true
    }

    private var isVerificationDue: Bool {
        let byteCount =
            store.byteCount + store.historyByteCount + answers.byteCount
            + (coordination.content?.byteCount ?? 0)
        let itemCount =
            store.records.count + store.directories.count + leases.count + answers.count
            + contests.holderCount + contests.waiterCount + byteCount / 256
        var interval: UInt64 = 1
        while interval < itemCount / 8 { interval <<= 1 }
        return appliedIndex & (interval - 1) == 0
    }

    /// The first rule that the state breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*) in all of the state, history included.
    var brokenRule: KeyspaceRule? {
        leases.brokenRule ?? contests.brokenRule ?? answers.brokenRule ?? store.brokenRule
            ?? orders.brokenRule(appliedIndex: appliedIndex)
            ?? access.brokenRule(appliedIndex: appliedIndex) ?? guards.brokenRule
            ?? coordination.content?.brokenRule(appliedIndex: appliedIndex) ?? brokenOrder
            ?? brokenJoin
    }

    /// The first broken rule of those about the entries, revisions and times that there were.
    private var brokenOrder: KeyspaceRule? {
        guard (1...FeatureLevel.limit).contains(featureLevel.number) else {
            return .featureLevelIsInRange
        }
        if let rule = settings.brokenRule { return rule }
        guard store.log.lastTime <= clock else { return .clockIsNewest }
        if let greatest = leases.greatest, greatest > .max { return .leaseIDsAreShort }
        for (id, lease) in leases.elements(after: nil).map({ ($0.key, $0.value) }) {
            let latest = clock.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
            guard lease.deadline <= latest else { return .deadlineIsWithinLife }
            // One that is over may still wait for the end of its slice.
            let mayStand = lease.origin != .place || !lease.isLive(at: clock)
            guard
                mayStand || contests.firstContest(of: id) != nil
                    || !barriers(of: id, countMax: 1).isEmpty
            else {
                return .placeLeaseHasPlace
            }
        }
        if let kept = answers.newest, kept.index > appliedIndex || kept.time > clock {
            return .answersArePast
        }
        if let rule = contests.brokenSource { return rule }
        for queue in contests.queues.elements.map(\.value) {
            if let token = queue.holders.last?.key, token.rawValue > store.revision.rawValue {
                return .tokensWereGiven
            }
            for waiter in queue.waiters.elements {
                guard waiter.key.arrival <= appliedIndex else { return .arrivalsArePast }
            }
        }
        return nil
    }

    /// The first broken rule of those about how the parts fit together.
    private var brokenJoin: KeyspaceRule? {
        var attachedCount = 0
        var recordCount = 0
        var cursor = store.records.cursor()
        while !cursor.isAtEnd {
            let (key, version) = (Key(unchecked: cursor.key), cursor.value.current)
            cursor.advance()
            guard version.isLive else { continue }
            if key.isCounter {
                guard isCounter(key) else { return .countersCount }
            } else if key.isReserved {
                recordCount += 1
            } else if version.lease != 0 {
                attachedCount += 1
                let lease = LeaseID(rawValue: version.lease)
                guard leases.isAttached(key, to: lease) else { return .attachmentsNameKeys }
            }
        }
        let quotas = store.quotas.standings(after: nil, countMax: .max)
        guard quotas.allSatisfy({ $0.used == store.size(below: $0.path) }) else {
            return .quotasAreCounted
        }
        guard attachedCount == leases.attachmentCount else { return .attachmentsNameKeys }
        guard recordCount == contests.holderCount else { return .holdersHaveRecords }
        guard havePartiesLeases else { return .partiesHaveLeases }
        for element in contests.elements(after: Contest(kind: .lock, name: [])) {
            for waiter in element.value.waiters.elements where leases[waiter.value.lease] == nil {
                return .contendersHaveLeases
            }
            for holder in element.value.holders.elements {
                let lease = holder.value.lease
                guard leases[lease] != nil else { return .contendersHaveLeases }
                let record = store.get(element.key.recordKey(of: lease))
                guard record?.createRevision.rawValue == holder.key.rawValue,
                    record?.lease == lease
                else { return .holdersHaveRecords }
            }
        }
        return nil
    }
}

extension Keyspace {
    /// Whether a key where counters lie shows a number that a counter may have.
    private func isCounter(_ key: Key) -> Bool {
        guard let value = store.get(key)?.value else { return false }
        return Int64(String(decoding: value, as: UTF8.self)).map(CounterChange.range.contains)
            ?? false
    }
}

extension Keyspace {
    /// Whether each who is in a barrier has a lease.
    var havePartiesLeases: Bool {
        barriers.places.elements.allSatisfy { leases[$0.key.lease] != nil }
    }
}

extension ClusterSettings {
    /// The first broken rule of those about what all members share.
    fileprivate var brokenRule: KeyspaceRule? {
        let areInRange = SettingsChange.Name.allCases.allSatisfy { $0.range.contains(self[$0]) }
        guard areInRange else { return .settingsAreInRange }
        return areSet || self == ClusterSettings() ? nil : .unsetIsDefault
    }
}
