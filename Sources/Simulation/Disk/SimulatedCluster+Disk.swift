internal import Bytes
internal import Journal
internal import Replica

extension SimulatedCluster {
    func submit(_ batch: DiskBatch, of member: SimulatedMember) {
        switch batch.lane {
        case .log:
            member.logWork.append(batch)
            if member.logWork.count == 1 { begin(.log, of: member) }
        case .background: enqueue(.batch(batch), of: member)
        }
    }

    func enqueue(_ work: SimulatedMember.Work, of member: SimulatedMember) {
        member.backgroundWork.append(work)
        if member.backgroundWork.count == 1 { begin(.background, of: member) }
    }

    private func begin(_ lane: DiskBatch.Lane, of member: SimulatedMember) {
        var microseconds =
            random(weather.diskMicroseconds) * member.health.slowness
            + member.health.stallMicroseconds
        member.health.stallMicroseconds = 0
        if options.plantedFault == .completionsComeEarly, lane == .log,
            let batch = member.logWork.first
        {
            complete(batch, reads: [], of: member)
            microseconds = random(20_000...60_000)
        }
        let duty = lane == .log ? Agenda.Duty.log : .background
        agenda.set(duty, of: member.number, at: after(microseconds))
    }

    func logDone(_ member: SimulatedMember) {
        let batch = member.logWork[0]
        guard !isRefused(batch.operations, of: member) else {
            return failDisk(of: member, at: batch.operations)
        }
        member.logWork.removeFirst()
        let reads = member.disk.carryOut(batch.operations)
        if options.plantedFault != .completionsComeEarly {
            complete(batch, reads: reads, of: member)
        }
        if !member.logWork.isEmpty { begin(.log, of: member) }
    }

    func backgroundDone(_ member: SimulatedMember) {
        switch member.backgroundWork[0] {
        case .batch(let batch):
            guard !isRefused(batch.operations, of: member) else {
                return failDisk(of: member, at: batch.operations)
            }
            member.backgroundWork.removeFirst()
            guard !isPerilous(batch, of: member) else { return endAmongNames(batch, of: member) }
            complete(batch, reads: member.disk.carryOut(batch.operations), of: member)
            if batch.operations.contains(where: \.isRemoving) { auditRemoval(of: member) }
        case .snapshot(var task):
            let operations = task.next()
            if let operations, isRefused(operations, of: member) {
                return failDisk(of: member, at: operations)
            }
            member.backgroundWork.removeFirst()
            if let operations {
                _ = member.disk.carryOut(operations)
                // Behind whatever came meanwhile: the lane is shared.
                member.backgroundWork.append(.snapshot(task))
            } else {
                let written = Input.snapshotWritten(task.id, byteCount: task.byteCount)
                deliver(written, to: member, life: member.life)
            }
        }
        if !member.backgroundWork.isEmpty { begin(.background, of: member) }
    }

    private func complete(_ batch: DiskBatch, reads: [[UInt8]], of member: SimulatedMember) {
        trace.note(3, subject: member.number, at: now)
        tell(member, "has on disk: \(batch.lane) \(batch.operations.map(Self.describe))")
        let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
        deliver(.disk(completion), to: member, life: member.life)
    }

    private static func describe(_ operation: DiskOperation) -> String {
        switch operation {
        case .write(let file, let offset, let bytes):
            "write \(file.name) \(offset)+\(bytes.count)"
        default: "\(operation)"
        }
    }

    // MARK: Perils

    /// Files get their names, and lose them, seldom: where a crash has to be borne just then, it is
    /// drawn for each such moment, the more often the seldomer the moment.
    private func isPerilous(_ batch: DiskBatch, of member: SimulatedMember) -> Bool {
        guard weather.namePeril == .some, !isCalm, !isTruce else { return false }
        if batch.operations.contains(where: \.isOfDraft) { member.receivedNamingCount = 3 }
        guard batch.operations.contains(where: \.isRenaming) else { return false }
        let isOfReceived = member.receivedNamingCount > 0
        if isOfReceived { member.receivedNamingCount -= 1 }
        return pick(isOfReceived ? 2 : 24) == 0
    }

    /// The machine or the process ends when part of the batch is done.
    private func endAmongNames(_ batch: DiskBatch, of member: SimulatedMember) {
        let isPower = pick(3) > 0
        strikes(isPower ? .powerLoss : .crash, member: member.number)
        _ = member.disk.carryOut(batch.operations.prefix(pick(batch.operations.count + 1)))
        member.backgroundWork = []
        if isPower { member.power = .off }
        end(member)
        if isPower { member.disk.losePower(&chance) }
        restart(member)
    }

    // MARK: Refusals

    /// Whether the disk does not do all of it.
    private func isRefused(_ operations: [DiskOperation], of member: SimulatedMember) -> Bool {
        switch (member.doom, member.health.space) {
        case (.ioError, _): operations.contains { $0.isWriting }
        case (_, .none): operations.contains { $0.isGrowing }
        case (_, .ample), (_, .short): false
        }
    }

    /// The production disk ends the process at the first refusal.
    private func failDisk(of member: SimulatedMember, at operations: [DiskOperation]) {
        let isFull = member.doom != .ioError
        let refusable = operations.indices.filter {
            isFull ? operations[$0].isGrowing : operations[$0].isWriting
        }
        let place = isFull ? refusable[0] : refusable.pick(&chance)
        strikes(isFull ? .diskFull : .ioError, member: member.number)
        tell(member, "is refused by its disk: \(Self.describe(operations[place]))")
        _ = member.disk.carryOut(operations[..<place])
        member.disk.fail(operations[place], with: &chance)
        member.logWork = []
        member.backgroundWork = []
        end(member)
        restart(member)
    }

    /// Some of the operations under way were carried out, in order, and the next one in part.
    func abandonWork(of member: SimulatedMember) {
        if let batch = member.logWork.first, options.plantedFault != .completionsComeEarly {
            abandon(batch.operations, of: member)
        }
        switch member.backgroundWork.first {
        case .batch(let batch): abandon(batch.operations, of: member)
        case .snapshot(var task):
            if let operations = task.next() { abandon(operations, of: member) }
        case nil: break
        }
        member.logWork = []
        member.backgroundWork = []
    }

    private func abandon(_ operations: [DiskOperation], of member: SimulatedMember) {
        let place = pick(operations.count + 1)
        _ = member.disk.carryOut(operations[..<place])
        if place < operations.count { member.disk.begin(operations[place], with: &chance) }
    }
}

extension DiskOperation {
    /// Whether it changes what a file is called.
    fileprivate var isRenaming: Bool {
        switch self {
        case .rename, .remove: true
        case .write, .sync, .create, .syncDirectory, .read: false
        }
    }

    /// Whether it takes something away that a start may need.
    fileprivate var isRemoving: Bool {
        switch self {
        case .remove: true
        case .write, .sync, .create, .rename, .syncDirectory, .read: false
        }
    }

    /// Whether it writes a snapshot that comes from elsewhere; own ones are no batches.
    fileprivate var isOfDraft: Bool {
        if case .write(.snapshotDraft, _, _) = self { true } else { false }
    }

    fileprivate var isWriting: Bool {
        switch self {
        case .write, .sync, .create, .syncDirectory: true
        case .rename, .remove, .read: false
        }
    }

    /// Whether it needs space that the file does not have yet.
    fileprivate var isGrowing: Bool {
        switch self {
        case .create: true
        case .write(.snapshotDraft, _, _): true
        case .write, .sync, .rename, .remove, .syncDirectory, .read: false
        }
    }
}
