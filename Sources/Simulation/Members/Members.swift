internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// The machines of a run, who of them is there, and what is known of the membership.
final class Members {
    private let world: World
    /// By number; a machine that is gone makes room for another.
    private(set) var all: [SimulatedMember] = []
    /// The members whose machines are there, by number.
    private var presentNumbers: [Int] = []
    var membership = KnownMembership()
    /// Whether access is controlled, or may be at any time, and every member knows who asks.
    var areCallersKnown = false

    /// The founders of a cluster, not started yet.
    init(of world: World) {
        self.world = world
        for number in 0..<world.options.memberCount {
            all.append(
                SimulatedMember(
                    number: number,
                    disk: SimulatedDisk(honesty: world.options.plantedFault.diskHonesty),
                    clock: drawClock(),
                    arrival: .founding
                )
            )
            presentNumbers.append(number)
        }
    }

    /// Every machine starts within 20 milliseconds.
    func scheduleStarts() {
        for member in all { world.schedule(.start(member.number), after: world.random(0...20_000)) }
    }

    subscript(number: Int) -> SimulatedMember { all[number] }

    func drawClock() -> SimulatedClock { SimulatedClock(world.plan.clocks, with: &world.chance) }

    /// The request, asked by one of the crowd once it matters who asks, unless a user does.
    func asked(_ request: Request) -> Request {
        guard areCallersKnown else { return request }
        if case .user = request.caller { return request }
        return Principals.asked(byCrowd: request)
    }

    // MARK: Who is there

    /// Those whose machines are there, in the order in which they came.
    var present: [SimulatedMember] { presentNumbers.map { all[$0] } }

    func random() -> SimulatedMember { all[presentNumbers.pick(&world.chance)] }

    /// The number of a machine that could be set up; nil when there is no room for one.
    var roomForNewcomer: Int? {
        (0..<KnownMembership.memberCountMax).first { number in
            (number >= all.count || all[number].standing == .vacant)
                && isFree(SimulatedMember.home(of: number))
        }
    }

    // MARK: Addresses

    /// Addresses at which no machine is set up.
    private static let spareAddresses = (0..<3).map {
        PeerAddress(text: Array("spare-\($0)".utf8))
    }

    /// An address to which a machine could move, often one that another has left.
    func drawFreeAddress() -> PeerAddress? {
        let left = present.map { SimulatedMember.home(of: $0.number) }.filter(isFree)
        let free = left + Self.spareAddresses.filter(isFree)
        return free.isEmpty ? nil : free.pick(&world.chance)
    }

    /// Whether nobody is, was or is to be reached there, as far as the operator knows.
    private func isFree(_ address: PeerAddress) -> Bool {
        !all.contains { $0.standing != .vacant && $0.address == address }
            && !membership.isNamed(address)
    }

    /// The machine that is reached at the address; one that is gone where there is no other.
    func machine(at address: PeerAddress) -> SimulatedMember? {
        all.first { $0.address == address && $0.standing != .vacant }
            ?? all.first { $0.address == address }
    }

    /// A machine is set up at its number.
    func place(_ member: SimulatedMember) {
        if member.number == all.count {
            all.append(member)
            world.addMember()
        } else {
            // What was meant for the machine that stood here before reaches nobody.
            member.life = all[member.number].life
            all[member.number] = member
        }
    }

    /// The machine belongs to the cluster from now on.
    func arrived(_ member: SimulatedMember) { presentNumbers.append(member.number) }

    func departed(_ member: SimulatedMember) { presentNumbers.removeAll { $0 == member.number } }

    /// One of those that think that they lead.
    var leader: SimulatedMember? {
        all.last { $0.state == .running && $0.replica?.consensus?.role == .leader }
    }

    var isEveryDirectoryOwn: Bool { all.allSatisfy { $0.directory.isOwn } }

    // MARK: Who may lose what it has

    /// Voters whose data may be gone, or that the others may not find; never so many that a majority
    /// lacks something.
    private var uncertainCount: Int {
        let lostCount = (membership.current?.voters ?? []).count { voter in
            !all.contains { $0.id == voter && $0.standing != .vacant }
        }
        return lostCount + all.count { isUncertain($0) }
    }

    private func isUncertain(_ member: SimulatedMember) -> Bool {
        (member.damage != nil || !member.directory.isOwn || membership.isMoving(member.number))
            && membership.isVoter(member.id)
    }

    /// Whether one more voter may lose what it has.
    func mayLoseData(_ member: SimulatedMember) -> Bool {
        member.standing == .member && membership.isVoter(member.id)
            && uncertainCount < (membership.voterCountMin - 1) / 2
    }

    /// Whether the member may be removed, with what the others may have lost.
    func mayRemove(_ member: SimulatedMember) -> Bool {
        let uncertainCount = uncertainCount - (isUncertain(member) ? 1 : 0)
        return member.standing == .member && membership.isVoter(member.id)
            && uncertainCount <= (membership.voterCountMin - 2) / 2
    }

    /// Whether the member may start on a directory that is not its own.
    func mayReplaceDirectory(_ member: SimulatedMember) -> Bool {
        mayLoseData(member) && isEveryDirectoryOwn && membership.orders.isEmpty
    }

    /// Whether the member may be where the others do not look for it.
    func mayMove(_ member: SimulatedMember) -> Bool {
        guard member.standing == .member, isEveryDirectoryOwn,
            !membership.isMoving(member.number)
        else { return false }
        return membership.isVoter(member.id)
            ? mayLoseData(member) && member.damage == nil : membership.belongs(member.id)
    }

    /// The furthest that any log reaches, or that is known to be committed.
    func furthestIndex(committed: UInt64) -> UInt64 {
        all.reduce(committed) { max($0, $1.observed.view?.lastIndex.rawValue ?? 0) }
    }

    // MARK: Inputs

    /// Gives the input to that life of the member; it is lost when that is over, and waits while
    /// the process is paused.
    func deliver(_ input: Input, to member: SimulatedMember, life: Int) {
        guard member.life == life, member.state != .down else { return }
        guard member.state == .running else { return member.held.append(input) }
        member.replica?.step(input, now: member.clock.reading(at: world.now))
        wake(member, after: world.random(...40))
    }

    /// Gives the input to the life that lasts.
    func deliver(_ input: Input, to member: SimulatedMember) {
        deliver(input, to: member, life: member.life)
    }

    /// A turn comes after so many microseconds, unless one comes sooner.
    func wake(_ member: SimulatedMember, after microseconds: UInt64) {
        world.hastenTurn(of: member.number, to: world.time(after: microseconds))
    }

    /// What the process knows of the free space of its disk.
    func tellSpace(_ member: SimulatedMember) {
        let free: UInt64 = member.health.space == .ample ? 1 << 40 : 0
        deliver(.diskSpace(freeByteCount: free), to: member)
    }

    /// The disk is as it should be again.
    func recoverDisk(of member: SimulatedMember) {
        member.health.slowness = 1
        member.health.log = .prompt
        guard member.health.space != .ample else { return }
        member.health.space = .ample
        tellSpace(member)
    }
}

extension SimulationOptions.PlantedFault {
    fileprivate var diskHonesty: SimulatedDisk.Honesty {
        switch self {
        case .disksForgetSyncs: .forgetsLogSyncs
        case .disksForgetVotes: .forgetsVoteSyncs
        case .none, .completionsComeEarly, .networkFlipsBits, .completionsRepeat: .honest
        }
    }
}
