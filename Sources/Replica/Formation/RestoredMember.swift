internal import Bytes
internal import Consensus
package import Journal
package import Keyspace

/// The data directory of one founding member of a cluster that begins with a state instead of an
/// empty store.
///
/// No member of the old cluster, its votes, its log or its learners are in it: only the state, as a
/// snapshot that took an empty log's place. All who are given the same state and the same founding
/// hold the same snapshot, so that any of them may lead first.
package struct RestoredMember: Sendable {
    private enum Stage: UInt8, Sendable {
        case slots = 0
        case state = 1
        case log = 2
        case identity = 3
        case done = 4
    }

    /// The term of the snapshot, in which nobody led.
    private static let term = Term(rawValue: 1)

    private var journal: Journal
    private let slots: [DiskOperation]
    private var task: SnapshotTask
    private let time: ClusterTime
    /// What was handed out of the journal last, and is carried out by the next call.
    private var underWay: [DiskBatch] = []
    private var stage = Stage.slots

    /// - Parameter name: of this member, one of the founding's.
    /// - Parameter state: what `Keyspace.restore` made of a backup's.
    package init(
        name: [UInt8],
        founding: Founding,
        state: Keyspace,
        segmentByteCount: Int = Journal.segmentByteCountDefault
    ) {
        guard let own = founding.members.first(where: { $0.name == name }) else {
            unreachable("a member is restored that is no founder")
        }
        var identity = Identity(member: own.id, name: name)
        identity.cluster = founding.cluster
        identity.founders = founding.members.map {
            Member(id: $0.id, name: $0.name, peerAddress: $0.address.text)
        }
        (journal, slots) = Journal.beginning(
            of: identity,
            in: Self.term,
            segmentByteCount: segmentByteCount
        )
        time = state.clock
        var hash: [UInt8] = []
        hash.append(littleEndian: state.hash.rawValue)
        let writer = journal.snapshotWriter(
            of: EntryID(term: Self.term, index: LogIndex(rawValue: state.appliedIndex)),
            time: time,
            membership: Membership(founding: identity.founders),
            stateHash: hash
        )
        task = SnapshotTask(writer: writer, state: state)
    }

    /// The next operations, to be carried out in order and completely before the next call; nil when
    /// the directory is a member's.
    ///
    /// - Complexity: O(bytes of the operations)
    package mutating func next() -> [DiskOperation]? {
        switch stage {
        case .slots:
            stage = .state
            return slots
        case .state:
            if let operations = task.next() { return operations }
            stage = .log
            journal.begin(
                after: SnapshotDescriptor(
                    id: task.id,
                    time: time,
                    byteCount: Int(clamping: task.byteCount)
                )
            )
            return next()
        case .log:
            if let operations = nextOfLog() { return operations }
            stage = .identity
            return next()
        case .identity:
            stage = .done
            return journal.identity.founding
        case .done: return nil
        }
    }

    /// What the journal wants done until nothing of it waits.
    private mutating func nextOfLog() -> [DiskOperation]? {
        for batch in underWay {
            let completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
            _ = journal.absorb(completion)
        }
        underWay = journal.takeBatches()
        if underWay.isEmpty {
            journal.settle()
            underWay = journal.takeBatches()
        }
        return underWay.isEmpty ? nil : underWay.flatMap(\.operations)
    }
}
