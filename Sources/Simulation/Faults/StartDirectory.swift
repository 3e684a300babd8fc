internal import Consensus

/// Which directory a member runs on.
enum StartDirectory {
    case own
    /// An empty one; its own is put back when the member has refused it.
    case wiped(own: SimulatedDisk)
    /// An older copy of its own.
    case outdated(own: SimulatedDisk)
    /// A copy of that member's, which runs too.
    case beside(member: Int)

    var isOwn: Bool {
        if case .own = self { true } else { false }
    }
}

/// A copy of a member's directory, and the boot that it was made in.
struct DirectoryCopy {
    /// The copies that are kept of one member's directory.
    struct Pair {
        /// The copy of the process that runs.
        var running: DirectoryCopy?
        /// The copy of a process that had ended.
        var former: DirectoryCopy?
    }

    let disk: SimulatedDisk
    let boot: UInt64
}

/// A member that goes on with less than it had acknowledged, until somebody has told it so or it
/// has everything again.
struct SetBack {
    /// Who leads, and has what the member acknowledged in mind, in that life.
    let knower: Int
    let life: Int
    /// What the member had acknowledged there.
    let acknowledged: LogIndex
}
