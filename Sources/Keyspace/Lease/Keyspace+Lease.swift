internal import Bytes

extension Keyspace {
    mutating func grantLease(timeToLiveMilliseconds: UInt64, context: ApplyContext)
        throws(Refusal)
        -> Outcome
    {
        try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
        makeLease(timeToLiveMilliseconds: timeToLiveMilliseconds, origin: .client, context: context)
        return .leaseGranted(context.lease, timeToLiveMilliseconds: timeToLiveMilliseconds)
    }

    mutating func keepAlive(_ ids: [LeaseID], context: ApplyContext) -> Outcome {
        .keptAlive(
            ids.map { id in
                guard leases.live(id, at: context.time) != nil else { return nil }
                leases.restart(id, at: context.time)
                return leases[id]?.standing(id, at: context.time)
            }
        )
    }

    mutating func revokeLease(_ id: LeaseID, in context: inout ApplyContext) throws(Refusal)
        -> Outcome
    {
        guard leases.live(id, at: context.time) != nil else { throw .notFound(.lease) }
        store.begin(at: context.time, for: context.audience)
        let count = endLease(id, in: &context)
        commit(&context)
        return .leaseRevoked(revision: store.revision, deletedCount: count)
    }

    /// Resolves what a put asks to be tied to; makes the key's own lease.
    mutating func attachment(
        _ attachment: LeaseAttachment,
        context: ApplyContext
    ) throws(Refusal) -> LeaseID? {
        switch attachment {
        case .none: return nil
        case .lease(let id):
            guard leases.live(id, at: context.time) != nil else { throw .notFound(.lease) }
            return id
        case .own(let timeToLiveMilliseconds):
            try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
            makeLease(
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: .key,
                context: context
            )
            return context.lease
        }
    }

    /// Throws when no lease of that length can be made now.
    func checkLease(timeToLiveMilliseconds: UInt64) throws(Refusal) {
        guard Lease.timeToLiveMillisecondsRange.contains(timeToLiveMilliseconds) else {
            throw .timeToLiveOutOfRange(milliseconds: timeToLiveMilliseconds)
        }
        guard leases.count < LeaseTable.countMax else { throw .tooManyLeases }
    }

    /// Makes the turn's lease.
    mutating func makeLease(
        timeToLiveMilliseconds: UInt64,
        origin: Lease.Origin,
        context: ApplyContext
    ) {
        leases.insert(
            Lease(
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: origin,
                deadline: deadline(of: timeToLiveMilliseconds, context: context)
            ),
            for: context.lease
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
    mutating func endLease(_ id: LeaseID, in context: inout ApplyContext) -> UInt64 {
        var count: UInt64 = 0
        for key in leases.keys(of: id, after: nil, countMax: .max) {
            count += erase(key, in: &context)
        }
        while let (contest, standing) = contests.firstContest(of: id) {
            endStanding(standing, of: id, in: contest, in: &context)
        }
        leases.remove(id)
        assert(contests.firstContest(of: id) == nil, KeyspaceRule.contendersHaveLeases.rawValue)
        return count
    }
}
