@testable import Keyspace

/// Locks, elections and their leases as Docs/http-api.md words them: arrays and full scans, nothing
/// incremental, no revisions. What it says of each command is compared with what the keyspace did.
struct ContestModel {
    /// A way to be wrong, so that a test can prove that the comparison would see it.
    enum Fault: CaseIterable {
        case none
        case grantsToDeadWaiters
        case sharedOvertakes
        case permitGivenTwice
        case permitsNeverDiffer
        case holdOutlivesItsTime
        case delayAfterRelease
        case noDelay
        case holdsAreNotCounted
        case deadlineNotAnewAtGrant
        case endedLeaseKeepsLock
        case leaseEndsAtItsDeadline
        case releaseKeepsMadeLease
        case askingAgainQueuesAgain
        case keepsPlaceAfterAbandon
    }

    struct Lease {
        let id: LeaseID
        let timeToLive: UInt64
        var deadline: UInt64
        let isOfPlace: Bool
    }

    struct Contender: Hashable {
        let lease: LeaseID
        let mode: LockRequest.Mode
        let terms: LockTerms
        var count = 1
        var holdEnd: UInt64?
        var permits: UInt32 { terms.permitCount }
        var token: FencingToken?
    }

    struct Queue {
        let contest: Contest
        var holders: [Contender] = []
        var waiters: [Contender] = []
        /// The last millisecond in which nobody gets it.
        var shutUntil: UInt64?
    }

    let fault: Fault
    private(set) var leases: [Lease] = []
    private(set) var queues: [Queue]
    private var now: UInt64 = 0

    init(contests: [Contest], fault: Fault = .none) {
        self.fault = fault
        queues = contests.map { Queue(contest: $0) }
    }

    func isLive(_ id: LeaseID) -> Bool { leases.contains { $0.id == id && $0.deadline >= now } }

    /// Applies an entry; returns the expected outcome in words.
    mutating func apply(_ request: Request?, index: UInt64, time: UInt64) -> String {
        now = time
        let grace: UInt64 = fault == .leaseEndsAtItsDeadline ? 0 : 1
        for lease in leases where lease.deadline + grace <= now { end(lease.id, isExpired: true) }
        endHolds()
        settle()
        guard let request else { return "nothing" }
        for fence in request.fences where !holds(fence) { return "fenced" }
        let words = carryOut(request.command, new: lease(index))
        settle()
        return words
    }

    /// The keyspace's token for a grant that the model made, too.
    mutating func learn(_ grant: Grant) {
        guard let queue = queues.firstIndex(where: { $0.contest == grant.contest }),
            let holder = queues[queue].holders.firstIndex(where: { $0.lease == grant.lease })
        else { return }
        queues[queue].holders[holder].token = grant.token
    }

    private func holds(_ fence: Fence) -> Bool {
        queues.contains { queue in
            queue.contest.name == fence.lock
                && queue.holders.contains { $0.token == fence.token && isLive($0.lease) }
        }
    }

    private mutating func carryOut(_ command: Command, new: LeaseID) -> String {
        switch command {
        case .grantLease(_, let timeToLive):
            grantLease(new, timeToLive: timeToLive, isOfPlace: false)
            return "lease"
        case .keepAlive(let ids):
            for index in leases.indices where ids.contains(leases[index].id) {
                guard leases[index].deadline >= now else { continue }
                leases[index].deadline = now + leases[index].timeToLive
            }
            return "kept"
        case .revokeLease(let id):
            guard isLive(id) else { return "missing" }
            end(id, isExpired: false)
            return "revoked"
        case .acquire(let acquisition): return acquire(acquisition, new: new)
        case .abandon(let contest, let id, let abandonment):
            return abandon(contest, id: id, abandonment: abandonment)
        case .release(let contest, let release): return self.release(contest, release: release)
        case .proclaim(let name, let token, _):
            let holder = queues.first { $0.contest == Contest(kind: .election, name: name) }?
                .holders.first { $0.token == token && isLive($0.lease) }
            return holder == nil ? "notHolder" : "proclaimed"
        default: return "put"
        }
    }

    private mutating func grantLease(_ id: LeaseID, timeToLive: UInt64, isOfPlace: Bool) {
        leases.append(
            Lease(id: id, timeToLive: timeToLive, deadline: now + timeToLive, isOfPlace: isOfPlace)
        )
    }

    private mutating func acquire(_ acquisition: LockRequest, new: LeaseID) -> String {
        guard let at = queues.firstIndex(where: { $0.contest == acquisition.contest }) else {
            return "no contest"
        }
        if case .lease(let id) = acquisition.ownership {
            guard isLive(id) else { return "missing" }
            if let place = queues[at].holders.firstIndex(where: { $0.lease == id }) {
                let holder = queues[at].holders[place]
                if let words = mismatch(acquisition, with: holder) { return words }
                guard acquisition.terms.reentry == .counted else { return "granted" }
                guard holder.terms.reentry == .counted else {
                    return "held \(queues[at].waiters.count + 1)"
                }
                if fault != .holdsAreNotCounted { queues[at].holders[place].count += 1 }
                return "granted"
            }
            if fault != .askingAgainQueuesAgain,
                let place = queues[at].waiters.firstIndex(where: { $0.lease == id })
            {
                if let words = mismatch(acquisition, with: queues[at].waiters[place]) {
                    return words
                }
                return acquisition.patience == .queue ? "queued \(place + 1)" : "held \(place + 1)"
            }
        }
        let permits = acquisition.terms.permitCount
        let sharers = (queues[at].holders + queues[at].waiters).filter { $0.mode == .shared }
        if acquisition.mode == .shared, sharers.contains(where: { $0.permits != permits }),
            fault != .permitsNeverDiffer
        {
            return "permits \(sharers[0].permits)"
        }
        let isFree =
            queues[at].waiters.isEmpty
            && isOpen(queues[at], to: acquisition.mode, permits: permits)
        guard isFree || acquisition.patience == .queue else {
            return "held \(queues[at].waiters.count + 1)"
        }
        var id = new
        switch acquisition.ownership {
        case .lease(let callers): id = callers
        case .own(let timeToLive): grantLease(new, timeToLive: timeToLive, isOfPlace: true)
        }
        let contender = Contender(
            lease: id,
            mode: acquisition.mode,
            terms: acquisition.terms
        )
        if fault == .sharedOvertakes, acquisition.mode == .shared {
            queues[at].waiters.insert(contender, at: 0)
        } else {
            queues[at].waiters.append(contender)
        }
        return isFree ? "granted" : "queued \(queues[at].waiters.count)"
    }

