internal import CPlatform

/// By what the content of a file is known to have changed: which file the path leads to, its size,
/// and when it was last written.
package struct FileStamp: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: Int64

    /// Follows symbolic links; nil when nothing is there, or nobody may look.
    package init?(of path: String) {
        var stamp = roost_file_stamp()
        guard unsafe roost_stamp(path, &stamp) == 0 else { return nil }
        device = stamp.device
        number = stamp.number
        size = stamp.size
        seconds = stamp.seconds
        nanoseconds = stamp.nanoseconds
    }
}
