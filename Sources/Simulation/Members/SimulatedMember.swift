internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

/// One machine: a process that comes and goes, and a disk that stays.
final class SimulatedMember {
    /// What the process is doing.
    enum State: UInt8, Hashable, Sendable {
        case down = 0
        case running = 1
        /// Stopped by a signal: its disk and the network go on.
        case paused = 2
    }

    enum Power: UInt8, Hashable, Sendable {
        /// Without it not even a refusal comes back.
        case off = 0
        case on = 1
    }

    enum Opening: UInt8, Hashable, Sendable {
        case underWay = 0
        case durable = 1
    }

    /// What waits for the process.
    enum PendingEnd: UInt8, Hashable, Sendable {
        case none = 0
        /// It is killed between two effects of its next turn.
        case withinTurn = 1
        /// The disk refuses the next write or sync.
        case ioError = 2
    }

    /// What a member is to its cluster, as the operator sees it.
    enum Standing: UInt8, Hashable, Sendable {
        /// There is no machine.
        case vacant = 0
        /// It began with an empty directory, and is being let in.
        case newcomer = 1
        case member = 2
        /// Its removal was asked for.
        case leaving = 3
        /// Its removal is committed.
        case removed = 4
        /// It runs on a copy of a member's directory, and nobody knows of it.
        case copy = 5
    }

    let number: Int
    /// What its directory was to become when it was empty.
    let arrival: Replica.Arrival
    var standing: Standing
    /// As its own directory has it, once it has run.
    var id: MemberID?
    /// It has been told that it was removed.
    var knowsOfRemoval = false

    /// Whose directory was lost on this machine, until the one that came in its stead may vote.
    var former: MemberID?
    /// The order that was to let it in was withdrawn.
    var isCalledOff = false

    // MARK: The machine

    /// Where the others reach it.
    var address: PeerAddress
    var disk: SimulatedDisk
    var health = DiskHealth()
    var power = Power.on
    var directory = StartDirectory.own
    /// Set from the moment when stored bytes changed until all is well again.
    var damage: StorageDamage? {
        didSet { if damage != nil { hasRotted = true } }
    }
    /// Whether stored bytes ever changed: what is rarely read may be found damaged much later.
    private(set) var hasRotted = false
    var copies = DirectoryCopy.Pair()
    /// From the start on a copy of the same boot until the member knows what it lacks.
    var setBack: SetBack?

    /// What is started there.
    var release = MachineRelease.present

    // MARK: The process

    var state = State.down
    /// Counts the starts: what was meant for an earlier life reaches nobody.
    var life = 0
    var replica: Replica?
    /// How far the disk is with what the start has to write, the counter of boots among it.
    var opening = Opening.underWay
    /// As this life's process reads it.
    var clock: SimulatedClock
    /// What this life's process takes for the time of day.
    var wallClock: SimulatedWallClock?
    var pendingEnd = PendingEnd.none
    /// The operator has told it to stop.
    var isLeaving = false
    /// Inputs that came while it was paused.
    var held: [Input] = []
    /// What the disk has to do for it.
    var work = DiskWork()
    /// The connections of this life that are open on its side.
    var links = MemberLinks()
    /// Which client waits for which ticket.
    var tickets = ClientTickets()
    /// What it showed of itself so far.
    var observed = ObservedState()

    init(
        number: Int,
        disk: SimulatedDisk,
        clock: SimulatedClock,
        arrival: Replica.Arrival
    ) {
        self.number = number
        self.arrival = arrival
        standing = arrival == .joining ? .newcomer : .member
        address = Self.home(of: number)
        self.disk = disk
        self.clock = clock
    }

    // MARK: Names

    /// Where the machine is reached at first.
    static func home(of number: Int) -> PeerAddress {
        PeerAddress(text: Array("member-\(number)".utf8))
    }

    /// As clients and operators call the machine.
    var name: [UInt8] { Self.name(of: number) }

    /// As its directory has it: a copy has the name of its original.
    var nameInDirectory: [UInt8] {
        if case .beside(let original) = directory { Self.name(of: original) } else { name }
    }

    private static func name(of number: Int) -> [UInt8] { Array(label(of: number).utf8) }

    /// How a reader calls the member.
    static func label(of number: Int) -> String { "n\(number)" }

    /// As the member opens its directory.
    func opening(segmentByteCount: Int) -> Journal.Opening {
        var opening = Journal.Opening(
            name: name,
            freshMember: MemberID(rawValue: 1),
            bootNonce: 0
        )
        opening.segmentByteCount = segmentByteCount
        return opening
    }

    /// Whether it runs undisturbed on a sound machine, and nobody has asked it to go.
    var isAtEase: Bool {
        state == .running && pendingEnd == .none && !isLeaving && standing == .member
            && health.isSound
    }
}
