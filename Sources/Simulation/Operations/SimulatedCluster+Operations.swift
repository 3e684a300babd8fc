internal import Bytes
internal import Consensus
internal import Replica

/// Leadership is handed over and members come and go while the cluster is used, whatever else
/// happens to it.
extension SimulatedCluster {
    func scheduleOperatorAction() {
        guard let milliseconds = weather.errandMilliseconds else { return }
        schedule(.operatorAction, after: random(0...2_000 * milliseconds))
    }

    /// The operator does something, and something else later.
    func runOperatorAction() {
        guard !isCalm else { return }
        scheduleOperatorAction()
        guard !isTruce else { return }
        switch weather.drawOperatorAction(&chance) {
        case .transferLeadership: transferLeadership()
        case .welcome: welcome()
        case .dismiss: dismiss()
        case nil: break
        }
    }

    private func transferLeadership() {
        guard let leader, let voters = operators.membership?.voters.filter({ $0 != leader.id }),
            !voters.isEmpty
        else { return }
        let heir = pick(4) == 0 ? nil : voters.pick(&chance)
        report.deeds.count(.transferLeadership)
        tell(leader, "is to hand over")
        operators.heir = heir
        deliver(.transferLeadership(to: heir), to: leader, life: leader.life)
    }

    /// A new machine with an empty directory is to become a voter.
    private func welcome() {
        guard let membership = operators.membership, !operators.isBusy(with: .welcome),
            membership.voters.count < Operator.voterCountMax, isEveryDirectoryOwn,
            let number = roomForNewcomer
        else { return }
        report.deeds.count(.newcomer)
        let newcomer = SimulatedMember(
            number: number,
            disk: SimulatedDisk(honesty: .honest),
            clock: SimulatedClock(weather.clocks, with: &chance),
            arrival: .joining
        )
        if number == members.count {
            members.append(newcomer)
            agenda.addMember()
        } else {
            // What was meant for the machine that stood here before reaches nobody.
            newcomer.life = members[number].life
            members[number] = newcomer
        }
        tenants.append(number)
        tell(newcomer, "is new")
        begin(Operator.Order(aim: .welcome, member: number))
        start(newcomer)
    }

    var roomForNewcomer: Int? {
        if let vacant = members.first(where: { $0.standing == .vacant }) { return vacant.number }
        return members.count < Operator.memberCountMax ? members.count : nil
    }

    /// A member has to go, perhaps the one that leads.
    private func dismiss() {
        guard !operators.isBusy(with: .dismiss), isEveryDirectoryOwn,
            operators.voterCountMin > Operator.voterCountMin
        else { return }
        let member = pick(3) == 0 ? leader ?? randomMember() : randomMember()
        let doubtfulCount = doubtfulCount - (isDoubtful(member) ? 1 : 0)
        guard member.standing == .member, operators.isVoter(member.id),
            doubtfulCount <= (operators.voterCountMin - 2) / 2
        else { return }
        tell(member, "is to go")
        member.standing = .leaving
        begin(Operator.Order(aim: .dismiss, member: member.number))
    }

    private func begin(_ order: Operator.Order) {
        operators.orders.append(order)
        if operators.orders.count == 1 { schedule(.pursuit, after: 0) }
    }

    /// Whoever leads is asked until everything is done that was begun.
    func pursueOrders() {
        operators.orders = operators.orders.compactMap(pursued)
        askForStrays()
        guard !operators.orders.isEmpty else { return }
        schedule(.pursuit, after: random(20_000...400_000))
    }

    /// The order after the next attempt; nil when it is carried out.
    private func pursued(_ order: Operator.Order) -> Operator.Order? {
        let member = members[order.member]
        // Its incarnation counts once it is durable.
        guard let id = member.id, let membership = operators.membership else { return order }
        switch order.aim {
        case .dismiss:
            guard operators.belongs(id) else {
                removed(member)
                return nil
            }
            ask(.remove(id))
        case .welcome where membership.voters.contains(id):
            report.deeds.count(.promotion)
            tell(member, "votes")
            member.standing = .member
            return nil
        case .welcome where membership.learners.contains(id):
            if !order.isLearning { report.deeds.count(.learner) }
            ask(.promote(id))
            return Operator.Order(aim: .welcome, member: order.member, isLearning: true)
        case .welcome:
            guard member.state == .running, member.replica?.isOpen == true else { break }
            let address = Self.address(of: member.number).text
            let name = Self.name(of: member.number)
            ask(.addLearner(Member(id: id, name: name, peerAddress: address)))
        }
        return order
    }

    /// Incarnations that were added and whose directory is no more are removed.
    private func askForStrays() {
        guard operators.isBusy(with: .welcome), let membership = operators.membership else {
            return
        }
        for known in membership.members
        where !tenants.contains(where: { members[$0].id == known.id }) {
            ask(.remove(known.id))
        }
    }

    private func ask(_ change: MembershipChange) {
        guard let leader else { return }
        deliver(.changeMembership(leader.makeTicket(), change), to: leader, life: leader.life)
    }

    private func removed(_ member: SimulatedMember) {
        report.deeds.count(.removal)
        tell(member, "is removed")
        member.standing = .removed
        schedule(.eviction(member.number), after: random(5_000_000...30_000_000))
    }

    /// The machine goes, whether the member has noticed that it was removed or not.
    func evict(_ member: SimulatedMember) {
        guard member.standing == .removed else { return }
        tell(member, "is gone")
        if member.state != .down { end(member) }
        member.standing = .vacant
        tenants.removeAll { $0 == member.number }
    }

    /// A directory that the cluster does not know, or knows no more, was refused.
    func turnedAway(_ member: SimulatedMember) {
        switch member.standing {
        case .newcomer:
            // Whoever let it in was deposed before that was committed: it comes again, as another.
            member.disk = SimulatedDisk(honesty: .honest)
            member.id = nil
            member.witness = ObservedState()
        case .leaving, .removed, .vacant, .member, .copy: member.isAware = true
        }
    }

    // MARK: Who is there

    func randomMember() -> SimulatedMember { members[tenants.pick(&chance)] }

    var isEveryDirectoryOwn: Bool { members.allSatisfy { $0.directory.isOwn } }

    /// A member shows a membership that is committed.
    func learnMembership(of member: SimulatedMember, view: ConsensusView) {
        guard view.membershipIndex <= view.commitIndex,
            operators.known.map({ $0.index < view.membershipIndex }) ?? true,
            let membership = member.replica?.membership
        else { return }
        operators.learn(membership, at: view.membershipIndex)
    }
}
