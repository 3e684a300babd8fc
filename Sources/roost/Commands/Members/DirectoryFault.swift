internal import Journal
internal import Platform

/// Why a data directory is not sound: what is wrong, what the member does about it when it starts,
/// and what there is to do.
enum DirectoryFault {
    /// The log would be given up: other members hold it.
    case givenUp(Damage)
    /// The member would not start.
    case refused(JournalError)

    /// Where and what.
    var explanation: String {
        switch self {
        case .givenUp(let damage), .refused(.damaged(let damage)), .refused(.voteLost(let damage)):
            damage.description
        case .refused(.unreadable(let error)):
            "cannot read \(error.file?.name ?? "the directory"): "
                + SystemError.text(of: error.code)
        }
    }

    var advice: String {
        switch self {
        case .givenUp:
            "the other members hold this log: at its next start the member gives it up and is filled "
                + "again by them"
        case .refused(.unreadable): "check the disk, and whose files these are"
        case .refused(.damaged(let damage)), .refused(.voteLost(let damage)):
            switch damage.reason {
            case .unknownFormat:
                "a newer roost may have written it: this one refuses to start with it, and changes "
                    + "nothing; start the member with the roost that it had"
            default: advice(for: damage)
            }
        }
    }

    private func advice(for damage: Damage) -> String {
        if case .refused(.voteLost) = self {
            return
                "the member may have forgotten whom it voted for, so it refuses to start; keep the "
                + "directory, do not start the member with an empty one, and keep the others up"
        }
        if damage.file == .identity {
            return "without it nobody can tell whose log this is, so the member refuses to start; "
                + "put the file back if it was moved away, and keep the directory"
        }
        return "no other member is sure to hold what was in it, so this one refuses to start; keep "
            + "the directory ('roost wal dump' shows what can be read), and go back to a backup"
    }
}
