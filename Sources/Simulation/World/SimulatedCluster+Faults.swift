internal import Bytes
internal import Journal
internal import Replica

extension SimulatedCluster {
    func scheduleFault() {
        schedule(.fault, after: random(...(2_000 * options.faultMilliseconds)))
    }

    func injectFault() {
        guard !isCalm else { return }
        scheduleFault()
        let member = members[pick(members.count)]
        trace.note(5, member.number, at: now)
        switch pick(9) {
        case 0, 1: crash(member)
        case 2: losePower(member)
        case 3: pause(member)
        case 4: isolate(member)
        case 5: cutOneWay(member)
        case 6: if let leader = leader { crash(leader) }
        case 7: rot(member)
        default: if pick(4) == 0 { everyoneLosesPower() }
        }
    }

    /// A restart takes a moment, or long enough for the others to move far ahead.
    private func restart(_ member: SimulatedMember) {
        let isLong = pick(4) == 0
        schedule(.start(member.number), after: random(1_000...(isLong ? 4_000_000 : 800_000)))
    }

    /// A byte of the log changes while the member is down: it must notice, and be filled again.
    private func rot(_ member: SimulatedMember) {
        guard report.rotCount < options.rotCount, member.state != .down else { return }
        let segments = member.disk.segments
        guard !segments.isEmpty else { return }
        let segment = segments[pick(segments.count)]
        report.rotCount += 1
        report.faults.count(.rot)
        crash(member)
        // The end of a file is blank or beyond the bound: that needs no repair.
        member.disk.corrupt(
            segment.file,
            at: pick(segment.byteCount / 4),
            with: 1 << UInt8(pick(8))
        )
    }

    private var leader: SimulatedMember? {
        members.last { $0.replica?.status.role == .leader }
    }

    /// kill -9: what was written stays, what was under way is done in part.
    private func crash(_ member: SimulatedMember) {
        guard member.state != .down else { return }
        report.crashCount += 1
        report.faults.count(.crash)
        abandonWork(of: member)
        end(member)
        restart(member)
    }

    private func losePower(_ member: SimulatedMember) {
        guard member.state != .down else { return }
        report.powerLossCount += 1
        report.faults.count(.powerLoss)
        abandonWork(of: member)
        end(member)
        member.disk.losePower(&chance)
        restart(member)
    }

    func everyoneLosesPower() {
        report.faults.count(.worldPowerLoss)
        for member in members { losePower(member) }
    }

    /// Some of the operations under way were carried out, in order.
    private func abandonWork(of member: SimulatedMember) {
        if let batch = member.logWork.first, options.plantedFault != .completionsComeEarly {
            _ = member.disk.carryOut(
                Array(batch.operations.prefix(pick(batch.operations.count + 1)))
            )
        }
        if case .batch(let batch) = member.backgroundWork.first {
            _ = member.disk.carryOut(
                Array(batch.operations.prefix(pick(batch.operations.count + 1)))
            )
        }
    }

    private func pause(_ member: SimulatedMember) {
        guard member.state == .running else { return }
        report.faults.count(.pause)
        member.state = .paused
        member.turnAt = nil
        schedule(.resume(member.number), after: random(10_000...2_000_000))
    }

    private func isolate(_ member: SimulatedMember) {
        report.faults.count(.isolation)
        for peer in members where peer.number != member.number {
            network.cut(from: member.number, to: peer.number)
            network.cut(from: peer.number, to: member.number)
        }
        schedule(.heal, after: random(50_000...2_000_000))
    }

    private func cutOneWay(_ member: SimulatedMember) {
        let peer = members[pick(members.count)]
        guard peer.number != member.number else { return }
        report.faults.count(.oneWayCut)
        network.cut(from: member.number, to: peer.number)
        schedule(.heal, after: random(50_000...2_000_000))
    }
}