    private func mismatch(_ acquisition: LockRequest, with before: Contender) -> String? {
        if before.mode != acquisition.mode { return "mismatch" }
        let differs = before.permits != acquisition.terms.permitCount
        return differs ? "permits \(before.permits)" : nil
    }

    private mutating func abandon(
        _ contest: Contest,
        id: LeaseID,
        abandonment: Abandonment
    ) -> String {
        guard let at = queues.firstIndex(where: { $0.contest == contest }) else { return "missing" }
        if queues[at].waiters.contains(where: { $0.lease == id }) {
            if fault != .keepsPlaceAfterAbandon {
                queues[at].waiters.removeAll { $0.lease == id }
                endIfMade(id)
            }
            return "abandoned"
        }
        guard queues[at].holders.contains(where: { $0.lease == id }) else { return "missing" }
        if abandonment == .queuedOnly { return "granted" }
        queues[at].holders.removeAll { $0.lease == id }
        endIfMade(id)
        return "released"
    }

    private mutating func release(_ contest: Contest, release: Release) -> String {
        guard let at = queues.firstIndex(where: { $0.contest == contest }) else { return "missing" }
        let ending: [Contender]
        switch release {
        case .everyHolder:
            ending = queues[at].holders
            if ending.isEmpty { return "missing" }
        case .token(let token):
            ending = queues[at].holders.filter { $0.token == token && isLive($0.lease) }
            if ending.isEmpty { return "notHolder" }
        }
        if case .token = release, let place = queues[at].holders.firstIndex(of: ending[0]),
            ending[0].count > 1
        {
            queues[at].holders[place].count -= 1
            return "still \(ending[0].count - 1)"
        }
        queues[at].holders.removeAll { ending.contains($0) }
        if fault == .delayAfterRelease { shut(at, after: ending[0]) }
        for holder in ending { endIfMade(holder.lease) }
        return "released"
    }

    /// Only a lease that the lock made ends with the place or grant.
    private mutating func endIfMade(_ id: LeaseID, isExpired: Bool = false) {
        guard fault != .releaseKeepsMadeLease else { return }
        if leases.contains(where: { $0.id == id && $0.isOfPlace }) {
            end(id, isExpired: isExpired)
        }
    }

    /// Ends the holds whose own time is over, and opens what was shut for a while.
    private mutating func endHolds() {
        for at in queues.indices {
            if let end = queues[at].shutUntil, end < now { queues[at].shutUntil = nil }
            guard fault != .holdOutlivesItsTime else { continue }
            for holder in queues[at].holders where holder.holdEnd ?? .max < now {
                queues[at].holders.removeAll { $0.lease == holder.lease }
                shut(at, after: holder)
                endIfMade(holder.lease, isExpired: true)
            }
        }
    }

    private mutating func shut(_ at: Int, after holder: Contender) {
        let delay = holder.terms.delayMilliseconds
        guard delay > 0, fault != .noDelay else { return }
        queues[at].shutUntil = max(queues[at].shutUntil ?? 0, now + delay)
    }

    private mutating func end(_ id: LeaseID, isExpired: Bool) {
        leases.removeAll { $0.id == id }
        for at in queues.indices {
            if isExpired, let holder = queues[at].holders.first(where: { $0.lease == id }) {
                shut(at, after: holder)
            }
            if fault != .grantsToDeadWaiters { queues[at].waiters.removeAll { $0.lease == id } }
            if fault != .endedLeaseKeepsLock { queues[at].holders.removeAll { $0.lease == id } }
        }
    }

    private func isOpen(_ queue: Queue, to mode: LockRequest.Mode, permits: UInt32) -> Bool {
        guard queue.shutUntil == nil else { return false }
        guard let holder = queue.holders.first else { return true }
        guard mode == .shared, holder.mode == .shared else { return false }
        let most = Int(permits) + (fault == .permitGivenTwice ? 1 : 0)
        return permits == 0 || queue.holders.count < most
    }

    private mutating func settle() {
        for at in queues.indices {
            while let first = queues[at].waiters.first,
                isOpen(queues[at], to: first.mode, permits: first.permits)
            {
                var holder = queues[at].waiters.removeFirst()
                let hold = holder.terms.holdMilliseconds
                if hold > 0 { holder.holdEnd = now + hold }
                queues[at].holders.append(holder)
                guard let index = leases.firstIndex(where: { $0.id == first.lease }),
                    leases[index].isOfPlace, fault != .deadlineNotAnewAtGrant
                else { continue }
                leases[index].deadline = now + leases[index].timeToLive
            }
        }
    }
}
