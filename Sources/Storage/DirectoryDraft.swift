package import Journal
package import Platform

/// A data directory that one process makes of nothing: a member's once everything in it is durable,
/// and until then marked, so that none starts with it.
package final class DirectoryDraft {
    /// Why a directory can't be made here.
    package enum Refusal: Error, Hashable, Sendable {
        /// Another process has it.
        case locked
        /// It is not empty: this is in it, for example.
        case occupied(by: String)
        /// That file could not be written.
        case failed(file: String, SystemError)
    }

    /// The file that stands in the directory until it is whole.
    package static let markName = "unfinished-restore"

    private let directory: DataDirectory
    private let worker: DiskWorker
    private let lock: DirectoryLock

    /// Begins in a directory that is empty, or is made with mode 0700. What a draft that was never
    /// finished left there is removed; any other directory stays as it is.
    package init(_ path: String) throws(Refusal) {
        try Self.checkEmptiness(of: path)
        let lock: DirectoryLock?
        do throws(SystemError) {
            lock = try DirectoryHandle(opening: path).lock(FileDisk.lockName)
        } catch { throw .failed(file: path, error) }
        guard let lock else { throw .locked }
        self.lock = lock
        // Another draft may have been finished meanwhile.
        try Self.checkEmptiness(of: path)
        do throws(SystemError) {
            directory = try Self.begin(at: path)
            worker = DiskWorker(directory)
        } catch { throw .failed(file: path, error) }
    }

    /// Carries out operations; nothing more may be done after one that failed.
    package func perform(_ operations: [DiskOperation]) throws(Refusal) {
        for operation in operations {
            do throws(SystemError) { _ = try worker.attempt(operation) } catch {
                throw .failed(file: operation.fileName, error)
            }
        }
    }

    /// The directory is a member's.
    package func finish() throws(Refusal) {
        do throws(SystemError) {
            try directory.top.remove(Self.markName)
            try directory.top.synchronize()
        } catch { throw .failed(file: Self.markName, error) }
    }

    private static func checkEmptiness(of path: String) throws(Refusal) {
        let occupant: String?
        do throws(SystemError) { occupant = try Self.occupant(at: path) } catch {
            throw .failed(file: path, error)
        }
        if let occupant { throw .occupied(by: occupant) }
    }

    /// What is in the directory besides what every file system puts there, and a draft that was never
    /// finished; made if it is missing.
    private static func occupant(at path: String) throws(SystemError) -> String? {
        let top = try DirectoryHandle(creating: path)
        let names = try top.names().filter { $0 != "lost+found" }
        let isMarked = names.contains(markName) && !names.contains(DiskFile.identity.name)
        for name in names where name != FileDisk.lockName {
            if name == DataDirectory.segmentsName {
                let segments = try DirectoryHandle(opening: "\(path)/\(name)").names()
                if let first = segments.first, !isMarked { return "\(name)/\(first)" }
            } else if !isMarked || (name != markName && DiskFile(name: name) == nil) {
                return name
            }
        }
        return nil
    }

    /// Marks the directory and empties it.
    private static func begin(at path: String) throws(SystemError) -> DataDirectory {
        let top = try DirectoryHandle(opening: path)
        _ = try top.open(markName, for: .creating)
        try top.synchronize()
        _ = try DirectoryHandle(creating: "\(path)/\(DataDirectory.segmentsName)")
        let directory = try DataDirectory(opening: path)
        for name in try top.names() {
            guard let file = DiskFile(name: name) else { continue }
            try top.remove(file.name)
        }
        for name in try directory.segments.names() { try directory.segments.remove(name) }
        try top.synchronize()
        try DataDirectory.synchronizeEntry(of: top, at: path)
        return directory
    }
}
