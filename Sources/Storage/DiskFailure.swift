internal import Journal
internal import Platform

/// The one place where a failed disk ends the process: what the page cache holds afterwards can't
/// be trusted, so nothing is retried and nothing more is answered.
enum DiskFailure {
    /// The exit code of `serve` when the disk failed.
    private static let exitCode: Int32 = 74

    static func end(_ error: SystemError, operation: DiskOperation) -> Never {
        CurrentProcess.exitAtOnce(exitCode, saying: line(error, operation: operation))
    }

    /// "roost: disk failed: fdatasync bound: Input/output error (5); …".
    static func line(_ error: SystemError, operation: DiskOperation) -> String {
        let reason = "\(SystemError.text(of: error.code)) (\(error.code))"
        let remedy =
            error.isOutOfSpace
            ? "Make room on it" : "Make sure that the disk is sound and has space"
        return """
            roost: disk failed: \(error.call.text) \(operation.fileName): \(reason); \
            nothing acknowledged was lost. \(remedy), then start this member again
            """
    }
}

extension DiskOperation {
    /// What it was done to, for messages.
    var fileName: String {
        switch self {
        case .create(let file, _), .write(let file, _, _), .sync(let file), .rename(let file, _),
            .remove(let file), .read(let file, _, _):
            file.name
        case .syncDirectory: "the data directory"
        }
    }
}
