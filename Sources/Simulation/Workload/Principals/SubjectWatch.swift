internal import Bytes
internal import Keyspace
internal import Replica

/// A user's watch at one member, which goes on as long as the user may read what it watches.
struct SubjectWatch {
    /// What came of looking for more.
    enum Next {
        /// The member's process, or what there was to tell, is gone.
        case over
        /// The member tells nothing at the moment.
        case silence
        /// What there was was told, with that entry applied as the last.
        case piece(at: UInt64)
        /// The right had ended with that entry at the latest.
        case denial(at: UInt64)
    }

    private static let pieceByteCount = 1 << 10

    let look: AccessReplay.Look
    private let host: HostProcess
    private var right = StandingRight()
    /// Everything before it was told; nil before the watch has begun.
    private var position: EventID?

    init(_ look: AccessReplay.Look, at member: SimulatedMember) {
        self.look = look
        host = HostProcess(member)
    }

    mutating func next(in members: Members) -> Next {
        guard let member = host.find(in: members) else { return .over }
        guard member.state == .running, let keyspace = member.replica?.keyspace else {
            return .silence
        }
        if right.isInDoubt(in: keyspace) {
            guard look.isAllowed(in: keyspace) else { return .denial(at: keyspace.appliedIndex) }
            right.stood(in: keyspace)
        }
        do throws(ReadRefusal) {
            let slice = try keyspace.store.events(
                from: position ?? EventID(revision: keyspace.store.revision.next, sub: 0),
                filter: WatchFilter(ranges: [look.range]),
                byteCountMax: Self.pieceByteCount
            )
            position = slice.next
            return .piece(at: keyspace.appliedIndex)
        } catch { return .over }
    }
}

extension AccessReplay.Look {
    /// Which keys; none for what is no read.
    var range: KeyRange {
        guard case .read(let range) = want else { return .interval(from: [], to: []) }
        return range
    }

    /// What the state says.
    func isAllowed(in keyspace: Keyspace) -> Bool {
        let caller = Caller.user(user, asOf: AuthRevision(rawValue: proven))
        return keyspace.access.decide(caller, on: .read(range)).isAllowed
    }
}
