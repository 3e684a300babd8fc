package import Bytes
package import Consensus
internal import Journal
package import Keyspace
package import Replica

/// A few members in a world without delay: what one sends arrives in the next round, a disk answers
/// in the next round, and a millisecond passes with each.
package final class ReplicaHarness {
    /// By number.
    package var members: [HarnessMember] = []
    /// What becomes of a frame of that member on its way.
    package var carry: (_ sender: Int, _ frame: [UInt8]) -> Carriage = { _, frame in .whole(frame) }
    /// The same for all.
    package var now = MonotonicTime(rawValue: 1_000_000_000)
    private let storage: HarnessMember.Storage
    private let segmentByteCount: Int
    private var nextLink: UInt64 = 0
    private var nextTicket: UInt64 = 0
    private var nonce: UInt64 = 0

    /// How a frame travels.
    package enum Carriage {
        /// It arrives.
        case whole([UInt8])
        /// It arrives, and the link ends at both sides right after it.
        case last([UInt8])
        /// It is on its way for longer than the test looks.
        case nowhere
    }

    /// Where the member listens to its peers.
    package static func address(_ number: Int) -> PeerAddress {
        PeerAddress(text: Array("host-\(number):2380".utf8))
    }

    /// What the member is called.
    package static func name(_ number: Int) -> [UInt8] { Array("n\(number)".utf8) }

    /// Members with empty directories, founders of one cluster; not started.
    ///
    /// - Parameters:
    ///   - storage: what becomes of what they write.
    ///   - segmentByteCount: of their logs.
    ///   - prepare: changes the configuration of each.
    package init(
        _ count: Int,
        storage: HarnessMember.Storage = .kept,
        segmentByteCount: Int = (2 << 20) + (64 << 10),
        prepare: (inout Replica.Configuration) -> Void = { _ in }
    ) {
        self.storage = storage
        self.segmentByteCount = segmentByteCount
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
            members.append(HarnessMember(configuration, storage: storage))
        }
    }

    /// A member with an empty directory that wants to join; started, but not a member yet.
    /// - Parameter place: whose name and address it takes over; nil for its own.
    package func startNewcomer(inPlaceOf place: Int? = nil) throws(StopReason) -> Int {
        let number = members.count
        var configuration = members[0].configuration
        configuration.name = Self.name(place ?? number)
        configuration.peerAddress = Self.address(place ?? number)
        configuration.arrival = .joining
        if place == nil {
            configuration.founders.append(
                Replica.Founder(name: Self.name(number), address: Self.address(number))
            )
        }
        members.append(HarnessMember(configuration, storage: storage))
        try start(number)
        return number
    }

    /// Starts a newcomer with an empty directory that knows nothing but where some members live.
    ///
    /// - Parameters:
    ///   - name: what it is started with.
    ///   - number: whose address it has; nil for one of its own.
    ///   - asked: the members that it asks.
    package func startJoiner(
        _ name: String,
        at number: Int? = nil,
        asking asked: [Int]
    ) throws(StopReason) -> Int {
        let joiner = members.count
        var configuration = members[0].configuration
        configuration.name = Array(name.utf8)
        configuration.peerAddress = Self.address(number ?? joiner)
        configuration.arrival = .joining
        configuration.founders = asked.map { Replica.Founder(name: [], address: Self.address($0)) }
        members.append(HarnessMember(configuration, storage: storage))
        try start(joiner)
        return joiner
    }

    /// Gives an order about members through that member.
    package func order(_ aim: MemberOrder.Aim, at number: Int) -> Outcome? {
        let ticket = ticket()
        let request = Request(.orderMembers(.begin(aim)))
        tell(number, input: .propose(ticket, EncodedWrite(request)))
        guard case .applied(_, let answer)? = reply(to: ticket, at: number) else { return nil }
        return answer.outcome
    }

    /// Another machine with a copy of the member's directory as it is now; not started.
    package func copy(of number: Int) -> Int {
        let copy = members.count
        var configuration = members[number].configuration
        configuration.peerAddress = Self.address(copy)
        members.append(HarnessMember(configuration, storage: storage))
        members[copy].disk.contents = members[number].disk.contents
        return copy
    }

    /// The member as a membership names it.
    package func member(_ number: Int) -> Member? {
        members[number].status.map {
            Member(
                id: $0.id,
                name: members[number].configuration.name,
                peerAddress: members[number].configuration.peerAddress.text
            )
        }
    }

    /// Asks whoever leads for a step of the membership.
    package func change(_ change: MembershipChange) -> Completion? {
        guard run(3_000, until: { leader != nil }), let leader else { return nil }
        let ticket = ticket()
        tell(leader, input: .changeMembership(ticket, change))
        return reply(to: ticket, at: leader)
    }

    /// Lets a learner vote as soon as the leader knows that it has the log.
    package func promote(_ learner: MemberID) -> Bool {
        for _ in 0..<100 {
            if case .membershipChanged? = change(.promote(learner)) { return true }
            run(10)
        }
        return false
    }

    /// Starts the process on what its disk holds.
    package func start(_ number: Int) throws(StopReason) {
        nonce += 1
        let member = members[number]
        member.inbox = []
        member.stop = nil
        member.replica = try Replica.boot(
            member.disk,
            configuration: member.configuration,
            bootNonce: nonce,
            seed: nonce &* 0x9E37_79B9_7F4A_7C15,
            segmentByteCount: segmentByteCount,
            now: now
        )
    }

    /// Starts every member.
    package func startAll() throws(StopReason) {
        for number in members.indices { try start(number) }
    }

    /// Both hear that the links between them are over.
    package func breakLinks(between one: Int, and other: Int) {
        for (ours, end) in members[one].ends where end.member == other {
            members[one].ends[ours] = nil
            members[other].ends[end.link] = nil
            members[one].inbox.append(.linkClosed(ours, .timedOut))
            members[other].inbox.append(.linkClosed(end.link, .timedOut))
        }
    }

    /// kill -9.
    package func kill(_ number: Int) {
        let member = members[number]
        member.replica = nil
        member.forgetSlowDisk()
        for (_, end) in member.ends {
            members[end.member].ends[end.link] = nil
            members[end.member].inbox.append(.linkClosed(end.link, .refused))
        }
        member.ends = [:]
    }

    /// A ticket that no other request has.
    package func ticket() -> Ticket {
        nextTicket += 1
        return Ticket(rawValue: nextTicket)
    }

    /// Runs until the condition holds; false when it does not within `milliseconds`.
    @discardableResult
    package func run(_ milliseconds: Int, until holds: () -> Bool = { false }) -> Bool {
        for _ in 0..<milliseconds {
            if holds() { return true }
            round()
        }
        return holds()
    }

    /// A moment passes, and everybody takes a turn.
    package func round(nanoseconds: UInt64 = 1_000_000) {
        now = now.advanced(byNanoseconds: nanoseconds)
        for number in members.indices {
            let member = members[number]
            guard !member.isPaused else { continue }
            member.takeInSlowDisk(now)
            let inbox = member.inbox
            member.inbox = []
            for input in inbox { member.replica?.step(input, now: now) }
            guard let effects = member.replica?.takeEffects(now: now) else { continue }
            carryOut(effects, of: number)
        }
    }

    private func carryOut(_ effects: Effects, of number: Int) {
        let member = members[number]
        for batch in effects.disk { member.carryOut(batch, now: now) }
        if let task = effects.snapshot { member.write(task) }
        for frame in effects.frames { deliver(frame, of: number) }
        for link in effects.linksToClose {
            guard let end = member.ends.removeValue(forKey: link) else { continue }
            members[end.member].ends[end.link] = nil
            members[end.member].inbox.append(.linkClosed(end.link, .refused))
        }
        for address in effects.dials { dial(address, from: number) }
        member.replies += effects.replies
        member.applied += effects.applied
        member.notices += effects.notices
        member.observations += effects.observations
        if let replacement = effects.storeReplacement { member.replacements.append(replacement) }
        if let stop = effects.stop {
            member.stop = stop
            kill(number)
        }
    }

    private func deliver(_ frame: Frame, of number: Int) {
        let member = members[number]
        guard let end = member.ends[frame.link] else { return }
        switch carry(number, frame.bytes) {
        case .whole(let bytes): members[end.member].inbox.append(.frame(end.link, bytes))
        case .last(let bytes):
            members[end.member].inbox.append(.frame(end.link, bytes))
            members[end.member].inbox.append(.linkClosed(end.link, .refused))
            members[end.member].ends[end.link] = nil
            member.ends[frame.link] = nil
            member.inbox.append(.linkClosed(frame.link, .refused))
        case .nowhere: break
        }
    }

    private func dial(_ address: PeerAddress, from number: Int) {
        let member = members[number]
        member.dialCount += 1
        let peer = members.firstIndex {
            $0.configuration.peerAddress == address && $0.replica != nil
        }
        guard let peer, member.isDialling else {
            return member.inbox.append(.dialFailed(address, .refused))
        }
        nextLink += 2
        let (ours, theirs) = (LinkID(rawValue: nextLink), LinkID(rawValue: nextLink + 1))
        member.ends[ours] = (peer, theirs)
        members[peer].ends[theirs] = (number, ours)
        members[peer].accept(theirs, from: number)
        member.inbox.append(.linkOpened(ours, to: address))
        members[peer].inbox.append(.linkAccepted(theirs))
    }

    /// One of those that think that they lead.
    package var leader: Int? {
        members.firstIndex { $0.replica?.status.role == .leader }
    }

    /// Waits until one leads, everybody follows, and all have applied the same.
    package func settle() -> Bool {
        run(5_000) {
            let running = members.filter { $0.replica != nil }.compactMap { $0.replica?.status }
            return running.allSatisfy {
                $0.unreadiness.isEmpty && $0.appliedIndex == running[0].lastIndex
            }
        }
    }

    /// Gives the member an input in its next round.
    package func tell(_ number: Int, input: Input) { members[number].inbox.append(input) }

    /// Writes through that member and waits for the reply.
    package func put(_ key: String, value: String, at number: Int) -> Completion? {
        let ticket = ticket()
        tell(number, input: .propose(ticket, Self.put(key, value: value)))
        return reply(to: ticket, at: number)
    }

    /// The request to write a key.
    package static func put(_ key: String, value: String) -> EncodedWrite {
        let path = Key(unchecked: Array(key.utf8))
        let put = Put(key: path, value: Array(value.utf8), lease: .none, condition: .none)
        return EncodedWrite(Request(.put(put)))
    }

    /// What became of the request; nil when that takes longer.
    package func reply(to ticket: Ticket, at number: Int, within milliseconds: Int = 3_000)
        -> Completion?
    {
        run(milliseconds) { members[number].replies.contains { $0.ticket == ticket } }
        return members[number].replies.first { $0.ticket == ticket }
    }

    /// The value of a key in that member's store.
    package func value(_ key: String, at number: Int) -> String? {
        let path = Key(unchecked: Array(key.utf8))
        let record = members[number].replica?.keyspace.store.get(path)
        return record.map { String(decoding: $0.value, as: UTF8.self) }
    }
}
