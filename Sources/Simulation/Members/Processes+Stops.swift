internal import Bytes
internal import Consensus
internal import Replica

/// A member that ends itself: what explains it, and what becomes of its directory and its machine.
extension Processes {
    /// The member ended itself.
    func stopped(_ member: SimulatedMember, reason: StopReason) {
        world.tell(of: member, "stops: \(reason)")
        let excuse = excuse(of: member, for: reason)
        end(member)
        switch excuse {
        case .none: world.found(.memberStopped(member: member.number, why: "\(reason)"))
        case .newcomer: break
        case .event(let count): world.count(count)
        }
        restoreDirectory(of: member)
        let hadKnown = member.knowsOfRemoval
        if case .mayNotJoin(.removed) = reason { turnedAway(member) }
        if hadKnown, member.standing == .removed { return evict(member) }
        world.schedule(.start(member.number), after: world.random(10_000...500_000))
    }

    private enum Excuse {
        case none
        /// It was let in by somebody who could not.
        case newcomer
        /// The end is one of those that are counted.
        case event(CoverageCount)
    }

    /// What happened to the member that explains its end.
    private func excuse(of member: SimulatedMember, for reason: StopReason) -> Excuse {
        switch (reason, member.directory) {
        case (.orderly, _): member.isLeaving ? .event(.orderlyEnd) : .none
        case (.mayNotJoin(.emptyBesideFormedCluster), .wiped): .event(.wipeRefused)
        // A copy may be older than its member's admission.
        case (.mayNotJoin(.copiedDirectory), .outdated),
            (.mayNotJoin(.emptyBesideFormedCluster), .outdated):
            .event(.copyRefused)
        case (.mayNotJoin(.originalAlive), .beside): .event(.copyPutOff)
        case (.damaged, .own): member.damage == nil ? .none : .event(.damageRefused)
        case (.mayNotJoin(.removed), .own): excuseOfRemoved(member)
        // The last of the others was removed while this one was on its way back.
        case (.mayNotJoin(.featureLevel), _) where member.release == .takenBack: .newcomer
        case (.mayNotJoin, _), (.damaged, _), (.diskFailed, _): .none
        }
    }

    private func excuseOfRemoved(_ member: SimulatedMember) -> Excuse {
        switch member.standing {
        case .newcomer: members.membership.belongs(member.id) ? .none : .newcomer
        case .leaving, .removed: .event(member.knowsOfRemoval ? .removedRefused : .removedEnd)
        case .vacant, .member, .copy: .none
        }
    }

    // MARK: Directories and machines

    /// The operator puts back what belongs there.
    func restoreDirectory(of member: SimulatedMember) {
        switch member.directory {
        case .own:
            guard let original = member.damage?.original else { return }
            member.disk = original
            member.damage = nil
        case .wiped(let own), .outdated(let own):
            member.disk = own
            member.directory = .own
        case .beside: removeCopy(member)
        }
    }

    /// The copy is gone; every peer that knew its original's start must still know it.
    func removeCopy(_ copy: SimulatedMember) {
        guard case .beside(let number) = copy.directory else { return }
        let original = members[number]
        if let id = original.id, let boot = original.replica?.bootCount {
            let isDisplaced = members.present.contains {
                $0.replica?.bootCount(of: id) ?? 0 > boot
            }
            if isDisplaced { world.found(.originalDisplaced(member: number)) }
        }
        copy.directory = .own
        copy.standing = .vacant
        world.endTruce()
    }

    /// The machine goes, whether the member has noticed that it was removed or not.
    func evict(_ member: SimulatedMember) {
        guard member.standing == .removed else { return }
        world.tell(of: member, "is gone")
        if member.state != .down { end(member) }
        member.standing = .vacant
        members.departed(member)
    }

    /// A directory that the cluster does not know, or knows no more, was refused.
    private func turnedAway(_ member: SimulatedMember) {
        switch member.standing {
        case .newcomer:
            // Whoever let it in was deposed before that was committed: it comes again, as another.
            member.disk = SimulatedDisk(honesty: .honest)
            member.id = nil
            member.observed = ObservedState()
        case .leaving, .removed, .vacant, .member, .copy: member.knowsOfRemoval = true
        }
    }
}
