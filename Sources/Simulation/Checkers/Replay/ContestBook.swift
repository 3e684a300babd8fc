internal import Bytes
internal import Keyspace

/// Leases, locks and elections as one would write them down, where nobody needs a right and no lock
/// stays shut: lists that are looked through.
struct ContestBook {
    /// Who gets what by an entry.
    struct Award: Hashable {
        let contest: Contest
        let lease: LeaseID
    }

    private struct Lease {
        let timeToLiveMilliseconds: UInt64
        /// The last millisecond in which it lives.
        var end: ClusterTime
        /// Whether it goes with its place or grant.
        let isOfPlace: Bool
    }

    private struct Contender {
        let lease: LeaseID
        let isShared: Bool
        let permitCount: UInt32
        let priority: Int32
        let arrival: UInt64
        var isChosen = false
        /// The last millisecond in which it may hold.
        var holdEnd: ClusterTime?
        var token: FencingToken?
    }

    private struct Queue {
        let contest: Contest
        var holders: [Contender] = []
        var waiters: [Contender] = []
    }

    private var clock = ClusterTime.zero
    private var leases: [LeaseID: Lease] = [:]
    /// In the order of contests.
    private var queues: [Queue] = []
    private var answered: Set<[UInt8]> = []
    /// Nothing ends before that.
    private var nextEnd = ClusterTime(rawValue: .max)

    // MARK: Time

    /// Ends what is over by then; returns who gets something by it.
    mutating func pass(to time: ClusterTime) -> [Award] {
        clock = max(clock, time)
        guard nextEnd < clock else { return [] }
        for lease in leases.filter({ $0.value.end < clock }).map(\.key) { end(lease) }
        for place in queues.indices {
            for holder in queues[place].holders where holder.holdEnd.map({ $0 < clock }) ?? false {
                leave(holder.lease, at: place)
            }
        }
        let holdEnds = queues.flatMap { $0.holders.compactMap(\.holdEnd) }
        nextEnd = (leases.values.map(\.end) + holdEnds).min() ?? ClusterTime(rawValue: .max)
        return settle()
    }

    private mutating func noteEnd(_ end: ClusterTime) { nextEnd = min(nextEnd, end) }

    private mutating func make(
        _ lease: LeaseID,
        timeToLiveMilliseconds: UInt64,
        isOfPlace: Bool
    ) {
        leases[lease] = Lease(
            timeToLiveMilliseconds: timeToLiveMilliseconds,
            end: clock,
            isOfPlace: isOfPlace
        )
        restart(lease)
    }

    private mutating func restart(_ id: LeaseID) {
        guard let lease = leases[id] else { return }
        let end = clock.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
        leases[id]?.end = end
        noteEnd(end)
    }

    /// Ends the lease with all its places and grants.
    private mutating func end(_ lease: LeaseID) {
        leases[lease] = nil
        for place in queues.indices {
            queues[place].holders.removeAll { $0.lease == lease }
            queues[place].waiters.removeAll { $0.lease == lease }
        }
    }

    /// Ends a place or grant, and a lease that was made for it.
    private mutating func leave(_ lease: LeaseID, at place: Int) {
        if leases[lease]?.isOfPlace ?? false { return end(lease) }
        queues[place].holders.removeAll { $0.lease == lease }
        queues[place].waiters.removeAll { $0.lease == lease }
    }

    // MARK: Commands

    /// Carries out what the entry asks for; returns who gets something by it.
    mutating func carryOut(_ request: Request, at index: UInt64) -> [Award] {
        if let stamp = request.idempotency, answered.contains(stamp.key) { return [] }
        var awards: [Award] = []
        var isKept = true
        switch request.command {
        case .grantLease(let chosen, let milliseconds):
            let id = chosen ?? LeaseID(rawValue: index)
            if leases[id] == nil {
                make(id, timeToLiveMilliseconds: milliseconds, isOfPlace: false)
            }
        case .keepAlive(let ids): for id in ids { restart(id) }
        case .revokeLease(let id): end(id)
        case .acquire(let acquisition):
            switch acquire(acquisition, at: index) {
            case .awarded(let award): awards = [award]
            case .disagreed: isKept = false
            case .nothing: break
            }
        case .abandon(let contest, let lease, let extent):
            abandon(contest, lease: lease, extent: extent)
        case .release(let contest, let release): self.release(contest, as: release)
        case .handOver(let election, let token, let successor, let milliseconds):
            let contest = Contest(kind: .election, name: election)
            handOver(contest, token: token, to: successor, milliseconds: milliseconds)
        default: return []
        }
        if isKept, let stamp = request.idempotency { answered.insert(stamp.key) }
        return awards + settle()
    }

    private enum Acquisition {
        case awarded(Award)
        /// Another number of permits was asked for: it may be asked again.
        case disagreed
        case nothing
    }

