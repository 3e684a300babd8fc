internal import Platform
internal import Replica
internal import Storage

/// Why a member does not start.
enum StartFailure: Error {
    case configuration(ConfigurationError)
    case listening(Endpoint, String)
    case directoryLocked(String)
    /// The directory's path, and a file in it that is none of Roost's.
    case directoryForeign(String, file: String)
    case directory(String, SystemError)
    case system(SystemError)
    case logFile(String, SystemError)
    case stopped(StopReason)
}

extension StartFailure {
    /// What `roost serve` exits with (Docs/operations.md, Exit codes).
    var exitCode: ServeExitCode {
        switch self {
        case .configuration: .usage
        case .directory(_, let error) where error.isOutOfSpace: .diskFailed
        case .listening, .directoryLocked, .directory, .system, .logFile: .failed
        case .directoryForeign: .mayNotJoin
        case .stopped(let reason): ServeExitCode(reason)
        }
    }

    /// One line for an operator: what, why, and what to do.
    var message: String {
        switch self {
        case .configuration(let error): error.description
        case .listening(let endpoint, let reason): "can't listen at \(endpoint): \(reason)"
        case .directoryLocked(let path):
            "the data directory \(path) is in use by another process"
        case .directoryForeign(let path, file: DirectoryDraft.markName):
            "the directory \(path) was not finished by 'roost snapshot restore': run the same command "
                + "again, which begins anew"
        case .directoryForeign(let path, let file):
            "the directory \(path) is not Roost's: it holds \(file), and no member's data. Nothing in "
                + "it was changed; name an empty directory, or one that does not exist yet, with "
                + "--data-dir"
        case .directory(let path, let error): "the data directory \(path): \(error)"
        case .system(let error): error.description
        case .logFile(let path, let error): "the log file \(path): \(error)"
        case .stopped(let reason): reason.message
        }
    }
}

/// The exit codes of `roost serve`.
enum ServeExitCode: Int32 {
    case orderly = 0
    case failed = 1
    case usage = 2
    case dataDamaged = 65
    case diskFailed = 74
    case mayNotJoin = 78

    init(_ reason: StopReason) {
        self =
            switch reason {
            case .mayNotJoin: .mayNotJoin
            case .damaged: .dataDamaged
            case .diskFailed: .diskFailed
            case .orderly: .orderly
            }
    }
}

extension StopReason {
    /// One line for an operator: what, why, and what to do.
    var message: String {
        switch self {
        case .mayNotJoin(let fault): fault.message
        case .damaged(let evidence):
            "the data is damaged: \(evidence). Keep the directory for inspection; a member comes "
                + "back with an empty one only as a new member of the cluster"
        case .diskFailed(let evidence): "the disk failed: \(evidence)"
        case .orderly: "stopped"
        }
    }
}
