internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

extension FaultInjector {
    /// The disk is slow, stands still, or is full for a while.
    func strikeDisk(_ fault: Fault, of member: SimulatedMember) {
        guard member.state != .down else { return }
        world.strikes(fault, member: member)
        switch fault {
        case .stalledDisk:
            member.health.stallMicroseconds = world.random(
                50_000...([1_000_000, 8_000_000].pick(&world.chance))
            )
            return
        case .slowDisk: member.health.slowness = world.random(5...50)
        case .slowDisks:
            for member in members.all where member.state != .down {
                member.health.log = .slow
                world.schedule(
                    .recoverDisk(member.number),
                    after: world.random(5_000_000...20_000_000)
                )
            }
            return
        default:
            member.health.space = world.pick(3) == 0 ? .none : .short
            members.tellSpace(member)
        }
        world.schedule(.recoverDisk(member.number), after: world.random(100_000...10_000_000))
    }

    // MARK: Damage

    /// Stored bytes change, most often while the process is down: it must notice and be filled
    /// again, or refuse to start.
    ///
    /// The process is killed, and the power stays: after a power loss damage to the very last
    /// batch can go unnoticed, which no member promises to see.
    func rot(_ member: SimulatedMember, fault: Fault) {
        guard member.state == .running, members.mayLoseData(member), member.damage == nil,
            member.directory.isOwn, member.replica?.consensus?.logIntegrity == .intact
        else { return }
        let isAlive = world.pick(3) == 0
        let files = isAlive ? settledFiles(of: member) : member.disk.listing
        guard let file = chooseFile(files) else { return }
        world.strikes(fault, member: member)
        world.tell(of: member, "rots: \(file.file.name)\(isAlive ? " while it runs" : "")")
        let mark = members.furthestIndex(committed: observer.lastCommitted)
        guard !isAlive else {
            member.damage = StorageDamage(mark: mark, original: nil)
            return damage(file, of: member, fault: fault)
        }
        processes.end(member)
        member.damage = StorageDamage(mark: mark, original: member.disk)
        damage(file, of: member, fault: fault)
        processes.restart(member)
        // What both of them had acknowledged, a third may not have yet.
        if world.pick(2) == 0, let leader = members.leader {
            processes.crash(leader, fault: .leaderCrash)
        }
    }

    /// What is written no more while the process runs.
    private func settledFiles(of member: SimulatedMember) -> [(file: DiskFile, byteCount: Int)] {
        let segments = member.disk.listing.filter { $0.file.segmentNumber > 0 }
        let newest = segments.map { $0.file.segmentNumber }.sorted().dropLast(2).last ?? 0
        return member.disk.listing.filter {
            if case .snapshot = $0.file { return true }
            return $0.file.segmentNumber > 0 && $0.file.segmentNumber <= newest
        }
    }

    /// Most often a part of the log, often what no peer can give back.
    private func chooseFile(
        _ files: [(file: DiskFile, byteCount: Int)]
    ) -> (file: DiskFile, byteCount: Int)? {
        let segments = files.filter { $0.file.segmentNumber > 0 }
        let vital = files.filter { $0.file == .identity || $0.file == .hardState }
        let chosen =
            switch world.pick(6) {
            case 0...2 where !segments.isEmpty: segments
            case 3 where !vital.isEmpty: vital
            default: files
            }
        let written = chosen.filter { $0.byteCount > 0 }
        return written.isEmpty ? nil : written.pick(&world.chance)
    }

    private func damage(
        _ file: (file: DiskFile, byteCount: Int),
        of member: SimulatedMember,
        fault: Fault
    ) {
        let place = world.pick(file.byteCount)
        let sector = place / SimulatedFile.sectorByteCount * SimulatedFile.sectorByteCount
        let sectors = sector..<sector + SimulatedFile.sectorByteCount * (1 + world.pick(3))
        switch fault {
        case .bitFlip:
            let mask = UInt8(1) << UInt8(world.pick(8))
            member.disk.overwrite(file.file, range: place..<place + 1) { byte, _ in byte ^= mask }
        case .zeroedSectors:
            member.disk.overwrite(file.file, range: sectors) { byte, _ in byte = 0 }
        default:
            let files = member.disk.listing.filter { $0.byteCount >= sectors.count }
            guard !files.isEmpty else { return }
            let other = files.pick(&world.chance)
            let from =
                world.pick(other.byteCount / SimulatedFile.sectorByteCount + 1)
                * SimulatedFile.sectorByteCount
            let bytes = member.disk.content(of: other.file, range: from..<from + sectors.count)
            member.disk.overwrite(file.file, range: sectors) { byte, place in
                let source = place - sectors.lowerBound
                if source < bytes.count { byte = bytes[source] }
            }
        }
    }

    // MARK: Other directories

    /// The member starts again on an empty directory, beside a cluster that knows it.
    func wipe(_ member: SimulatedMember) {
        guard member.state == .running, members.mayReplaceDirectory(member), member.damage == nil,
            members.present.allSatisfy({ $0.observed.hardState != nil })
        else { return }
        world.strikes(.wipedDirectory, member: member)
        processes.end(member)
        member.directory = .wiped(own: member.disk)
        member.disk = SimulatedDisk(honesty: .honest)
        processes.restart(member)
    }

    /// The member starts again on a copy of its directory that is older than its last start. A
    /// peer that has met it since then refuses; all of them have.
    func goBack(_ member: SimulatedMember) {
        guard member.state == .running, member.directory.isOwn, let id = member.replica?.id,
            let boot = member.replica?.bootCount
        else { return }
        let peers = members.all.filter { $0.standing != .vacant }
        guard let copy = member.copies.former, members.mayReplaceDirectory(member),
            member.damage == nil,
            peers.allSatisfy({ peer in
                peer.number == member.number
                    || peer.damage == nil
                        && peer.replica?.bootCount(of: id) ?? 0 > copy.boot
            })
        else {
            // A copy is made for the next time, as a backup would be: of a process that is down.
            world.strikes(.crash, member: member)
            processes.end(member)
            member.copies.former = DirectoryCopy(disk: member.disk, boot: boot)
            return processes.restart(member)
        }
        world.strikes(.outdatedCopy, member: member)
        processes.end(member)
        member.directory = .outdated(own: member.disk)
        member.disk = copy.disk
        member.copies.former = nil
        processes.restart(member)
    }
}

extension DiskFile {
    /// The number of a segment; zero for every other file.
    fileprivate var segmentNumber: UInt64 {
        if case .segment(let number) = self { number } else { 0 }
    }
}
