internal import Bytes
internal import Consensus
internal import Replica

/// Copies of directories that were made while their members ran.
///
/// Nobody is asked for what nobody can know: no fault strikes between the moment at which a copy is
/// started and the one at which those that know better have had their word, which the members
/// promise for a cluster that is whole. From then on everything strikes again, and every promise
/// holds.
struct DirectoryCopies {
    /// A copy beside its original ends after three times as long as a living member may be silent,
    /// half a second until it asks for the last time, and its start.
    private static let copyMilliseconds: UInt64 = 6_500
    /// A member that was set back starts within a second, and asks at once.
    private static let setBackMilliseconds: UInt64 = 2_500
    /// Links are open everywhere and have carried pings for this long.
    private static let restMilliseconds: UInt64 = 3_000

    private let world: World
    private let members: Members
    private let network: SimulatedNetwork
    private let processes: Processes
    private let observer: SafetyObserver

    init(
        of members: Members,
        on network: SimulatedNetwork,
        running processes: Processes,
        seenBy observer: SafetyObserver,
        in world: World
    ) {
        self.world = world
        self.members = members
        self.network = network
        self.processes = processes
        self.observer = observer
    }

    /// Whether everybody hears everybody, and nobody is about to go.
    private var isWhole: Bool {
        guard network.isClear,
            world.now >= world.unrestAt.advanced(byMilliseconds: Self.restMilliseconds)
        else { return false }
        let present = members.present
        return present.allSatisfy { member in
            member.isAtEase
                && present.allSatisfy { peer in
                    guard let id = peer.id, peer !== member else { return peer === member }
                    return member.replica?.isLinked(to: id) ?? false
                }
        }
    }

    // MARK: Instead of the original

    /// A copy is made of the directory of a member that runs; some time later it takes its place. It
    /// must have this boot's counter and a cluster: one of the boot before, or from before the cluster
    /// was formed, would rightly be refused.
    func setBack(_ member: SimulatedMember) {
        guard member.state == .running, member.opening == .durable,
            member.replica?.isFormed == true,
            members.mayReplaceDirectory(member), member.damage == nil,
            let boot = member.replica?.bootCount, member.copies.running?.boot != boot
        else { return }
        member.copies.running = DirectoryCopy(disk: member.disk, boot: boot)
        world.schedule(
            .setBack(member.number, boot: boot),
            after: world.random(200_000...4_000_000)
        )
    }

    /// The member starts again on the copy of its directory that was made in this boot, which no
    /// boot counter tells from the original. Its leader knows what it has acknowledged since.
    func setBack(_ member: SimulatedMember, to boot: UInt64) {
        guard !world.isCalm, member.state != .down, member.replica?.bootCount == boot,
            let copy = member.copies.running, copy.boot == boot, let id = member.id
        else { return }
        guard !world.isTruce, isWhole, members.mayReplaceDirectory(member), member.damage == nil,
            let leader = members.leader, leader !== member, let view = member.observed.view,
            leader.observed.view?.term == view.term,
            let acknowledged = leader.replica?.acknowledged(by: id),
            acknowledged == view.durableIndex
        else {
            return world.schedule(
                .setBack(member.number, boot: boot),
                after: world.random(1_000...500_000)
            )
        }
        world.strikes(.setBack, member: member)
        let setBack = SetBack(knower: leader.number, life: leader.life, acknowledged: acknowledged)
        let mark = members.furthestIndex(committed: observer.lastCommitted)
        processes.end(member)
        member.disk = copy.disk
        member.copies = DirectoryCopy.Pair()
        member.damage = StorageDamage(mark: mark, original: nil)
        member.observed.hardState = nil
        member.observed.durable = nil
        member.setBack = setBack
        world.beginTruce(milliseconds: Self.setBackMilliseconds)
        world.schedule(.start(member.number), after: world.random(1_000...800_000))
    }

    // MARK: Beside the original

    /// A copy of a running member's directory is started on another machine, which may not reach
    /// everybody. The directory holds the membership in force: a copy of a newcomer's that has none
    /// of the log yet knows nobody who could tell it to end, and waits.
    func startCopy(of member: SimulatedMember) {
        guard member.state == .running, members.mayReplaceDirectory(member), member.damage == nil,
            isWhole, let membership = members.membership.known,
            member.observed.view?.durableIndex ?? .zero >= membership.index,
            let number = members.roomForNewcomer
        else { return }
        world.strikes(.copyBeside, member: member)
        let copy = SimulatedMember(
            number: number,
            disk: member.disk,
            clock: members.drawClock(),
            arrival: .founding
        )
        copy.standing = .copy
        copy.directory = .beside(member: member.number)
        members.place(copy)
        world.beginTruce(milliseconds: Self.copyMilliseconds)
        let others = members.present.map(\.number).filter { $0 != member.number }
        let reached = others.pick(&world.chance)
        for peer in others where peer != reached && world.pick(3) == 0 {
            network.cut(.between(number, and: peer), for: Self.copyMilliseconds * 1_000)
        }
        processes.start(copy)
        world.schedule(.copyDue(number, life: copy.life), after: Self.copyMilliseconds * 1_000)
    }

    /// The copy has to have ended by itself.
    func expectEnd(of copy: SimulatedMember, life: Int) {
        guard copy.standing == .copy, copy.life == life else { return }
        world.found(.forgeryServed(member: copy.number))
        if copy.state != .down { processes.end(copy) }
        processes.removeCopy(copy)
    }
}
