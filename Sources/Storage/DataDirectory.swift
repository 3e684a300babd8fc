package import Journal
package import Platform

/// A data directory as the journal sees it: files by what they are. Reads only, so that it may be
/// looked at beside a running member.
package final class DataDirectory: DiskReader, Sendable {
    static let segmentsName = "wal"

    let top: DirectoryHandle
    let segments: DirectoryHandle

    /// Opens a directory that exists.
    package init(opening path: String) throws(SystemError) {
        top = try DirectoryHandle(opening: path)
        segments = try DirectoryHandle(opening: "\(path)/\(Self.segmentsName)")
    }

    /// Opens a directory, made with mode 0700 if it is missing. One that holds what is none of
    /// Roost's, and no member's data, is refused before anything in it is changed.
    package init(creating path: String) throws(FileDisk.Refusal) {
        let stranger: String?
        do throws(SystemError) {
            top = try DirectoryHandle(creating: path)
            stranger = try Self.stranger(in: top, at: path)
        } catch { throw .failed(error) }
        if let stranger { throw .foreign(file: stranger) }
        do throws(SystemError) {
            segments = try DirectoryHandle(creating: "\(path)/\(Self.segmentsName)")
            try top.synchronize()
            try Self.synchronizeEntry(of: top, at: path)
        } catch { throw .failed(error) }
    }

    /// The first file that is none of Roost's; nil where there is none, and where a member's data
    /// are: what others have put beside them is theirs.
    private static func stranger(
        in top: borrowing DirectoryHandle,
        at path: String
    ) throws(SystemError) -> String? {
        let names = try top.names()
        // One of them may be damaged, which is for the opening to tell.
        let genuine: [DiskFile] = [.identity, .hardState, .bound]
        var genuineCount = names.contains(segmentsName) ? 1 : 0
        for file in genuine where names.contains(file.name) {
            if try holds(top, file: file) == .content { genuineCount += 1 }
        }
        let isInhabited = names.contains(DiskFile.identity.name) && genuineCount >= 2
        guard !isInhabited else { return nil }
        for name in names where try !isOurs(name, in: top) { return name }
        guard names.contains(segmentsName) else { return nil }
        let segments = try DirectoryHandle(opening: "\(path)/\(segmentsName)").names()
        return segments.map { "\(segmentsName)/\($0)" }.first { DiskFile(name: $0) == nil }
    }

    /// Whether Roost made the entry, or the file system itself did; a file that only has the name of
    /// one of Roost's is somebody else's.
    private static func isOurs(
        _ name: String,
        in top: borrowing DirectoryHandle
    ) throws(SystemError) -> Bool {
        switch name {
        case segmentsName, "lost+found": return true
        case FileDisk.lockName: return try top.byteCount(of: name) == 0
        case SpareSpace.name: return try SpareSpace.mayHold(head(of: name, in: top))
        default:
            guard let file = DiskFile(name: name) else { return false }
            return try holds(top, file: file) != .otherContent
        }
    }

    private enum Content {
        case content
        /// It was only begun.
        case nothing
        case otherContent
    }

    private static func holds(
        _ top: borrowing DirectoryHandle,
        file: DiskFile
    ) throws(SystemError) -> Content {
        let bytes = try head(of: file.name, in: top)
        guard file.mayHold(bytes) else { return .otherContent }
        return bytes.allSatisfy { $0 == 0 } ? .nothing : .content
    }

    private static func head(
        of name: String,
        in top: borrowing DirectoryHandle
    ) throws(SystemError) -> [UInt8] {
        try top.open(name, for: .reading).read(at: 0, byteCount: DiskFile.headByteCount)
    }

    /// Makes the directory's own name durable; its parent may be one that nobody but its owner may
    /// look into.
    static func synchronizeEntry(
        of top: borrowing DirectoryHandle,
        at path: String
    ) throws(SystemError) {
        do throws(SystemError) {
            try DirectoryHandle(opening: "\(path)/..").synchronize()
        } catch {
            guard error.isForbidden else { throw error }
            try top.synchronizeFileSystem()
        }
    }

    /// The permission bits of the directory.
    package func permissions() throws(SystemError) -> UInt16 { try top.permissions() }

    /// Does something with the directory that the file stands in, and its name there.
    func locate<Result: ~Copyable>(
        _ file: DiskFile,
        then body: (borrowing DirectoryHandle, String) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let name = file.name
        guard case .segment = file else { return try body(top, name) }
        return try body(segments, String(name.dropFirst(Self.segmentsName.utf8.count + 1)))
    }

    /// In no order; names that are none of ours are passed over.
    package func files() throws(DiskReadError) -> [DiskFile] {
        do {
            let names = try top.names() + segments.names().map { "\(Self.segmentsName)/\($0)" }
            return names.compactMap(DiskFile.init(name:))
        } catch { throw DiskReadError(file: nil, code: error.code) }
    }

    /// The length in bytes, nil when the file does not exist.
    package func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? {
        do {
            return try locate(file) { (directory, name) throws(SystemError) in
                try directory.byteCount(of: name)
            }
        } catch { throw DiskReadError(file: file, code: error.code) }
    }

    /// Up to `byteCount` bytes at `offset`, fewer only at the end of the file; opens the file each
    /// time. A missing file is an error.
    package func read(
        _ file: DiskFile,
        offset: Int,
        byteCount: Int
    ) throws(DiskReadError) -> [UInt8] {
        do {
            return try locate(file) { (directory, name) throws(SystemError) in
                try directory.open(name, for: .reading).read(at: offset, byteCount: byteCount)
            }
        } catch { throw DiskReadError(file: file, code: error.code) }
    }
}
