/// Evidence that stored data is not what was written: where it is, and what is wrong there.
package struct Damage: Error, Hashable, Sendable {
    /// What a check of the bytes found, the first that failed.
    package enum Reason: Hashable, Sendable {
        /// A file that was made durable is not there.
        case missing
        /// The file ends before data that was made durable.
        case truncated(byteCount: Int)
        /// Zeroes where data was made durable.
        case blank
        case checksumMismatch(stored: UInt32, computed: UInt32)
        /// Not a file of this kind, or of a format version that this program does not know.
        case unknownFormat
        /// Valid data that belongs elsewhere: another file, offset, member or cluster.
        case misplaced
        /// Valid data that does not follow what stands before it.
        case outOfOrder
        /// No honest writer produces the content, whether or not its checksum holds.
        case malformed
        /// The log before does not reach back to any snapshot that can be used.
        case notContiguous
    }

    package let file: DiskFile
    /// The byte at which it begins.
    package let offset: Int
    package let reason: Reason

    package init(file: DiskFile, offset: Int, reason: Reason) {
        self.file = file
        self.offset = offset
        self.reason = reason
    }
}

extension Damage: CustomStringConvertible {
    /// "wal/0000000001.segment at byte 4096: checksum mismatch (…)", for the operator.
    package var description: String { "\(file.name) at byte \(offset): \(reason.text)" }
}

extension Damage.Reason {
    /// What is wrong, in words.
    package var text: String {
        switch self {
        case .missing: "the file is missing"
        case .truncated(let byteCount): "the file ends at byte \(byteCount), before durable data"
        case .blank: "zeroes where data was written"
        case .checksumMismatch(let stored, let computed):
            "checksum mismatch (stored \(stored), computed \(computed))"
        case .unknownFormat: "not this kind of file, or of an unknown format version"
        case .misplaced: "valid data that belongs to another place"
        case .outOfOrder: "valid data that does not follow what stands before it"
        case .malformed: "impossible content"
        case .notContiguous: "the log does not reach back to a usable snapshot"
        }
    }
}
