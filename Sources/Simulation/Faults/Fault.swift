/// What can strike the simulated world; the raw value is its index in a tally.
package enum Fault: Int, CaseIterable, Hashable, Sendable {
    /// kill -9: what was written stays, what was under way is done in part.
    case crash = 0
    /// kill -9 of the leader.
    case leaderCrash
    /// kill -9 between two effects of one turn.
    case crashWithinTurn
    /// The machine of one member stops: of what was not synced any part is lost.
    case powerLoss
    /// All machines stop at once.
    case worldPowerLoss
    /// SIGSTOP, and later SIGCONT.
    case pause
    /// The operator stops the process, which hands over what it leads.
    case orderlyStop

    /// Nobody reaches some members, and they reach nobody else.
    case partition
    /// What some members send to others does not arrive; the other way works.
    case oneWayPartition
    /// Two members do not reach each other; all others do.
    case partialPartition
    /// A way is cut and healed again and again.
    case flappingPartition
    /// What one member sends takes long.
    case delay
    /// A connection is lost with everything on its way.
    case brokenConnection
    /// A frame of Raft's messages does not arrive.
    case lostFrame
    /// It arrives twice.
    case duplicatedFrame
    /// It arrives after later ones.
    case lateFrame
    /// It arrives again when it is long out of date.
    case replayedFrame

    /// The disk refuses a write or a sync: the process ends at once.
    case ioError
    /// Little space is left, and perhaps none.
    case diskFull
    /// The disk takes many times as long.
    case slowDisk
    /// All disks take longer for each write of the log than an election timeout.
    case slowDisks
    /// The disk stands still.
    case stalledDisk
    /// A bit of a stored file changes.
    case bitFlip
    /// Whole sectors of a stored file are zeroes.
    case zeroedSectors
    /// Sectors of a stored file hold what belongs elsewhere.
    case misdirectedWrite

    /// The member starts on an empty directory: it has to refuse.
    case wipedDirectory
    /// The member starts on an older copy of its directory: it has to refuse.
    case outdatedCopy
    /// The member starts on a copy of its directory that was made in the same boot: somebody has to
    /// remember what it lacks.
    case setBack
    /// A copy of a running member's directory is started beside it: it has to end, and the member
    /// to serve on.
    case copyBeside

    /// What strikes on its own; the rest strikes frames that are on their way.
    package static let incidents = allCases.filter {
        switch $0 {
        case .brokenConnection, .lostFrame, .duplicatedFrame, .lateFrame, .replayedFrame: false
        default: true
        }
    }

    /// What people call it.
    package var name: String {
        switch self {
        case .crash: "crash"
        case .leaderCrash: "crash of the leader"
        case .crashWithinTurn: "crash within a turn"
        case .powerLoss: "power loss"
        case .worldPowerLoss: "power loss of all"
        case .pause: "pause of a process"
        case .orderlyStop: "stop by the operator"
        case .partition: "partition"
        case .oneWayPartition: "asymmetric partition"
        case .partialPartition: "partial partition"
        case .flappingPartition: "flapping partition"
        case .delay: "slow network"
        case .brokenConnection: "broken connection"
        case .lostFrame: "lost frame"
        case .duplicatedFrame: "duplicated frame"
        case .lateFrame: "reordered frame"
        case .replayedFrame: "replayed frame"
        case .ioError: "disk error"
        case .diskFull: "full disk"
        case .slowDisk: "slow disk"
        case .slowDisks: "slow disks of all"
        case .stalledDisk: "stalled disk"
        case .bitFlip: "bit flip"
        case .zeroedSectors: "zeroed sectors"
        case .misdirectedWrite: "misdirected write"
        case .wipedDirectory: "wiped directory"
        case .outdatedCopy: "copied directory"
        case .setBack: "member set back"
        case .copyBeside: "copy beside its original"
        }
    }
}
