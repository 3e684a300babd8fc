internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

extension SimulatedCluster {
    /// How long everything may take once all faults have ended: 20 of the longest election
    /// timeouts.
    var calmMilliseconds: UInt64 {
        max(options.calmMilliseconds, 20 * 2 * weather.electionMilliseconds)
    }

    func scheduleIncident() {
        guard options.variety == .swarm || options.plantedFault != .none else { return }
        schedule(.incident, after: random(0...2_000 * options.faultMilliseconds))
    }

    /// A fault is counted where it takes effect.
    func strikes(_ fault: Fault, member: Int) {
        report.faults.count(fault)
        trace.note(5, subject: member, at: now)
        tell(members[member], "is struck: \(fault.name)")
    }

    func strikeNext() {
        guard !isCalm else { return }
        scheduleIncident()
        guard !isTruce else { return }
        let member = randomMember()
        guard options.plantedFault == .none || pick(2) == 0 else { return everyoneLosesPower() }
        guard let fault = weather.drawIncident(&chance) else { return }
        switch fault {
        case .crash: crash(member, fault: .crash)
        case .leaderCrash: if let leader { crash(leader, fault: .leaderCrash) }
        case .crashWithinTurn: doom(member, doom: .withinTurn)
        case .powerLoss: losePower(member, fault: .powerLoss)
        case .worldPowerLoss: everyoneLosesPower()
        case .pause: pause(member)
        case .orderlyStop: stop(pick(2) == 0 ? leader ?? member : member)
        case .partition, .oneWayPartition, .partialPartition, .flappingPartition, .delay:
            strikeNetwork(fault, member: pick(3) == 0 ? leader ?? member : member)
        case .ioError: doom(member, doom: .ioError)
        case .diskFull, .slowDisk, .stalledDisk: strikeDisk(fault, member: member)
        case .bitFlip, .zeroedSectors, .misdirectedWrite: rot(member, fault: fault)
        case .wipedDirectory: wipe(member)
        case .outdatedCopy: goBack(member)
        case .setBack: setBack(member)
        case .copyBeside: startCopy(of: member)
        case .brokenConnection, .lostFrame, .duplicatedFrame, .lateFrame, .replayedFrame: break
        }
    }

    /// One of those that think that they lead.
    var leader: SimulatedMember? {
        members.last { $0.state == .running && $0.replica?.consensus?.role == .leader }
    }

    // MARK: Processes

    /// A restart takes a moment, or long enough for the others to move far ahead, now and then so
    /// far that their logs begin behind where the member's ends.
    func restart(_ member: SimulatedMember) {
        guard pick(12) > 0 else {
            return schedule(.absence(member.number, until: after(60_000_000)), after: 2_000_000)
        }
        let isLong = pick(4) == 0
        schedule(.start(member.number), after: random(1_000...(isLong ? 10_000_000 : 800_000)))
    }

    /// The member starts when the leader has forgotten what it would need, when nobody leads, or
    /// at the deadline.
    func stayAway(_ member: SimulatedMember, until deadline: MonotonicTime) {
        guard now < deadline, let base = leader?.witness.view?.baseIndex,
            base <= member.witness.view?.lastIndex ?? .zero
        else { return start(member) }
        schedule(.absence(member.number, until: deadline), after: 500_000)
    }

    /// kill -9: what was written stays, what was under way is done in part.
    func crash(_ member: SimulatedMember, fault: Fault) {
        guard member.state != .down else { return }
        strikes(fault, member: member.number)
        end(member)
        restart(member)
    }

    private func losePower(_ member: SimulatedMember, fault: Fault) {
        guard member.state != .down else { return }
        strikes(fault, member: member.number)
        member.power = .off
        end(member)
        member.disk.losePower(&chance)
        restart(member)
    }

    func everyoneLosesPower() {
        for member in members { losePower(member, fault: .worldPowerLoss) }
    }

    /// Something happens to the process at the next occasion.
    private func doom(_ member: SimulatedMember, doom: SimulatedMember.Doom) {
        guard member.state == .running else { return }
        member.doom = doom
    }

    /// From a millisecond to a minute, each order of magnitude as likely as the others.
    private func pause(_ member: SimulatedMember) {
        guard member.state == .running else { return }
        strikes(.pause, member: member.number)
        member.state = .paused
        agenda.clear(.turn, of: member.number)
        let longest: [UInt64] = [10_000, 100_000, 1_000_000, 10_000_000, 60_000_000]
        schedule(.resume(member.number), after: random(1_000...longest.pick(&chance)))
    }

    /// The operator stops the member, which may hand over what it leads.
    private func stop(_ member: SimulatedMember) {
        guard member.state == .running, !member.isLeaving else { return }
        strikes(.orderlyStop, member: member.number)
        member.isLeaving = true
        deliver(.stop, to: member, life: member.life)
    }
}

// MARK: Calm

extension SimulatedCluster {
    /// Everything heals; from here on every request has to be served. What was acknowledged also
    /// survives a last power loss of the whole world.
    func calm() {
        guard !isTruce else { return schedule(.calm, after: Self.truceLookMicroseconds) }
        if options.plantedFault != .none || options.variety == .swarm && pick(2) == 0 {
            everyoneLosesPower()
        }
        isCalm = true
        tell(nil, "all faults end")
        network.healAll()
        for member in members where member.standing != .vacant {
            recoverDisk(of: member)
            member.doom = .none
            if !member.directory.isOwn {
                end(member)
                restoreDirectory(of: member)
            }
            switch member.state {
            case .running: break
            case .paused: resume(member)
            case .down: start(member)
            }
        }
        releaseHeld()
        // Long enough, now and then, to see leases end that nobody keeps alive any more.
        if pick(4) == 0 {
            calmLastsUntil = now.advanced(byMilliseconds: Self.leaseCalmMilliseconds)
        }
        lookAround()
    }

    private static let leaseCalmMilliseconds: UInt64 = 11_000

    /// The run ends when everybody has recovered, or when it has taken too long.
    func lookAround() {
        let isRecovered = now >= calmLastsUntil && unrecovered.isEmpty && isEverybodyServed
        if isRecovered { isOver = true } else { schedule(.roundOfCalm, after: 250_000) }
    }
}
