internal import Bytes

extension Keyspace {
    /// - Parameter chosen: nil leaves the choice to the store.
    mutating func grantLease(
        _ chosen: LeaseID?,
        timeToLiveMilliseconds: UInt64,
        context: ApplyContext
    ) throws(Refusal) -> Outcome {
        if let chosen, leases[chosen] != nil, !planted(.chosenLeaseGivenTwice) {
            throw .leaseExists(chosen)
        }
        try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
        let lease = chosen ?? freeLease(context)
        makeLease(
            lease,
            timeToLiveMilliseconds: timeToLiveMilliseconds,
            origin: .client,
            context: context
        )
        return .leaseGranted(lease, timeToLiveMilliseconds: timeToLiveMilliseconds)
    }

    /// The id of the lease that the entry grants if nobody chose one: the entry's index, or where a
    /// caller chose that for another, the next that is free far from all indexes.
    ///
    /// - Complexity: O(log *n*) unless callers choose those, too.
    func freeLease(_ context: ApplyContext) -> LeaseID {
        var id = LeaseID(rawValue: context.index)
        var step: UInt64 = 0
        while leases[id] != nil {
            step += 1
            id = LeaseID(rawValue: (1 << 62 | context.index << 16) &+ step & LeaseID.max.rawValue)
        }
        return id
    }

    /// A lease that the caller may not keep alive is told as one that is gone.
    mutating func keepAlive(_ ids: [LeaseID], context: ApplyContext) -> Outcome {
        var looks = Self.leaseLookCountMax
        return .keptAlive(
            ids.map { id in
                guard leases.live(id, at: context.time) != nil,
                    mayUse(id, as: context.caller, for: .keeping, looks: &looks)
                else { return nil }
                leases.restart(id, at: context.time)
                return leases[id]?.standing(id, at: context.time)
            }
        )
    }

    mutating func revokeLease(_ id: LeaseID, in context: inout ApplyContext) throws(Refusal)
        -> Outcome
    {
        guard leases.live(id, at: context.time) != nil,
            mayUse(id, as: context.caller, for: .changing)
        else { throw .notFound(.lease) }
        store.begin(as: context.stamp, for: context.audience)
        let count = endLease(id, cause: .revoked, in: &context)
        commit(&context)
        return .leaseRevoked(revision: store.revision, deletedCount: count)
    }

    /// Resolves what a put asks to be tied to; makes the key's own lease.
    mutating func attachment(
        _ attachment: LeaseAttachment,
        in context: inout ApplyContext
    ) throws(Refusal) -> LeaseID? {
        switch attachment {
        case .none: return nil
        case .lease(let id):
            try checkTie(to: id, in: &context)
            return id
        case .own(let timeToLiveMilliseconds):
            try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
            let lease = freeLease(context)
            makeLease(
                lease,
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: .key,
                context: context
            )
            return lease
        }
    }

    /// Throws when no lease of that length can be made now.
    func checkLease(timeToLiveMilliseconds: UInt64) throws(Refusal) {
        guard Lease.timeToLiveMillisecondsRange.contains(timeToLiveMilliseconds) else {
            throw .timeToLiveOutOfRange(milliseconds: timeToLiveMilliseconds)
        }
        guard leases.count < LeaseTable.countMax else { throw .tooManyLeases }
    }

    /// Makes a lease of an id that is free.
    mutating func makeLease(
        _ id: LeaseID,
        timeToLiveMilliseconds: UInt64,
        origin: Lease.Origin,
        context: ApplyContext
    ) {
        leases.insert(
            Lease(
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: origin,
                deadline: deadline(of: timeToLiveMilliseconds, context: context),
                creator: context.creator
            ),
            for: id
        )
    }

    private func deadline(of timeToLiveMilliseconds: UInt64, context: ApplyContext) -> ClusterTime {
        if planted(.leaseEndsEarly) {
            return context.time.advanced(byMilliseconds: timeToLiveMilliseconds / 2)
        }
        return context.time.advanced(byMilliseconds: timeToLiveMilliseconds)
    }

    /// Inside an open change set: ends a lease with everything tied to it; returns how many keys
    /// there were.
    ///
    /// - Complexity: O(*k* log *n*) for *k* keys and places.
    @discardableResult
    mutating func endLease(
        _ id: LeaseID,
        cause: DeleteCause,
        in context: inout ApplyContext
    ) -> UInt64 {
        var count: UInt64 = 0
        for key in leases.keys(of: id, after: nil, countMax: .max) {
            count += erase(key, cause: cause, in: &context)
        }
        while let (contest, standing) = contests.firstContest(of: id) {
            endStanding(standing, of: id, in: contest, cause: cause, in: &context)
        }
        while endFirstParty(of: id, cause: cause, in: &context) {}
        leases.remove(id)
        assert(contests.firstContest(of: id) == nil, KeyspaceRule.contendersHaveLeases.rawValue)
        return count
    }
}
