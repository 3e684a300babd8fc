internal import Platform

/// A data directory that exists and that no member uses, kept so while this value lives.
package final class UnusedDirectory: Sendable {
    /// What it holds.
    package let directory: DataDirectory
    private let lock: DirectoryLock

    package init(_ path: String) throws(FileDisk.Refusal) {
        let lock: DirectoryLock?
        do throws(SystemError) {
            directory = try DataDirectory(opening: path)
            lock = try directory.top.lock(FileDisk.lockName)
        } catch { throw .failed(error) }
        guard let lock else { throw .locked }
        self.lock = lock
    }
}
