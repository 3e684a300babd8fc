import Bytes
import Consensus
import Journal
import Keyspace

@testable import Replica

/// A few members in a world without delay: what one sends arrives in the next round, a disk answers
/// in the next round, a millisecond passes with each.
final class ReplicaHarness {
    final class House {
        var disk = MemoryDisk()
        var configuration: Replica.Configuration
        var replica: Replica?
        var inbox: [Input] = []
        var replies: [Completion] = []
        var applied: [AppliedEntry] = []
        var stop: StopReason?
        var replacements: [StoreReplacement] = []
        /// Which link of whom is the other end of a link of ours.
        var ends: [LinkID: (house: Int, link: LinkID)] = [:]
        var snapshotCount = 0
        /// As after SIGSTOP: what comes waits.
        var isPaused = false
        /// What it dials does not answer.
        var isDialling = true
        var notices: [Notice] = []
        /// How often it dialled anybody.
        var dialCount = 0

        /// Zero while it is down.
        var term: UInt64 { replica?.term.rawValue ?? 0 }
        var status: MemberStatus? { replica?.status }
        var unreadiness: Unreadiness { replica?.unreadiness ?? [] }

        init(_ configuration: Replica.Configuration) { self.configuration = configuration }
    }

    var houses: [House] = []
    /// What becomes of a frame of that house on its way.
    var carry: (_ sender: Int, _ frame: [UInt8]) -> Carriage = { _, frame in .whole(frame) }
    var now = MonotonicTime(rawValue: 1_000_000_000)
    private var nextLink: UInt64 = 0
    private var nextTicket: UInt64 = 0
    private var nonce: UInt64 = 0

    enum Carriage {
        case whole([UInt8])
        /// It arrives, and the link ends at both sides right after it.
        case last([UInt8])
    }

    static func address(_ number: Int) -> PeerAddress {
        PeerAddress(text: Array("host-\(number):2380".utf8))
    }

    static func name(_ number: Int) -> [UInt8] { Array("n\(number)".utf8) }

    init(_ count: Int, prepare: (inout Replica.Configuration) -> Void = { _ in }) {
        let founders = (0..<count).map {
            Replica.Founder(name: Self.name($0), address: Self.address($0))
        }
        for number in 0..<count {
            var configuration = Replica.Configuration(
                name: Self.name(number),
                peerAddress: Self.address(number),
                clientAddress: Array("client-\(number)".utf8),
                founders: count == 1 ? [] : founders
            )
            prepare(&configuration)
            houses.append(House(configuration))
        }
    }

    /// A member with an empty directory that wants to join; started, but not a member yet.
    /// - Parameter place: whose name and address it takes over; nil for its own.
    func welcomeNewcomer(inPlaceOf place: Int? = nil) throws(StopReason) -> Int {
        let number = houses.count
        var configuration = houses[0].configuration
        configuration.name = Self.name(place ?? number)
        configuration.peerAddress = Self.address(place ?? number)
        configuration.arrival = .joining
        if place == nil {
            configuration.founders.append(
                Replica.Founder(name: Self.name(number), address: Self.address(number))
            )
        }
        houses.append(House(configuration))
        try start(number)
        return number
    }

    /// Another machine with a copy of the member's directory as it is now; not started.
    func copy(of number: Int) -> Int {
        let copy = houses.count
        var configuration = houses[number].configuration
        configuration.peerAddress = Self.address(copy)
        houses.append(House(configuration))
        houses[copy].disk.contents = houses[number].disk.contents
        return copy
    }

    /// The member as a membership names it.
    func member(_ number: Int) -> Member? {
        houses[number].status.map {
            Member(
                id: $0.id,
                name: houses[number].configuration.name,
                peerAddress: houses[number].configuration.peerAddress.text
            )
        }
    }

    /// Asks whoever leads for a step of the membership.
    func change(_ change: MembershipChange) -> Completion? {
        guard run(3_000, until: { leader != nil }), let leader else { return nil }
        let ticket = ticket()
        tell(leader, input: .changeMembership(ticket, change))
        return reply(to: ticket, at: leader)
    }

    func start(_ number: Int) throws(StopReason) {
        nonce += 1
        let house = houses[number]
        house.inbox = []
        house.stop = nil
        house.replica = try Replica.boot(
            house.disk,
            configuration: house.configuration,
            bootNonce: nonce,
            seed: nonce &* 0x9E37_79B9_7F4A_7C15,
            segmentByteCount: (2 << 20) + (64 << 10),
            now: now
        )
    }

    func startAll() throws(StopReason) {
        for number in houses.indices { try start(number) }
    }

    /// kill -9.
    func kill(_ number: Int) {
        let house = houses[number]
        house.replica = nil
        for (_, end) in house.ends {
            houses[end.house].ends[end.link] = nil
            houses[end.house].inbox.append(.linkClosed(end.link, .refused))
        }
        house.ends = [:]
    }

    func ticket() -> Ticket {
        nextTicket += 1
        return Ticket(rawValue: nextTicket)
    }

