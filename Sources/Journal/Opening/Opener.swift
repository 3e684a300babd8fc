internal import Bytes
internal import Consensus

/// Opens a data directory; one value for one opening.
struct Opener<Reader: DiskReader> {
    let reader: Reader
    let opening: Journal.Opening

    func open() throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        let files: [DiskFile]
        do { files = try reader.files() } catch { throw .unreadable(error) }
        guard files.contains(.identity) else { return try create(beside: files) }
        let identity = try readIdentity()
        let hardState = try readHardState(of: identity)
        do {
            return try openLog(files, identity: identity, hardState: hardState)
        } catch {
            // The log that could tell who belongs to the cluster is the damaged one, so the hard
            // state does: a log that may be the only one is never given up.
            // Nor is one of a format to come: where a release was taken back on all members, each
            // would give up what the others are to fill it with.
            guard case .damaged(let damage) = error, hardState.logRedundancy == .replicated,
                damage.reason != .unknownFormat
            else { throw error }
            return reseed(files, identity: identity, hardState: hardState, damage: damage)
        }
    }

    /// All bytes of one of the small files; nil when there is none.
    func contents(of file: DiskFile, limit: Int) throws(JournalError) -> [UInt8]? {
        do {
            guard let byteCount = try reader.byteCount(of: file) else { return nil }
            return try reader.read(file, offset: 0, byteCount: min(byteCount, limit))
        } catch { throw .unreadable(error) }
    }

    private func readIdentity() throws(JournalError) -> Identity {
        let bytes = try contents(of: .identity, limit: Identity.byteCountMax) ?? []
        do {
            var identity = try Identity(decoding: bytes)
            identity.start(with: opening.bootNonce)
            return identity
        } catch { throw .damaged(error) }
    }

    private func readHardState(of identity: Identity) throws(JournalError) -> StoredHardState {
        let bytes = try contents(of: .hardState, limit: Slots.fileByteCount)
        do { return try StoredHardState(decoding: bytes, member: identity.member) } catch {
            throw .voteLost(error)
        }
    }

    /// Draws an identity for an empty directory. `identity` comes last: where it is, the files
    /// that remember votes and bounds are too.
    private func create(
        beside files: [DiskFile]
    ) throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        guard try !wasLivedIn(files) else {
            throw .damaged(Damage(file: .identity, offset: 0, reason: .missing))
        }
        var identity = Identity(member: opening.freshMember, name: opening.name)
        identity.start(with: opening.bootNonce)
        var hardState = StoredHardState(initialFor: identity.member)
        var operations = hardState.creation()
        return beginning(
            in: 1,
            identity: identity,
            hardState: hardState,
            operations: &operations,
            damage: nil,
            directory: .fresh
        )
    }

    /// Whether there is a log, or a vote or a durable bound was written down: where the identity is
    /// missing then, a member has lost it, and did not only begin to draw one.
    private func wasLivedIn(_ files: [DiskFile]) throws(JournalError) -> Bool {
        if files.contains(where: \.isOfLog) { return true }
        let slots: [(DiskFile, magic: UInt64)] = [
            (.hardState, StoredHardState.magic), (.bound, StoredBound.magic),
        ]
        for (file, magic) in slots {
            let bytes = try contents(of: file, limit: Slots.fileByteCount) ?? []
            if Slots.isUsed(bytes, magic: magic) { return true }
        }
        return false
    }

    /// Gives up a damaged log and its snapshots. First the hard state says so: from then on no
    /// vote is granted, whatever of the removal comes to pass.
    private func reseed(
        _ files: [DiskFile],
        identity: Identity,
        hardState: StoredHardState,
        damage: Damage
    ) -> (journal: Journal, recovery: Recovery) {
        var hardState = hardState
        hardState.logIntegrity = .reseeding
        var operations = hardState.write(hardState.state)
        operations += files.filter { $0.isOfLog || $0.isDraft }.map { .remove($0) }
        operations.append(.syncDirectory)
        let bytes = (try? contents(of: .bound, limit: Slots.fileByteCount)) ?? nil
        let bound = try? StoredBound(decoding: bytes, member: identity.member)
        let highest = files.compactMap(\.segment).max() ?? 0
        return beginning(
            in: max(highest, bound?.position.segment ?? 0) + 1,
            identity: identity,
            hardState: hardState,
            operations: &operations,
            damage: damage,
            directory: .existing
        )
    }

    /// An empty log that begins in a segment of a number never used before.
    private func beginning(
        in segment: UInt64,
        identity: Identity,
        hardState: StoredHardState,
        operations: inout [DiskOperation],
        damage: Damage?,
        directory: Recovery.Directory
    ) -> (journal: Journal, recovery: Recovery) {
        var bound = StoredBound(beforeSegment: segment, member: identity.member)
        operations += bound.creation() + [.syncDirectory] + identity.storing()
        let journal = Journal(
            identity: identity,
            hardState: hardState,
            bound: bound,
            map: LogMap(base: .zero),
            resumption: .beginning(inSegment: segment),
            lastBatch: 0,
            snapshots: [],
            segmentByteCount: opening.segmentByteCount
        )
        let recovery = Recovery(
            directory: directory,
            identity: identity,
            hardState: hardState.state,
            logIntegrity: hardState.logIntegrity,
            damage: damage,
            rejected: [],
            cut: nil,
            cutByteCount: 0,
            damagedCellCounts: [.hardState: hardState.damagedCellCount],
            snapshot: nil,
            snapshotHeader: nil,
            log: .empty,
            operations: operations
        )
        return (journal, recovery)
    }
}
