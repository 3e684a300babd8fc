internal import Bytes
internal import Consensus
internal import Replica

/// Copies of directories that were made while their members ran. What nobody can know is not asked
/// of anybody: no fault strikes between the moment at which a copy is started and the one at which
/// those that know better have had their word, which the members promise for a cluster that is
/// whole. From then on everything strikes again, and every law holds.
extension SimulatedCluster {
    static let truceLookMicroseconds: UInt64 = 200_000
    /// A copy beside its original ends after three times as long as a living member may be silent,
    /// half a second until it asks for the last time, and its start.
    private static let copyMilliseconds: UInt64 = 6_500
    /// A member that was set back starts within a second, and asks at once.
    private static let wordMilliseconds: UInt64 = 2_500
    /// Links are open everywhere and have carried pings for this long.
    private static let restMilliseconds: UInt64 = 3_000

    var isTruce: Bool { now < truceEnd }

    /// Whether everybody hears everybody, and nobody is about to go.
    private var isWhole: Bool {
        guard network.isClear, now >= unrestAt.advanced(byMilliseconds: Self.restMilliseconds)
        else { return false }
        let all = tenants.map { members[$0] }
        return all.allSatisfy { member in
            member.state == .running && member.doom == .none && !member.isLeaving
                && member.standing == .member && member.health.slowness == 1
                && member.health.space == .ample && member.health.stallMicroseconds == 0
                && all.allSatisfy { peer in
                    guard let id = peer.id, peer !== member else { return peer === member }
                    return member.replica?.isLinked(to: id) ?? false
                }
        }
    }

    // MARK: Instead of the original

    /// A copy is made of the directory of a member that runs; some time later it takes its place.
    func setBack(_ member: SimulatedMember) {
        guard member.state == .running, mayForge(member), member.damage == nil,
            let boot = member.replica?.bootCount, member.runningCopy?.boot != boot
        else { return }
        member.runningCopy = (member.disk, boot)
        schedule(.setBack(member.number, boot: boot), after: random(200_000...4_000_000))
    }

    /// The member starts again on the copy of its directory that was made in this boot, which no
    /// boot counter tells from the original. Its leader knows what it has acknowledged since.
    func setBack(_ member: SimulatedMember, to boot: UInt64) {
        guard !isCalm, member.state != .down, member.replica?.bootCount == boot,
            let copy = member.runningCopy, copy.boot == boot, let id = member.id
        else { return }
        guard !isTruce, isWhole, mayForge(member), member.damage == nil, let leader,
            leader !== member, let view = member.witness.view,
            leader.witness.view?.term == view.term,
            let acknowledged = leader.replica?.acknowledged(by: id),
            acknowledged == view.durableIndex
        else {
            return schedule(.setBack(member.number, boot: boot), after: random(1_000...500_000))
        }
        strikes(.setBack, member: member.number)
        let knower = SetBack(
            knower: leader.number,
            life: leader.life,
            acknowledged: acknowledged
        )
        let mark = furthestIndex
        end(member)
        member.disk = copy.disk
        member.runningCopy = nil
        member.formerCopy = nil
        member.damage = StorageDamage(mark: mark, original: nil)
        member.witness.hardState = nil
        member.witness.durable = nil
        member.setBack = knower
        truceEnd = now.advanced(byMilliseconds: Self.wordMilliseconds)
        schedule(.start(member.number), after: random(1_000...800_000))
    }

    /// A member that was set back either has everything again or knows that it has not: once it has
    /// met the one who knows, it may not count as whole without being so.
    func judgeSetBack(_ member: SimulatedMember, view: ConsensusView) {
        guard let setBack = member.setBack else { return }
        let knower = members[setBack.knower]
        guard isTruce, knower.life == setBack.life, let id = knower.id else {
            return member.setBack = nil
        }
        guard view.lastIndex < setBack.acknowledged else { return word(of: member) }
        if view.logIntegrity == .reseeding {
            report.deeds.count(.lossNoticed)
            word(of: member)
            // What both of them had acknowledged, a third may not have yet.
            if pick(2) == 0, let leader, leader !== member { crash(leader, fault: .leaderCrash) }
        } else if member.replica?.isLinked(to: id) ?? false {
            found(.forgetfulVoter(member: member.number))
            word(of: member)
        }
    }

    private func word(of member: SimulatedMember) {
        member.setBack = nil
        truceEnd = now
    }

    // MARK: Beside the original

    /// A copy of a running member's directory is started on another machine, which may not reach
    /// everybody.
    func startCopy(of member: SimulatedMember) {
        guard member.state == .running, mayForge(member), member.damage == nil, isWhole,
            let number = roomForNewcomer
        else { return }
        strikes(.copyBeside, member: member.number)
        let copy = SimulatedMember(
            number: number,
            disk: member.disk,
            clock: SimulatedClock(weather.clocks, with: &chance),
            arrival: .founding
        )
        copy.standing = .copy
        copy.directory = .beside(member: member.number)
        if number == members.count {
            members.append(copy)
            agenda.addMember()
        } else {
            copy.life = members[number].life
            members[number] = copy
        }
        truceEnd = now.advanced(byMilliseconds: Self.copyMilliseconds)
        let others = tenants.filter { $0 != member.number }
        let reached = others.pick(&chance)
        for peer in others where peer != reached && pick(3) == 0 {
            cut(.between(number, and: peer), for: Self.copyMilliseconds * 1_000)
        }
        start(copy)
        schedule(.copyDue(number, life: copy.life), after: Self.copyMilliseconds * 1_000)
    }

    /// The copy is no more; whoever knew its original's start still does.
    func removeCopy(_ copy: SimulatedMember) {
        guard case .beside(let number) = copy.directory else { return }
        let original = members[number]
        if let id = original.id, let boot = original.replica?.bootCount {
            let isDisplaced = tenants.contains {
                members[$0].replica?.bootCount(of: id) ?? 0 > boot
            }
            if isDisplaced { found(.originalDisplaced(member: number)) }
        }
        copy.directory = .own
        copy.standing = .vacant
        truceEnd = now
    }

    func expectEnd(of copy: SimulatedMember, life: Int) {
        guard copy.standing == .copy, copy.life == life else { return }
        found(.forgeryServed(member: copy.number))
        if copy.state != .down { end(copy) }
        removeCopy(copy)
    }
}
