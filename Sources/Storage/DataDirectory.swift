package import Journal
package import Platform

/// A data directory as the journal sees it: files by what they are. Reads only, so that it may be
/// looked at beside a running member.
package final class DataDirectory: DiskReader, Sendable {
    private static let segmentsName = "wal"

    let top: DirectoryHandle
    let segments: DirectoryHandle

    /// Opens a directory that exists.
    package init(opening path: String) throws(SystemError) {
        top = try DirectoryHandle(opening: path)
        segments = try DirectoryHandle(opening: "\(path)/\(Self.segmentsName)")
    }

    /// Opens a directory, made with mode 0700 if it is missing.
    package init(creating path: String) throws(SystemError) {
        top = try DirectoryHandle(creating: path)
        segments = try DirectoryHandle(creating: "\(path)/\(Self.segmentsName)")
        try top.synchronize()
        try DirectoryHandle(opening: "\(path)/..").synchronize()
    }

    /// Does something with the directory that the file stands in, and its name there.
    func locate<Result: ~Copyable>(
        _ file: DiskFile,
        _ body: (borrowing DirectoryHandle, String) throws(SystemError) -> Result
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
