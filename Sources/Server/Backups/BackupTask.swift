internal import Backup
internal import Keyspace
internal import Platform

/// Writes one regular backup, reads it again, and removes what is too old then; on a thread of its
/// own, for all of it blocks.
struct BackupTask: Sendable {
    /// Why there is no backup.
    enum Failure: Error {
        case system(SystemError)
        /// What was read again is not what was written.
        case damaged(BackupFault)
    }

    /// The file is synced each time it grew by this much, as snapshots are: one sync of all of it
    /// would keep the disk from the log.
    private static let syncedByteCount = 4 << 20
    private static let readByteCount = 1 << 20

    let plan: BackupPlan
    let name: BackupName
    let header: BackupHeader
    let state: FrozenKeyspace

    /// The file's length in bytes.
    func run() throws(Failure) -> Int {
        let byteCount: Int
        do throws(SystemError) {
            let directory = try DirectoryHandle(creating: plan.directory)
            for name in try directory.names() where BackupName.isDraft(name) {
                try directory.remove(name)
            }
            byteCount = try write(in: directory)
        } catch { throw .system(error) }
        try readAgain()
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: plan.directory)
            try directory.rename(name.draft, to: name.text)
            try directory.synchronize()
            try prune(directory)
        } catch { throw .system(error) }
        return byteCount
    }

    private func write(in directory: borrowing DirectoryHandle) throws(SystemError) -> Int {
        let file = try directory.open(name.draft, for: .creating)
        var writer = BackupWriter()
        var encoder = SnapshotEncoder(state)
        var (offset, syncedThrough) = (0, 0)
        func append(_ bytes: [UInt8]) throws(SystemError) {
            try file.write(bytes, at: offset)
            offset += bytes.count
            guard offset - syncedThrough >= Self.syncedByteCount else { return }
            try file.synchronize()
            syncedThrough = offset
        }
        try append(writer.begin(header))
        while let payload = encoder.next() { try append(writer.chunk(payload)) }
        try append(writer.end())
        try file.synchronize()
        return offset
    }

    /// Every byte of the draft, as the disk gives it.
    private func readAgain() throws(Failure) {
        var reader = BackupReader()
        var offset = 0
        while true {
            let bytes: [UInt8]
            do throws(SystemError) {
                let directory = try DirectoryHandle(opening: plan.directory)
                bytes = try directory.open(name.draft, for: .reading)
                    .read(at: offset, byteCount: Self.readByteCount)
            } catch { throw .system(error) }
            guard !bytes.isEmpty else { break }
            offset += bytes.count
            do throws(BackupFault) { _ = try reader.feed(bytes) } catch { throw .damaged(error) }
        }
        do throws(BackupFault) { try reader.finish() } catch { throw .damaged(error) }
    }

    /// Removes all but the newest.
    private func prune(_ directory: borrowing DirectoryHandle) throws(SystemError) {
        let names = try directory.names().compactMap(BackupName.init).sorted()
        for name in names.dropLast(plan.keepCount) { try directory.remove(name.text) }
    }
}

extension BackupTask.Failure {
    var text: String {
        switch self {
        case .system(let error): error.description
        case .damaged(let fault): "what was read again is damaged: \(fault.text)"
        }
    }
}
