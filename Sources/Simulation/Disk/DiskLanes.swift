internal import Bytes
internal import Journal
internal import Replica

/// Carries out what members ask of their disks, lane by lane, and decides what goes wrong.
struct DiskLanes {
    /// What became of a member when its disk had done something.
    enum Consequence {
        case none
        /// Files were removed.
        case removal
        case processEnds
        /// The machine loses its power.
        case machineStops
    }

    private let world: World
    private let members: Members

    init(of members: Members, in world: World) {
        self.world = world
        self.members = members
    }

    func submit(_ batch: DiskBatch, of member: SimulatedMember) {
        switch batch.lane {
        case .log:
            member.work.log.append(batch)
            if member.work.log.count == 1 { begin(.log, of: member) }
        case .background: enqueue(.batch(batch), of: member)
        }
    }

    func enqueue(_ work: DiskWork.Background, of member: SimulatedMember) {
        member.work.background.append(work)
        if member.work.background.count == 1 { begin(.background, of: member) }
    }

    private func begin(_ lane: DiskBatch.Lane, of member: SimulatedMember) {
        var microseconds =
            world.random(world.plan.diskMicroseconds) * member.health.slowness
            + member.health.stallMicroseconds
        if lane == .log, member.health.log == .slow {
            let timeout = world.plan.electionMilliseconds * 1_000
            let range = DiskHealth.dragTimeouts
            microseconds += world.random(range.lowerBound * timeout...range.upperBound * timeout)
        }
        member.health.stallMicroseconds = 0
        if world.options.plantedFault == .completionsComeEarly, lane == .log,
            let batch = member.work.log.first
        {
            complete(batch, reads: [], of: member)
            microseconds = world.random(20_000...60_000)
        }
        let duty = lane == .log ? Agenda.Duty.log : .background
        world.set(duty, of: member.number, after: microseconds)
    }

    /// The log's lane has finished its first batch.
    func logDone(_ member: SimulatedMember) -> Consequence {
        let batch = member.work.log[0]
        guard !isRefused(batch.operations, of: member) else {
            return failDisk(of: member, at: batch.operations)
        }
        member.work.log.removeFirst()
        member.opening = .durable
        let reads = member.disk.carryOut(batch.operations)
        if world.options.plantedFault != .completionsComeEarly {
            complete(batch, reads: reads, of: member)
        }
        if !member.work.log.isEmpty { begin(.log, of: member) }
        return .none
    }

    /// The background lane has finished its first piece of work.
    func backgroundDone(_ member: SimulatedMember) -> Consequence {
        var consequence = Consequence.none
        switch member.work.background[0] {
        case .batch(let batch):
            guard !isRefused(batch.operations, of: member) else {
                return failDisk(of: member, at: batch.operations)
            }
            member.work.background.removeFirst()
            guard !strikesRename(batch, of: member) else {
                return endAmongRenames(batch, of: member)
            }
            complete(batch, reads: member.disk.carryOut(batch.operations), of: member)
            if batch.operations.contains(where: \.isRemoving) { consequence = .removal }
        case .snapshot(var task):
            let operations = task.next()
            if let operations, isRefused(operations, of: member) {
                return failDisk(of: member, at: operations)
            }
            member.work.background.removeFirst()
            if let operations {
                _ = member.disk.carryOut(operations)
                // After whatever came meanwhile: the lane is shared.
                member.work.background.append(.snapshot(task))
            } else {
                let written = Input.snapshotWritten(task.id, byteCount: task.byteCount)
                members.deliver(written, to: member)
            }
        }
        if !member.work.background.isEmpty { begin(.background, of: member) }
        return consequence
    }

    private func complete(_ batch: DiskBatch, reads: [[UInt8]], of member: SimulatedMember) {
        world.note(.diskCompletion, of: member.number)
        world.tell(of: member, "has on disk: \(batch.lane) \(batch.operations.map(Self.describe))")
        let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
        members.deliver(.disk(completion), to: member)
        if world.options.plantedFault == .completionsRepeat, batch.lane == .log {
            members.deliver(.disk(completion), to: member)
        }
    }

    private static func describe(_ operation: DiskOperation) -> String {
        switch operation {
        case .write(let file, let offset, let bytes):
            "write \(file.name) \(offset)+\(bytes.count)"
        default: "\(operation)"
        }
    }

    // MARK: Crashes

    /// Whether a crash happens while files get or lose their names. Such moments are rare, so where
    /// a seed wants such crashes one is drawn at each of them, more often at the rarer ones.
    private func strikesRename(_ batch: DiskBatch, of member: SimulatedMember) -> Bool {
        guard world.plan.renameCrashes == .some, !world.isCalm, !world.isTruce else { return false }
        if batch.operations.contains(where: \.isOfDraft) { member.work.receivedNamingCount = 3 }
        guard batch.operations.contains(where: \.isRenaming) else { return false }
        let isOfReceived = member.work.receivedNamingCount > 0
        if isOfReceived { member.work.receivedNamingCount -= 1 }
        return world.pick(isOfReceived ? 2 : 24) == 0
    }

    /// The machine or the process ends when part of the batch is done.
    private func endAmongRenames(
        _ batch: DiskBatch,
        of member: SimulatedMember
    ) -> Consequence {
        let isPower = world.pick(3) > 0
        world.strikes(isPower ? .powerLoss : .crash, member: member)
        _ = member.disk.carryOut(batch.operations.prefix(world.pick(batch.operations.count + 1)))
        member.work.background = []
        return isPower ? .machineStops : .processEnds
    }

    // MARK: Refusals

    /// Whether the disk does not do all of it.
    private func isRefused(_ operations: [DiskOperation], of member: SimulatedMember) -> Bool {
        switch (member.pendingEnd, member.health.space) {
        case (.ioError, _): operations.contains { $0.isWriting }
        case (_, .none): operations.contains { $0.isGrowing }
        case (_, .ample), (_, .short): false
        }
    }

    /// The production disk ends the process at the first refusal.
    private func failDisk(
        of member: SimulatedMember,
        at operations: [DiskOperation]
    ) -> Consequence {
        let isFull = member.pendingEnd != .ioError
        let refusable = operations.indices.filter {
            isFull ? operations[$0].isGrowing : operations[$0].isWriting
        }
        let place = isFull ? refusable[0] : refusable.pick(&world.chance)
        world.strikes(isFull ? .diskFull : .ioError, member: member)
        world.tell(of: member, "is refused by its disk: \(Self.describe(operations[place]))")
        _ = member.disk.carryOut(operations[..<place])
        member.disk.fail(operations[place], with: &world.chance)
        member.work.removeAll()
        return .processEnds
    }

    /// Some of the operations under way were carried out, in order, and the next one in part.
    func abandonWork(of member: SimulatedMember) {
        if let batch = member.work.log.first, world.options.plantedFault != .completionsComeEarly {
            abandon(batch.operations, of: member)
        }
        switch member.work.background.first {
        case .batch(let batch): abandon(batch.operations, of: member)
        case .snapshot(var task):
            if let operations = task.next() { abandon(operations, of: member) }
        case nil: break
        }
        member.work.removeAll()
    }

    private func abandon(_ operations: [DiskOperation], of member: SimulatedMember) {
        let place = world.pick(operations.count + 1)
        _ = member.disk.carryOut(operations[..<place])
        if place < operations.count { member.disk.begin(operations[place], with: &world.chance) }
    }
}
