/// Why bytes are no whole backup. Chunks count from 1; 0 is the header.
package enum BackupFault: Error, Hashable, Sendable {
    case notABackup
    case unknownFormat(UInt32)
    /// The bytes end within that part, or before the end mark.
    case incomplete(chunk: UInt64)
    /// A byte of that part, or of one before it, is not what was written.
    case digestMismatch(chunk: UInt64)
    case chunkTooLong(byteCount: UInt64, chunk: UInt64)
    case bytesAfterEnd

    /// In words, for people.
    package var text: String {
        switch self {
        case .notABackup: "it does not begin as a backup does"
        case .unknownFormat(let version):
            "it has format \(version), and this version reads format 1"
        case .incomplete(let chunk): "it ends within \(Self.place(chunk))"
        case .digestMismatch(let chunk):
            "\(Self.place(chunk)) is damaged: its SHA-256 is another one"
        case .chunkTooLong(let byteCount, let chunk):
            "\(Self.place(chunk)) says that it has \(byteCount) bytes"
        case .bytesAfterEnd: "something follows its end"
        }
    }

    private static func place(_ chunk: UInt64) -> String {
        chunk == 0 ? "the header" : "chunk \(chunk)"
    }
}
