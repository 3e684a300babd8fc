/// One thing to be done to the disk; nothing is done in any other way.
package enum DiskOperation: Hashable, Sendable {
    /// Creates or empties the file, writes `zeroedByteCount` zeroes in slices and makes them durable.
    case create(DiskFile, zeroedByteCount: Int)
    /// Writes all of `bytes` at `offset`.
    case write(DiskFile, offset: Int, bytes: [UInt8])
    /// Returns once the file's data is on the device.
    case sync(DiskFile)
    case rename(DiskFile, to: DiskFile)
    case remove(DiskFile)
    /// Returns once creations, renames and removals are on the device.
    case syncDirectory
    /// Reads up to `byteCount` bytes at `offset`; fewer only at the end of the file.
    case read(DiskFile, offset: Int, byteCount: Int)
}
