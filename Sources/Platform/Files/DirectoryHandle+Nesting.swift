internal import CPlatform
internal import Glibc

// Directories within directories, never through a symbolic link: what lies below an open directory
// stays below it.

extension DirectoryHandle {
    /// Opens a directory in this one. ELOOP or ENOTDIR: the name is another thing's.
    ///
    /// - Parameter permissions: with which it is made where it is missing; nil makes none.
    package borrowing func directory(
        _ name: String,
        making permissions: UInt16? = nil
    ) throws(SystemError) -> DirectoryHandle {
        if let permissions, unsafe mkdirat(owned.number, name, mode_t(permissions)) != 0,
            errno != EEXIST
        {
            throw SystemError(call: "mkdir", code: errno)
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        let descriptor = unsafe roost_open_at(owned.number, name, flags, 0)
        return DirectoryHandle(adopting: try checked("open", result: descriptor))
    }

    /// Removes a directory that has nothing in it. ENOTEMPTY: it has.
    package borrowing func removeDirectory(_ name: String) throws(SystemError) {
        guard unsafe unlinkat(owned.number, name, AT_REMOVEDIR) != 0 else { return }
        throw SystemError(call: "rmdir", code: errno)
    }

    /// What a file has; nil where there is no file of that name, or one of another length, or
    /// something else than a file.
    package borrowing func content(of name: String, byteCount: Int) -> [UInt8]? {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
        let descriptor = unsafe roost_open_at(owned.number, name, flags, 0)
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(adopting: descriptor)
        do throws(SystemError) {
            guard try file.byteCount() == byteCount else { return nil }
            return try file.read(at: 0, byteCount: byteCount)
        } catch { return nil }
    }
}
