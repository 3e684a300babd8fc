internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Replica

/// A few members without delay and without disks: what is given to one to be written counts as
/// written at its next turn.
final class WorkHarness {
    final class House {
        var replica: Replica
        var inbox: [Input] = []
        /// Which link of whom is the other end of a link of ours.
        var ends: [LinkID: (house: Int, link: LinkID)] = [:]
        /// The link that each other member dialled.
        var doors: [Int: LinkID] = [:]

        init(_ configuration: Replica.Configuration, number: UInt64) throws(StopReason) {
            replica = try Replica.boot(
                EmptyDirectory(),
                configuration: configuration,
                bootNonce: number,
                seed: number,
                now: WorkHarness.start
            )
        }

        /// Completes what the disk was given, at the next turn.
        func carryOut(_ batches: [DiskBatch]) {
            for batch in batches {
                let done = DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
                inbox.append(.disk(done))
            }
        }

        /// Gives the replica what came in since the last turn.
        func takeIn(_ now: MonotonicTime) {
            for input in inbox { replica.step(input, now: now) }
            inbox.removeAll(keepingCapacity: true)
        }
    }

    static let start = MonotonicTime(rawValue: 1_000_000_000)
    private static let roundCountMax = 5000

    private(set) var houses: [House] = []
    private(set) var now = start
    private var addresses: [PeerAddress] = []
    private var lastLink: UInt64 = 0

    /// Founds a cluster and lets it elect a leader.
    init(_ count: Int) {
        addresses = (0..<count).map { PeerAddress(text: Array("n\($0):2380".utf8)) }
        let founders = addresses.map { Replica.Founder(name: $0.text, address: $0) }
        for (number, address) in addresses.enumerated() {
            var configuration = Replica.Configuration(
                name: address.text,
                peerAddress: address,
                clientAddress: address.text,
                founders: count == 1 ? [] : founders
            )
            // So little that entries leave memory while the work goes on.
            configuration.windowByteCountMax = 256 << 10
            do throws(StopReason) {
                houses.append(try House(configuration, number: UInt64(number) + 1))
            } catch { Guard.fail("a member does not start: \(error)") }
        }
        for _ in 0..<Self.roundCountMax {
            if houses.allSatisfy({ $0.replica.unreadiness.isEmpty }) { return }
            round()
        }
        Guard.fail("\(count) members elect no leader")
    }

    /// The number of the member that leads.
    var leader: Int { houses.firstIndex { $0.replica.status.role == .leader } ?? 0 }

    private func round() {
        now = now.advanced(byMilliseconds: 1)
        for (number, house) in houses.enumerated() {
            house.takeIn(now)
            let effects = house.replica.takeEffects(now: now)
            house.carryOut(effects.disk)
            for frame in effects.frames {
                guard let end = house.ends[frame.link] else { continue }
                houses[end.house].inbox.append(.frame(end.link, frame.bytes))
            }
            for link in effects.linksToClose {
                guard let end = house.ends.removeValue(forKey: link) else { continue }
                houses[end.house].inbox.append(.linkClosed(end.link, .refused))
            }
            for address in effects.dials { dial(address, from: number) }
        }
    }

    private func dial(_ address: PeerAddress, from number: Int) {
        guard let peer = addresses.firstIndex(of: address) else { return }
        let (ours, theirs) = (LinkID(rawValue: lastLink + 1), LinkID(rawValue: lastLink + 2))
        lastLink += 2
        houses[number].ends[ours] = (peer, theirs)
        houses[peer].ends[theirs] = (number, ours)
        houses[peer].doors[number] = theirs
        houses[number].inbox.append(.linkOpened(ours, to: address))
        houses[peer].inbox.append(.linkAccepted(theirs))
    }
}
