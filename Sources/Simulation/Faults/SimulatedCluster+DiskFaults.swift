internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

extension SimulatedCluster {
    /// The disk is slow, stands still, or is full for a while.
    func strikeDisk(_ fault: Fault, member: SimulatedMember) {
        guard member.state != .down else { return }
        strikes(fault, member: member.number)
        switch fault {
        case .stalledDisk:
            member.health.stallMicroseconds = random(
                50_000...([1_000_000, 8_000_000].pick(&chance))
            )
            return
        case .slowDisk: member.health.slowness = random(5...50)
        default:
            member.health.space = pick(3) == 0 ? .none : .short
            tellSpace(member)
        }
        schedule(.recoverDisk(member.number), after: random(100_000...10_000_000))
    }

    func recoverDisk(of member: SimulatedMember) {
        member.health.slowness = 1
        guard member.health.space != .ample else { return }
        member.health.space = .ample
        tellSpace(member)
    }

    func tellSpace(_ member: SimulatedMember) {
        let free: UInt64 = member.health.space == .ample ? 1 << 40 : 0
        deliver(.diskSpace(freeByteCount: free), to: member, life: member.life)
    }

    // MARK: Damage

    /// Members whose data may be gone; never so many that a majority lacks something.
    var doubtfulCount: Int { members.count { isDoubtful($0) } }

    func isDoubtful(_ member: SimulatedMember) -> Bool {
        (member.damage != nil || !member.directory.isOwn) && operators.isVoter(member.id)
    }

    func mayDoubt(_ member: SimulatedMember) -> Bool {
        member.standing == .member && operators.isVoter(member.id)
            && doubtfulCount < (operators.voterCountMin - 1) / 2
    }

    /// The furthest that any log reaches.
    var furthestIndex: UInt64 {
        members.reduce(laws.lastCommitted) {
            max($0, $1.witness.view?.lastIndex.rawValue ?? 0)
        }
    }

    /// Stored bytes change, most often while the process is down: it must notice and be filled
    /// again, or refuse to start.
    ///
    /// The process is killed, and the power stays: after a power loss damage to the very last
    /// batch can go unnoticed, which no member promises to see.
    func rot(_ member: SimulatedMember, fault: Fault) {
        guard member.state == .running, mayDoubt(member), member.damage == nil,
            member.directory.isOwn, member.replica?.consensus?.logIntegrity == .intact
        else { return }
        let isAlive = pick(3) == 0
        let files = isAlive ? settledFiles(of: member) : member.disk.listing
        guard let file = chooseFile(files) else { return }
        strikes(fault, member: member.number)
        tell(member, "rots: \(file.file.name)\(isAlive ? " while it runs" : "")")
        let mark = furthestIndex
        guard !isAlive else {
            member.damage = StorageDamage(mark: mark, original: nil)
            return damage(file, of: member, fault: fault)
        }
        end(member)
        member.damage = StorageDamage(mark: mark, original: member.disk)
        damage(file, of: member, fault: fault)
        restart(member)
        // What both of them had acknowledged, a third may not have yet.
        if pick(2) == 0, let leader { crash(leader, fault: .leaderCrash) }
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
            switch pick(6) {
            case 0...2 where !segments.isEmpty: segments
            case 3 where !vital.isEmpty: vital
            default: files
            }
        let written = chosen.filter { $0.byteCount > 0 }
        return written.isEmpty ? nil : written.pick(&chance)
    }

    private func damage(
        _ file: (file: DiskFile, byteCount: Int),
        of member: SimulatedMember,
        fault: Fault
    ) {
        let place = pick(file.byteCount)
        let sector = place / SimulatedFile.sectorByteCount * SimulatedFile.sectorByteCount
        let sectors = sector..<sector + SimulatedFile.sectorByteCount * (1 + pick(3))
        switch fault {
        case .bitFlip:
            let mask = UInt8(1) << UInt8(pick(8))
            member.disk.overwrite(file.file, range: place..<place + 1) { byte, _ in byte ^= mask }
        case .zeroedSectors:
            member.disk.overwrite(file.file, range: sectors) { byte, _ in byte = 0 }
        default:
            let files = member.disk.listing.filter { $0.byteCount >= sectors.count }
            guard !files.isEmpty else { return }
            let other = files.pick(&chance)
            let from =
                pick(other.byteCount / SimulatedFile.sectorByteCount + 1)
                * SimulatedFile.sectorByteCount
            let bytes = member.disk.content(of: other.file, range: from..<from + sectors.count)
            member.disk.overwrite(file.file, range: sectors) { byte, place in
                let source = place - sectors.lowerBound
                if source < bytes.count { byte = bytes[source] }
            }
        }
    }

    // MARK: Other directories

    func mayForge(_ member: SimulatedMember) -> Bool {
        mayDoubt(member) && isEveryDirectoryOwn && operators.orders.isEmpty
    }

    /// The member starts again on an empty directory, beside a cluster that knows it.
    func wipe(_ member: SimulatedMember) {
        guard member.state == .running, mayForge(member), member.damage == nil,
            tenants.allSatisfy({ members[$0].witness.hardState != nil })
        else { return }
        strikes(.wipedDirectory, member: member.number)
        end(member)
        member.directory = .wiped(own: member.disk)
        member.disk = SimulatedDisk(honesty: .honest)
        restart(member)
    }

    /// The member starts again on a copy of its directory that is older than its last start. A
    /// peer that has met it since then refuses; all of them have.
    func goBack(_ member: SimulatedMember) {
        guard member.state == .running, member.directory.isOwn, let id = member.replica?.id,
            let boot = member.replica?.bootCount
        else { return }
        let peers = members.filter { $0.standing != .vacant }
        guard let copy = member.formerCopy, mayForge(member), member.damage == nil,
            peers.allSatisfy({ peer in
                peer.number == member.number
                    || peer.damage == nil
                        && peer.replica?.bootCount(of: id) ?? 0 > copy.boot
            })
        else {
            // A copy is made for the next time, as a backup would be: of a process that is down.
            strikes(.crash, member: member.number)
            end(member)
            member.formerCopy = (member.disk, boot)
            return restart(member)
        }
        strikes(.outdatedCopy, member: member.number)
        end(member)
        member.directory = .outdated(own: member.disk)
        member.disk = copy.disk
        member.formerCopy = nil
        restart(member)
    }

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
}

extension DiskFile {
    /// Of a segment; zero for every other file.
    fileprivate var segmentNumber: UInt64 {
        if case .segment(let number) = self { number } else { 0 }
    }
}
