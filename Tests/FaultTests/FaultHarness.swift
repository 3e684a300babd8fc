import Bytes
import Foundation
import TestCluster

/// Three members under faults, with all that is known of them so far.
final class FaultHarness {
    let cluster: Cluster
    /// Nil where namespaces are not to be had: then all members are on loopback.
    let network: Network?
    /// What stands before each member's peer port; empty where nothing does.
    let lines: [FaultProxy]
    let names = KeyNames()
    private var chronicle: Chronicle
    /// How many faults it has seen.
    private(set) var windowCount = 0

    /// Members that run and serve.
    init(_ ground: Ground) throws {
        switch ground {
        case .namespaces:
            let network = try Network(count: 3)
            self.network = network
            lines = []
            cluster = try Cluster(sites: network.sites)
        case .loopback:
            network = nil
            lines = []
            cluster = try Cluster(count: 3)
        case .proxies(let seed):
            network = nil
            let ports = try PortReservation.ports(count: 6)
            let lines = try ports.suffix(3).map { port in
                try FaultProxy(before: Door(host: "127.0.0.1", port: port), seed: seed)
            }
            self.lines = lines
            cluster = try Cluster(
                sites: zip(zip(ports, ports.suffix(3)), lines).map { ports, line in
                    Cluster.Site(
                        host: "127.0.0.1",
                        clientPort: ports.0,
                        peerPort: ports.1,
                        listedPeerPort: line.port
                    )
                }
            )
            for line in lines { line.start() }
        }
        chronicle = Chronicle(names: names)
        try cluster.start()
    }

    deinit { for line in lines { line.stop() } }

    enum Ground {
        case namespaces
        case loopback
        /// On loopback, and what members say to each other goes through a line that can be bad.
        case proxies(seed: UInt64)

        static var best: Ground { Network.isPossible ? .namespaces : .loopback }
    }

    /// Where clients find the members.
    var doors: [Door] {
        cluster.members.map { Door(host: $0.host, port: $0.clientPort) }
    }

    /// Lets the fault strike while clients work, mends everything, and checks what was recorded.
    func run(
        _ body: (Trial) throws -> Void,
        chance: inout Chance
    ) throws -> (outcome: FaultRow.Outcome, counts: Ledger.Counts) {
        windowCount += 1
        let trial = Trial(self, window: windowCount, seed: chance.next())
        do {
            try trial.begin()
            try body(trial)
            try trial.end(&chronicle)
        } catch {
            trial.abandon()
            throw error
        }
        return (trial.outcome, trial.counts)
    }
}
