@testable import Keyspace

/// Locks, elections and their leases as Docs/http-api.md words them: arrays and full scans, nothing
/// incremental, no revisions. What it says of each command is compared with what the keyspace did.
struct ContestModel {
    /// A way to be wrong, so that a test can prove that the comparison would see it.
    enum Fault: CaseIterable {
        case none
        case grantsToDeadWaiters
        case sharedOvertakes
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
        var token: FencingToken?
    }

    struct Queue {
        let contest: Contest
        var holders: [Contender] = []
        var waiters: [Contender] = []
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
        for lease in leases where lease.deadline + grace <= now { end(lease.id) }
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
            end(id)
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
            if let holder = queues[at].holders.first(where: { $0.lease == id }) {
                return holder.mode == acquisition.mode ? "granted" : "mismatch"
            }
            if fault != .askingAgainQueuesAgain,
                let place = queues[at].waiters.firstIndex(where: { $0.lease == id })
            {
                guard queues[at].waiters[place].mode == acquisition.mode else { return "mismatch" }
                return acquisition.patience == .queue ? "queued \(place + 1)" : "held \(place + 1)"
            }
        }
        let isFree = queues[at].waiters.isEmpty && isOpen(queues[at], to: acquisition.mode)
        guard isFree || acquisition.patience == .queue else {
            return "held \(queues[at].waiters.count + 1)"
        }
        var id = new
        switch acquisition.ownership {
        case .lease(let callers): id = callers
        case .own(let timeToLive): grantLease(new, timeToLive: timeToLive, isOfPlace: true)
        }
        let contender = Contender(lease: id, mode: acquisition.mode)
        if fault == .sharedOvertakes, acquisition.mode == .shared {
            queues[at].waiters.insert(contender, at: 0)
        } else {
            queues[at].waiters.append(contender)
        }
        return isFree ? "granted" : "queued \(queues[at].waiters.count)"
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
        queues[at].holders.removeAll { ending.contains($0) }
        for holder in ending { endIfMade(holder.lease) }
        return "released"
    }

    /// Only a lease that the lock made ends with the place or grant.
    private mutating func endIfMade(_ id: LeaseID) {
        guard fault != .releaseKeepsMadeLease else { return }
        if leases.contains(where: { $0.id == id && $0.isOfPlace }) { end(id) }
    }

    private mutating func end(_ id: LeaseID) {
        leases.removeAll { $0.id == id }
        for at in queues.indices {
            if fault != .grantsToDeadWaiters { queues[at].waiters.removeAll { $0.lease == id } }
            if fault != .endedLeaseKeepsLock { queues[at].holders.removeAll { $0.lease == id } }
        }
    }

    private func isOpen(_ queue: Queue, to mode: LockRequest.Mode) -> Bool {
        guard let holder = queue.holders.first else { return true }
        return mode == .shared && holder.mode == .shared
    }

    private mutating func settle() {
        for at in queues.indices {
            while let first = queues[at].waiters.first, isOpen(queues[at], to: first.mode) {
                queues[at].holders.append(queues[at].waiters.removeFirst())
                guard let index = leases.firstIndex(where: { $0.id == first.lease }),
                    leases[index].isOfPlace, fault != .deadlineNotAnewAtGrant
                else { continue }
                leases[index].deadline = now + leases[index].timeToLive
            }
        }
    }
}