    private mutating func acquire(_ request: LockRequest, at index: UInt64) -> Acquisition {
        let place = place(of: request.contest)
        var lease = LeaseID(rawValue: index)
        if case .lease(let own) = request.ownership {
            lease = own
            guard leases[own] != nil, !stands(own, at: place) else { return .nothing }
        }
        let isShared = request.mode == .shared
        let sharers = (queues[place].holders + queues[place].waiters).filter(\.isShared)
        if isShared, let other = sharers.first, other.permitCount != request.terms.permitCount {
            return .disagreed
        }
        let contender = Contender(
            lease: lease,
            isShared: isShared,
            permitCount: request.terms.permitCount,
            priority: request.terms.priority,
            arrival: index
        )
        let isFree = queues[place].waiters.isEmpty && isOpen(place, to: contender)
        guard isFree || request.patience == .queue else { return .nothing }
        if case .own(let milliseconds) = request.ownership {
            make(lease, timeToLiveMilliseconds: milliseconds, isOfPlace: true)
        }
        guard isFree else {
            queues[place].waiters.append(contender)
            return .nothing
        }
        queues[place].holders.append(contender)
        return .awarded(Award(contest: request.contest, lease: lease))
    }

    private mutating func place(of contest: Contest) -> Int {
        if let place = queues.firstIndex(where: { $0.contest == contest }) { return place }
        queues.append(Queue(contest: contest))
        queues.sort { $0.contest < $1.contest }
        return queues.firstIndex { $0.contest == contest } ?? 0
    }

    private func stands(_ lease: LeaseID, at place: Int) -> Bool {
        (queues[place].holders + queues[place].waiters).contains { $0.lease == lease }
    }

    private func isOpen(_ place: Int, to contender: Contender) -> Bool {
        let holders = queues[place].holders
        guard let holder = holders.first else { return true }
        guard contender.isShared, holder.isShared else { return false }
        return holder.permitCount == 0 || holders.count < Int(holder.permitCount)
    }

    private mutating func abandon(_ contest: Contest, lease: LeaseID, extent: Abandonment) {
        let place = place(of: contest)
        let holds = queues[place].holders.contains { $0.lease == lease }
        guard stands(lease, at: place), !holds || extent == .heldToo else { return }
        leave(lease, at: place)
    }

    private mutating func release(_ contest: Contest, as release: Release) {
        let place = place(of: contest)
        for holder in queues[place].holders {
            if case .token(let token) = release, token != holder.token { continue }
            leave(holder.lease, at: place)
        }
    }

    private mutating func handOver(
        _ contest: Contest,
        token: FencingToken,
        to successor: LeaseID?,
        milliseconds: UInt64
    ) {
        let place = place(of: contest)
        guard let leader = queues[place].holders.firstIndex(where: { $0.token == token }),
            let next = successor ?? firstWaiter(place),
            let candidate = queues[place].waiters.firstIndex(where: { $0.lease == next })
        else { return }
        queues[place].waiters[candidate].isChosen = true
        let end = clock.advanced(byMilliseconds: milliseconds)
        queues[place].holders[leader].holdEnd = min(
            queues[place].holders[leader].holdEnd ?? end,
            end
        )
        noteEnd(end)
    }

    // MARK: Grants

    /// Whose turn it is: who was chosen, then who has the highest priority, then who came first.
    private func firstWaiter(_ place: Int) -> LeaseID? {
        queues[place].waiters.min { left, right in
            if left.isChosen != right.isChosen { return left.isChosen }
            return (-Int(left.priority), left.arrival) < (-Int(right.priority), right.arrival)
        }?.lease
    }

    private mutating func settle() -> [Award] {
        var awards: [Award] = []
        for place in queues.indices {
            while let next = firstWaiter(place),
                let index = queues[place].waiters.firstIndex(where: { $0.lease == next }),
                isOpen(place, to: queues[place].waiters[index])
            {
                queues[place].holders.append(queues[place].waiters.remove(at: index))
                if leases[next]?.isOfPlace ?? false { restart(next) }
                awards.append(Award(contest: queues[place].contest, lease: next))
            }
        }
        return awards
    }

    /// A member showed with which token that was granted.
    mutating func note(_ token: FencingToken, of award: Award) {
        let place = place(of: award.contest)
        for index in queues[place].holders.indices
        where queues[place].holders[index].lease == award.lease {
            queues[place].holders[index].token = token
        }
    }

    // MARK: Looks

    func lives(_ lease: LeaseID) -> Bool { leases[lease] != nil }

    /// Whether so many hold the semaphore that no other may.
    func isFull(_ contest: Contest) -> Bool {
        guard let holders = queues.first(where: { $0.contest == contest })?.holders,
            let permitCount = holders.first?.permitCount, permitCount > 0
        else { return false }
        return holders.count >= Int(permitCount)
    }
}
