internal import CPlatform
internal import Glibc

/// A file named by a user, moved through from its beginning to its end: a regular one, a pipe, a
/// device, a file of `/proc`.
package struct SequentialFile: ~Copyable, Sendable {
    private let owned: OwnedDescriptor

    /// Opens a file for reading. A named pipe is waited for until somebody writes.
    package init(opening path: String) throws(SystemError) {
        let descriptor = unsafe roost_open_path(path, O_RDONLY, 0)
        owned = OwnedDescriptor(adopting: try checked("open", result: descriptor))
    }

    /// Whether the path leads to a regular file, which is read without waiting for anybody.
    package static func isRegular(_ path: String) -> Bool {
        unsafe roost_is_regular_file(path) != 0
    }

    /// Who may do what: the permission bits of its mode.
    package borrowing func permissions() throws(SystemError) -> UInt16 {
        UInt16(truncatingIfNeeded: try checked("fstat", result: roost_permissions(owned.number)))
    }

    /// Opens a file for writing; a regular one is made with mode 0600, or emptied.
    package init(creating path: String) throws(SystemError) {
        let descriptor = unsafe roost_open_path(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        owned = OwnedDescriptor(adopting: try checked("open", result: descriptor))
    }

    /// The next bytes, at least one but at the end; waits for them.
    package borrowing func readPart(byteCountMax: Int) throws(SystemError) -> [UInt8] {
        try ByteStream(descriptor: owned.number).readPart(byteCountMax: byteCountMax)
    }

    /// Reads to the end, whatever size the system tells; nil when there are more than `limit` bytes.
    package borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8]? {
        try ByteStream(descriptor: owned.number).readAll(limit: limit)
    }

    /// Writes all of `bytes` after what was written before.
    package borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
        try ByteStream(descriptor: owned.number).write(bytes)
    }
}
