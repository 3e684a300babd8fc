internal import Bytes

/// Who uses a cluster, and what for.
package struct Mix: Hashable, Sendable {
    /// What a key user does.
    package enum KeyOperation: Int, CaseIterable, Hashable, Sendable {
        case get = 0
        case staleRead
        case list
        case put
        case swap
        case delete
        case transaction
        case child
        case look
        case compaction
        case rangeTransaction
        case nestedTransaction
        case tree
        case rangeDelete
        case query
        case quota
    }

    /// How often each operation is done, by raw value, relative to the sum of all.
    package var weights: [Int] = [8, 4, 3, 6, 5, 2, 4, 2, 2, 1, 3, 3, 3, 1, 3, 0]
    /// How many clients write and read keys.
    package var keyUserCount = 4
    /// How many keep keys alive by leases.
    package var leaseHolderCount = 2
    /// How many contend for locks and elections.
    package var contenderCount = 3
    /// How many leave the waiting for a lock to a member.
    package var waiterCount = 2
    /// How many watch.
    package var watcherCount = 2
    /// How many ask as users whose rights come and go; with any, somebody changes them.
    package var subjectCount = 0
    /// How many push and take items of queues.
    package var queueUserCount = 0
    /// How many count.
    package var counterUserCount = 0
    /// The mean pause between two requests of one client.
    package var thinkMilliseconds: UInt64 = 500
    /// How many keys are alone; the others lie in directories.
    package var lonelyKeyCount = 4

    /// What key users set quotas of, if they set any.
    package enum Quotas: Hashable, Sendable {
        case ofEverything
        case ofSubtreesToo
    }

    package var quotas = Quotas.ofEverything

    /// A mix as most clusters see it.
    package init() {}

    /// Without anybody.
    static let nobody: Mix = {
        var mix = Mix()
        mix.keyUserCount = 0
        mix.leaseHolderCount = 0
        mix.contenderCount = 0
        mix.waiterCount = 0
        mix.watcherCount = 0
        return mix
    }()

    /// Draws the mix of a seed.
    init(drawnBy chance: inout SplitMix64) {
        keyUserCount = Int.random(in: 2...5, using: &chance)
        leaseHolderCount = Int.random(in: 1...2, using: &chance)
        contenderCount = Int.random(in: 2...4, using: &chance)
        waiterCount = Int.random(in: 1...3, using: &chance)
        watcherCount = Int.random(in: 1...2, using: &chance)
        lonelyKeyCount = Int.random(in: 1...6, using: &chance)
        thinkMilliseconds = UInt64.random(in: 300...550, using: &chance)
        for place in weights.indices { weights[place] *= Int.random(in: 1...4, using: &chance) }
        // Where history is short, snapshots are small, logs are cut soon, and whoever was away
        // for some seconds needs a snapshot in place of its log.
        weights[KeyOperation.compaction.rawValue] *= [1, 1, 6].pick(&chance)
    }

    /// Key users, if there are any, also set the quota, again and again.
    mutating func setsQuotas() { weights[KeyOperation.quota.rawValue] = 6 }

    /// Access is controlled, where anybody asks for anything.
    mutating func controlsAccess() {
        if clientCount > 0 { subjectCount = Principals.userCount }
    }

    /// Queues and counters are used, where anybody asks for anything.
    mutating func usesQueues() {
        guard clientCount > 0 else { return }
        queueUserCount = 2
        counterUserCount = 1
    }

    /// How many clients of all kinds there are.
    var clientCount: Int {
        keyUserCount + leaseHolderCount + contenderCount + waiterCount + watcherCount
            + (subjectCount > 0 ? subjectCount + 1 : 0) + queueUserCount + counterUserCount
    }

    /// One of the operations, by weight.
    func operation(_ chance: inout SplitMix64) -> KeyOperation {
        var left = Int.random(in: 0..<weights.reduce(0, +), using: &chance)
        for operation in KeyOperation.allCases {
            left -= weights[operation.rawValue]
            if left < 0 { return operation }
        }
        return .get
    }
}
