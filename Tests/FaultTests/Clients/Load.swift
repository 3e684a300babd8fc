import Foundation
import Simulation
import TestCluster

/// The clients of one window: some write, read, swap and delete a few keys, some contend for a lock
/// and write under its token, some keep leases alive or let them end, and one at each member only
/// wants to know whether it can write. All on keys of the window.
final class Load: @unchecked Sendable {
    let ledger: Ledger
    let doors: [Door]
    let names: KeyNames
    /// The directory of the window's keys.
    let directory: String
    private let seed: UInt64
    private let group = DispatchGroup()
    private let lock = NSLock()
    private var hasEnded = false

    init(doors: [Door], names: KeyNames, directory: String, seed: UInt64) {
        ledger = Ledger(names: names)
        self.doors = doors
        self.names = names
        self.directory = directory
        self.seed = seed
    }

    /// False once the clients are to end what they do.
    var goesOn: Bool { lock.withLock { !hasEnded } }

    /// Starts every client on a thread of its own.
    func start() {
        var number = 0
        func run(_ body: @escaping @Sendable (_ client: Int, _ seed: UInt64) -> Void) {
            let client = number
            let seed = seed &+ UInt64(client + 1) &* 0x9E37_79B9_7F4A_7C15
            number += 1
            group.enter()
            Thread.detachNewThread { [group] in
                body(client, seed)
                group.leave()
            }
        }
        for _ in 0..<5 { run { KeyClient(load: self, client: $0, seed: $1).run() } }
        for _ in 0..<2 { run { LockClient(load: self, client: $0, seed: $1).run() } }
        for _ in 0..<2 { run { LeaseClient(load: self, client: $0, seed: $1).run() } }
        for door in doors {
            run { client, _ in PulseClient(load: self, client: client, door: door).run() }
        }
    }

    /// Lets every client end what it does. Returns whether all did.
    func stop() -> Bool {
        lock.withLock { hasEnded = true }
        return group.wait(timeout: .now() + 30) == .success
    }
}
