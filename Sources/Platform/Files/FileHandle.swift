internal import CPlatform

/// An open file that is read and written at offsets.
///
/// Every call is on the calling thread and may block. A failed write or sync is final: afterwards
/// the page cache can't be trusted.
package struct FileHandle: ~Copyable, Sendable {
    /// The most bytes written or read by one system call: larger ones only delay others.
    private static let byteCountACall = 1 << 20

    private let owned: OwnedDescriptor

    /// Takes over a descriptor, which is closed with the handle.
    package init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Writes all of `bytes` at `offset`, retrying short writes.
    package borrowing func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        try write(bytes.span, at: offset)
    }

    /// Writes all of `bytes` at `offset`, retrying short writes.
    package borrowing func write(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written...)
            let count = unsafe rest.withUnsafeBufferPointer { buffer in
                unsafe roost_pwrite(
                    owned.number,
                    buffer.baseAddress,
                    min(buffer.count, Self.byteCountACall),
                    Int64(offset + written)
                )
            }
            written += Int(try checked("pwrite", result: count))
        }
    }

    /// Up to `byteCount` bytes at `offset`; fewer only at the end of the file.
    package borrowing func read(at offset: Int, byteCount: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            do throws(SystemError) {
                while filled < byteCount, let base = buffer.baseAddress {
                    let count = try checked(
                        "pread",
                        result: unsafe roost_pread(
                            owned.number,
                            base + filled,
                            min(byteCount - filled, Self.byteCountACall),
                            Int64(offset + filled)
                        )
                    )
                    guard count > 0 else { return }
                    filled += Int(count)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Returns once the file's data, and its length if that changed, is on the device.
    package borrowing func synchronize() throws(SystemError) {
        try checked("fdatasync", result: roost_fdatasync(owned.number))
    }

    /// Gives the file the owner, the group and the permissions of another one.
    package borrowing func takeOwner(
        of other: borrowing FileHandle
    ) throws(SystemError) {
        try checked("fchown", result: roost_take_owner(owned.number, other.owned.number))
    }

    /// Cuts the file, or extends it with a hole.
    package borrowing func truncate(toByteCount byteCount: Int) throws(SystemError) {
        try checked("ftruncate", result: roost_truncate(owned.number, Int64(byteCount)))
    }

    /// The file's length.
    package borrowing func byteCount() throws(SystemError) -> Int {
        Int(try checked("fstat", result: roost_file_size(owned.number)))
    }
}
