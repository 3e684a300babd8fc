internal import CPlatform
internal import Glibc

/// An open directory; its files are named beside its descriptor, so that a renamed parent changes
/// nothing. Names are single segments.
package struct DirectoryHandle: ~Copyable, Sendable {
    /// How a file is opened.
    package enum Access: Hashable, Sendable {
        case reading
        /// Reading and writing; the file exists.
        case writing
        /// Writing at the end, wherever that is then, whatever offset is given; created with mode 0600
        /// when missing.
        case appending
        /// Reading and writing; created with mode 0600 when missing, emptied when not.
        case creating
        /// Reading and writing; made with those permissions, and refused when anything has the name.
        case making(permissions: UInt16)
    }

    let owned: OwnedDescriptor

    /// Takes over a descriptor, which is closed with the handle.
    init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Opens a directory that exists.
    package init(opening path: String) throws(SystemError) {
        let descriptor = unsafe roost_open_directory(path)
        owned = OwnedDescriptor(adopting: try checked("open", result: descriptor))
    }

    /// Opens a directory, made with mode 0700 if it is missing; its parent exists. One that exists
    /// stays as it is.
    package init(creating path: String) throws(SystemError) {
        let made = unsafe roost_make_directory(path, 0o700)
        if made != 0, made != -EEXIST { try checked("mkdir", result: made) }
        try self.init(opening: path)
    }

    /// Who may do what: the permission bits of its mode.
    package borrowing func permissions() throws(SystemError) -> UInt16 {
        UInt16(truncatingIfNeeded: try checked("fstat", result: roost_permissions(owned.number)))
    }

    /// Removes a directory that has nothing in it.
    package static func removeEmpty(_ path: String) throws(SystemError) {
        try checked("rmdir", result: unsafe roost_remove_directory(path))
    }

    /// The names of all entries but `.` and `..`, sorted.
    package borrowing func names() throws(SystemError) -> [String] {
        guard let list = unsafe roost_list(owned.number) else {
            throw SystemError(call: "opendir", code: errno)
        }
        defer { unsafe _ = closedir(list) }
        var names: [String] = []
        var failure: Int32 = 0
        while let name = unsafe roost_next_name(list, &failure) {
            let text = unsafe String(cString: name)
            if text != ".", text != ".." { names.append(text) }
        }
        try checked("readdir", result: failure)
        return names.sorted()
    }

    /// Opens a file of the directory.
    package borrowing func open(
        _ name: String,
        for access: Access
    ) throws(SystemError) -> FileHandle {
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .writing: O_RDWR
            case .appending: O_RDWR | O_CREAT | O_APPEND
            case .creating: O_RDWR | O_CREAT | O_TRUNC
            case .making: O_RDWR | O_CREAT | O_EXCL
            }
        var permissions: UInt32 = 0o600
        if case .making(let wanted) = access { permissions = UInt32(wanted) }
        let descriptor = unsafe roost_open_at(owned.number, name, flags, permissions)
        return FileHandle(adopting: try checked("open", result: descriptor))
    }

    /// A file's length, nil when there is none of that name.
    package borrowing func byteCount(of name: String) throws(SystemError) -> Int? {
        let count = unsafe roost_file_size_at(owned.number, name)
        if count == -Int64(ENOENT) { return nil }
        return Int(try checked("stat", result: count))
    }

    /// Renames over whatever has the other name.
    package borrowing func rename(_ name: String, to other: String) throws(SystemError) {
        let result = unsafe roost_rename_at(owned.number, name, other)
        try checked("rename", result: result)
    }

    /// Removes a file; one that is missing already is as good.
    package borrowing func remove(_ name: String) throws(SystemError) {
        let result = unsafe roost_unlink_at(owned.number, name)
        if result == -ENOENT { return }
        try checked("unlink", result: result)
    }

    /// Returns once creations, renames and removals are on the device.
    package borrowing func synchronize() throws(SystemError) {
        try checked("fsync", result: roost_fsync(owned.number))
    }

    /// Returns once everything written to the directory's file system is on the device: for a parent
    /// that may be written but not opened.
    package borrowing func synchronizeFileSystem() throws(SystemError) {
        try checked("syncfs", result: roost_sync_file_system(owned.number))
    }

    /// Takes the directory for this process by locking a file in it; nil when another process has
    /// it. The lock ends with the value, and with the process however that ends.
    package borrowing func lock(_ name: String) throws(SystemError) -> DirectoryLock? {
        let file = unsafe roost_open_at(owned.number, name, O_RDWR | O_CREAT, 0o600)
        let locked = OwnedDescriptor(adopting: try checked("open", result: file))
        let result = roost_lock_exclusively(locked.number)
        if result == -EWOULDBLOCK { return nil }
        try checked("flock", result: result)
        return DirectoryLock(owned: locked)
    }

    /// Bytes that an unprivileged process may still write on the file system.
    package borrowing func freeByteCount() throws(SystemError) -> UInt64 {
        UInt64(try checked("statvfs", result: roost_free_bytes(owned.number)))
    }
}

/// Holds a directory for this process while it lives.
package struct DirectoryLock: ~Copyable, Sendable {
    fileprivate let owned: OwnedDescriptor
}
