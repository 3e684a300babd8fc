internal import Backup
internal import Platform

/// A backup on its way into a file: verified as it comes, under a name of its own until it is whole
/// and durable, so that the file is complete or absent.
struct BackupDraft: ~Copyable {
    /// The file is synced each time it grew by this much: where it shares a disk with a member, one
    /// sync of all of it would keep the disk from that one's log.
    private static let syncedByteCount = 1 << 20

    private let directory: DirectoryHandle
    private let file: FileHandle
    private let name: String
    private let draftName: String
    private var reader = BackupReader()
    private(set) var header: BackupHeader?
    private(set) var byteCount = 0
    private var syncedThrough = 0
    /// Once the whole is there: the digest of all of it.
    private(set) var digest: [UInt8]?

    /// Begins a file; one of that name stays as it is until the end.
    static func begin(path: String) throws(Failure) -> BackupDraft {
        guard !isDirectory(path) else {
            throw .usage(
                "'\(path)' is a directory",
                hint: "name a file in it, such as roost.backup"
            )
        }
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty else {
            throw .usage("'\(path)' names no file", hint: "write for example roost.backup")
        }
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = try openDirectory(parent)
        // Another save of the same file has a draft of its own.
        let draftName = "\(name).\(CurrentProcess.id).part"
        let file = try open(draftName, in: directory)
        return BackupDraft(directory: directory, file: file, name: name, draftName: draftName)
    }

    private static func isDirectory(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try DirectoryHandle(opening: path)
            return true
        } catch { return false }
    }

    private init(
        directory: consuming DirectoryHandle,
        file: consuming FileHandle,
        name: String,
        draftName: String
    ) {
        self.directory = directory
        self.file = file
        self.name = name
        self.draftName = draftName
    }

    private static func openDirectory(_ path: String) throws(Failure) -> DirectoryHandle {
        do throws(SystemError) { return try DirectoryHandle(opening: path) } catch {
            throw .local("cannot write into \(path): \(error)")
        }
    }

    private static func open(
        _ name: String,
        in directory: borrowing DirectoryHandle
    ) throws(Failure) -> FileHandle {
        do throws(SystemError) { return try directory.open(name, for: .creating) } catch {
            throw .local("cannot write \(name): \(error)")
        }
    }

    mutating func append(_ bytes: [UInt8]) throws(Failure) {
        do throws(BackupFault) {
            for piece in try reader.feed(bytes) {
                switch piece {
                case .header(let header): self.header = header
                case .payload: break
                case .end(let digest): self.digest = digest
                }
            }
        } catch { throw .local("what the member sends is no backup: \(error.text)") }
        do throws(SystemError) {
            try file.write(bytes, at: byteCount)
            byteCount += bytes.count
            guard byteCount - syncedThrough >= Self.syncedByteCount else { return }
            try file.synchronize()
            syncedThrough = byteCount
        } catch { throw .local("cannot write \(draftName): \(error)") }
    }

    /// Makes it durable under its name.
    mutating func finish() throws(Failure) {
        do throws(BackupFault) { try reader.finish() } catch {
            throw .local("the backup is not whole: \(error.text)")
        }
        do throws(SystemError) {
            try file.synchronize()
            try directory.rename(draftName, to: name)
            try directory.synchronize()
        } catch { throw .local("cannot write \(name): \(error)") }
    }

    /// Leaves nothing behind.
    func abandon() {
        do throws(SystemError) { try directory.remove(draftName) } catch { return }
    }
}
