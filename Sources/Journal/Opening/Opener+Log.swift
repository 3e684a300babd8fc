internal import Bytes
internal import Consensus

extension Opener {
    /// Opens a directory whose identity and hard state are sound.
    func openLog(
        _ files: [DiskFile],
        identity: Identity,
        hardState: StoredHardState
    ) throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        let bound = try readBound(of: identity)
        let segments = files.compactMap(\.segment)
        let survey = try SegmentScan(reader, segments: segments, identity: identity)
        var replay = LogReplay(
            reader,
            first: survey.chain.first,
            windowByteCountMax: opening.tailByteCountMax
        )
        let ending = try follow(survey.chain, replay: &replay)
        let judge = TailValidator(reader: reader, bound: bound, survey: survey, end: replay.end)
        let tail = try judge.judge(ending, isSegmentEnded: replay.isSegmentEnded)
        let choice = try chooseSnapshot(files, map: replay.map, identity: identity)
        if replay.map.base.index > .zero, choice.usable == nil {
            let first = survey.chain.first?.segment ?? 0
            let gap = Damage(file: .segment(first), offset: 0, reason: .notContiguous)
            throw .damaged(choice.rejected.first ?? gap)
        }
        let time = try replay.timeOfLast(snapshot: choice.usable)
        let opened = OpenedLog(
            identity: identity,
            hardState: hardState,
            bound: bound,
            survey: survey,
            tail: tail,
            choice: choice,
            files: files,
            map: replay.map,
            end: replay.end,
            previousCRC: replay.previousCRC,
            lastBatch: replay.lastBatch,
            lastBatchStart: replay.lastBatchStart,
            log: RecoveredLog(
                base: replay.map.base,
                snapshot: choice.usable?.id ?? .zero,
                snapshotTime: choice.usable?.time ?? .zero,
                runs: replay.map.runs,
                last: replay.map.last,
                lastTime: time,
                tail: replay.window.entries,
                memberships: replay.memberships.filter {
                    $0.index > choice.usable?.id.index ?? .zero
                }
            )
        )
        return try opened.resume(reader, opening: opening)
    }

    private func readBound(of identity: Identity) throws(JournalError) -> StoredBound {
        let bytes = try contents(of: .bound, limit: Slots.fileByteCount)
        do { return try StoredBound(decoding: bytes, member: identity.member) } catch {
            throw .damaged(error)
        }
    }

    /// Follows the log through all of its segments; only the last may end in anything but its
    /// successor.
    private func follow(
        _ chain: [SegmentHeader],
        replay: inout LogReplay<Reader>
    ) throws(JournalError) -> LogReplay<Reader>.Ending {
        var ending = LogReplay<Reader>.Ending.complete
        for (place, header) in chain.enumerated() {
            if place > 0 {
                guard header.previousCRC == replay.previousCRC, header.last == replay.map.last
                else {
                    let file = DiskFile.segment(header.segment)
                    throw .damaged(Damage(file: file, offset: 0, reason: .outOfOrder))
                }
            }
            let successor = place + 1 < chain.count ? chain[place + 1] : nil
            ending = try replay.follow(header, limit: successor?.end.offset)
            if successor != nil, case .fault(let reason) = ending {
                let file = DiskFile.segment(replay.end.segment)
                throw .damaged(Damage(file: file, offset: replay.end.offset, reason: reason))
            }
        }
        return ending
    }

    /// The newest snapshot that is sound and that the log goes on from.
    private func chooseSnapshot(
        _ files: [DiskFile],
        map: LogMap,
        identity: Identity
    ) throws(JournalError) -> SnapshotChoice {
        let ids = files.compactMap { file in
            if case .snapshot(let id) = file { id } else { nil }
        }.sorted { $0.index > $1.index }
        var choice = SnapshotChoice()
        // One that the log does not hold was received whole, but its place in the log was not
        // noted: nobody was told of it.
        for id in ids where map.holds(id) {
            guard choice.usable == nil else {
                if choice.older == nil { choice.older = try describe(id) }
                continue
            }
            var header: SnapshotHeader?
            do throws(JournalError) {
                let byteCount = try SnapshotReader.read(id, of: identity.cluster, from: reader) {
                    if case .header(let read) = $0 { header = read }
                }
                guard let header else { continue }
                choice.header = header
                choice.usable = SnapshotDescriptor(
                    id: id,
                    time: header.time,
                    byteCount: byteCount
                )
            } catch {
                guard case .damaged(let damage) = error else { throw error }
                choice.rejected.append(damage)
            }
        }
        return choice
    }

    /// An older snapshot is kept in case the newer is damaged one day; it is verified then.
    private func describe(_ id: EntryID) throws(JournalError) -> SnapshotDescriptor {
        do {
            let byteCount = try reader.byteCount(of: .snapshot(id)) ?? 0
            return SnapshotDescriptor(id: id, time: .zero, byteCount: byteCount)
        } catch { throw .unreadable(error) }
    }
}

/// Which snapshots of a directory count.
struct SnapshotChoice {
    var usable: SnapshotDescriptor?
    var header: SnapshotHeader?
    var older: SnapshotDescriptor?
    var rejected: [Damage] = []

    /// The snapshots to be kept, oldest first.
    var kept: [SnapshotDescriptor] { [older, usable].compactMap { $0 } }
}