    /// Runs until the condition holds; false when it does not within `milliseconds`.
    @discardableResult
    func run(_ milliseconds: Int, until holds: () -> Bool = { false }) -> Bool {
        for _ in 0..<milliseconds {
            if holds() { return true }
            round()
        }
        return holds()
    }

    func round(nanoseconds: UInt64 = 1_000_000) {
        now = now.advanced(byNanoseconds: nanoseconds)
        for number in houses.indices {
            let house = houses[number]
            guard !house.isPaused else { continue }
            let inbox = house.inbox
            house.inbox = []
            for input in inbox { house.replica?.step(input, now: now) }
            guard let effects = house.replica?.takeEffects(now: now) else { continue }
            carryOut(effects, of: number)
        }
    }

    private func carryOut(_ effects: Effects, of number: Int) {
        let house = houses[number]
        for batch in effects.disk { house.inbox.append(.disk(house.disk.carryOut(batch))) }
        if var task = effects.snapshot {
            while let operations = task.next() { _ = house.disk.carryOut(operations) }
            house.snapshotCount += 1
            house.inbox.append(.snapshotWritten(task.id, byteCount: task.byteCount))
        }
        for frame in effects.frames { deliver(frame, of: number) }
        for link in effects.linksToClose {
            guard let end = house.ends.removeValue(forKey: link) else { continue }
            houses[end.house].ends[end.link] = nil
            houses[end.house].inbox.append(.linkClosed(end.link, .refused))
        }
        for address in effects.dials { dial(address, from: number) }
        house.replies += effects.replies
        house.applied += effects.applied
        house.notices += effects.notices
        if let replacement = effects.storeReplacement { house.replacements.append(replacement) }
        if let stop = effects.stop {
            house.stop = stop
            kill(number)
        }
    }

    private func deliver(_ frame: Frame, of number: Int) {
        let house = houses[number]
        guard let end = house.ends[frame.link] else { return }
        switch carry(number, frame.bytes) {
        case .whole(let bytes): houses[end.house].inbox.append(.frame(end.link, bytes))
        case .last(let bytes):
            houses[end.house].inbox.append(.frame(end.link, bytes))
            houses[end.house].inbox.append(.linkClosed(end.link, .refused))
            houses[end.house].ends[end.link] = nil
            house.ends[frame.link] = nil
            house.inbox.append(.linkClosed(frame.link, .refused))
        }
    }

    private func dial(_ address: PeerAddress, from number: Int) {
        let house = houses[number]
        house.dialCount += 1
        let peer = houses.firstIndex {
            $0.configuration.peerAddress == address && $0.replica != nil
        }
        guard let peer, house.isDialling else {
            return house.inbox.append(.dialFailed(address, .refused))
        }
        nextLink += 2
        let (ours, theirs) = (LinkID(rawValue: nextLink), LinkID(rawValue: nextLink + 1))
        house.ends[ours] = (peer, theirs)
        houses[peer].ends[theirs] = (number, ours)
        house.inbox.append(.linkOpened(ours, to: address))
        houses[peer].inbox.append(.linkAccepted(theirs))
    }

    var leader: Int? {
        houses.firstIndex { $0.replica?.status.role == .leader }
    }

    /// Waits until one leads, everybody follows, and all have applied the same.
    func settle() -> Bool {
        run(5_000) {
            let running = houses.filter { $0.replica != nil }.compactMap { $0.replica?.status }
            return running.allSatisfy {
                $0.unreadiness.isEmpty && $0.appliedIndex == running[0].lastIndex
            }
        }
    }

    /// Gives the house an input in its next round.
    func tell(_ number: Int, input: Input) { houses[number].inbox.append(input) }

    /// Writes through that member and waits for the reply.
    func put(_ key: String, value: String, at number: Int) -> Completion? {
        let ticket = ticket()
        tell(number, input: .propose(ticket, Self.put(key, value: value)))
        return reply(to: ticket, at: number)
    }

    static func put(_ key: String, value: String) -> Request {
        let path = Path(unchecked: Array(key.utf8))
        let put = Put(key: path, value: Array(value.utf8), lease: .none, condition: .none)
        return Request(.put(put))
    }

    func reply(to ticket: Ticket, at number: Int, within milliseconds: Int = 3_000) -> Completion? {
        run(milliseconds) { houses[number].replies.contains { $0.ticket == ticket } }
        return houses[number].replies.first { $0.ticket == ticket }
    }

    func value(_ key: String, at number: Int) -> String? {
        let path = Path(unchecked: Array(key.utf8))
        let record = houses[number].replica?.keyspace.store.get(path)
        return record.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

extension Completion {
    var ticket: Ticket {
        switch self {
        case .applied(let ticket, _), .unproposed(let ticket, _), .readable(let ticket),
            .unreadable(let ticket), .membershipChanged(let ticket):
            ticket
        }
    }

    /// Why a write has no answer; nil when it has one.
    var failure: ProposalFailure? {
        if case .unproposed(_, let failure) = self { failure } else { nil }
    }

    /// The revision that a write was given.
    var revision: UInt64? {
        if case .applied(_, let answer) = self { answer.revision.rawValue } else { nil }
    }
}
