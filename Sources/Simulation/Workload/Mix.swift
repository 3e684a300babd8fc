internal import Bytes

/// Who uses a cluster, and what for.
package struct Mix: Hashable, Sendable {
    /// What those do who write and read keys.
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
    }

    /// How often each operation is done, by raw value, against the sum of all.
    package var weights: [Int] = [8, 4, 3, 6, 5, 2, 5, 2, 2, 1]
    /// Those who write and read keys.
    package var keyUserCount = 4
    /// Those who keep keys alive.
    package var leaseHolderCount = 2
    /// Those who contend for locks and elections.
    package var contenderCount = 3
    /// Those who leave the waiting to a member.
    package var waiterCount = 2
    /// Those who watch.
    package var watcherCount = 2
    /// The mean pause between two requests of one client.
    package var thinkMilliseconds: UInt64 = 500
    /// Keys that are alone; others lie in directories.
    package var lonelyKeyCount = 4

    /// What most clusters see.
    package init() {}

    /// Another one for each seed.
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

    /// Of all kinds.
    var clientCount: Int {
        keyUserCount + leaseHolderCount + contenderCount + waiterCount + watcherCount
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
