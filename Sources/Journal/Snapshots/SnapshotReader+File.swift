package import Consensus

extension SnapshotReader {
    /// Reads at a time, in bytes.
    private static let sliceByteCount = 1 << 20

    /// Verifies a whole snapshot file and gives its pieces in order.
    ///
    /// - Returns: the file's length.
    /// - Throws: `.damaged`; pieces that were given before are sound, the file is not.
    @discardableResult
    package static func read(
        _ id: EntryID,
        of cluster: ClusterID,
        from reader: some DiskReader,
        each take: (Piece) -> Void
    ) throws(JournalError) -> Int {
        let file = DiskFile.snapshot(id)
        var snapshot = SnapshotReader(file, id: id, cluster: cluster)
        while !snapshot.isComplete {
            let bytes = try slice(of: file, at: snapshot.byteCount, reader: reader)
            guard !bytes.isEmpty else { break }
            do { try snapshot.feed(bytes).forEach(take) } catch { throw .damaged(error) }
        }
        let byteCount = snapshot.byteCount
        let next = snapshot.isComplete ? try slice(of: file, at: byteCount, reader: reader) : []
        guard snapshot.isComplete, next.isEmpty else {
            let reason: Damage.Reason =
                snapshot.isComplete ? .malformed : .truncated(byteCount: byteCount)
            throw .damaged(Damage(file: file, offset: byteCount, reason: reason))
        }
        return byteCount
    }

    private static func slice(
        of file: DiskFile,
        at offset: Int,
        reader: some DiskReader
    ) throws(JournalError) -> [UInt8] {
        do { return try reader.read(file, offset: offset, byteCount: sliceByteCount) } catch {
            throw .unreadable(error)
        }
    }
}
