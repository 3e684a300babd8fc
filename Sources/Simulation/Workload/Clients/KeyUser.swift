internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who writes and reads keys, one request after another.
struct KeyUser: Sendable {
    /// What is under way.
    enum KeyOperation: Sendable {
        /// In the recording; a write as it is sent.
        case operation(Int, Request?)
        case child(value: UInt64, Request, begin: MonotonicTime)
        case look(contest: Int, begin: MonotonicTime)
        case compaction
    }

    enum Persistence: Sendable {
        /// What gets no answer is left alone.
        case once
        /// It has an idempotency key and is sent until it is answered.
        case untilAnswered
    }

    var errand: KeyOperation?
    var persistence = Persistence.once
    /// Whether an earlier sending of the errand may have taken effect.
    var isExposed = false
    /// Each key as it was last seen, by number.
    var known: [Recording.Cell]

    init(knowing keyCount: Int) { known = Array(repeating: .absent, count: keyCount) }
}

extension SimulatedCluster {
    func actKeyUser(_ place: Int, for client: Int) {
        guard let member = reachableMember() else { return tryAgain(client) }
        if let errand = workload.keyUsers[place].errand {
            count(.retry)
            return send(errand, for: client, to: member)
        }
        let errand = workload.mix.errand(&chance)
        switch errand {
        case .staleRead:
            readStale(client, at: member)
            return rest(client)
        case .compaction:
            begin(.compaction, persistence: .once, at: place, for: client, at: member)
        case .look:
            let contest = pick(Workload.contests.count)
            begin(
                .look(contest: contest, begin: now),
                persistence: .once,
                at: place,
                for: client,
                at: member
            )
        case .child:
            let value = workload.nextValue(of: client)
            let command = Command.createChild(
                parent: KeySpaces.queue,
                value: KeySpaces.encode(value),
                lease: .none
            )
            let (request, persistence) = stamp(command, value: value)
            let child = KeyUser.KeyOperation.child(value: value, request, begin: now)
            begin(child, persistence: persistence, at: place, for: client, at: member)
        case .get, .list, .put, .swap, .delete, .transaction:
            let draft = draft(errand, at: place, for: client)
            let number = workload.recording.begin(
                draft.kind,
                ask: draft.ask,
                client: client,
                at: now
            )
            let stamped = draft.command.map { stamp($0, value: draft.value) }
            begin(
                .operation(number, stamped?.request),
                persistence: stamped?.persistence ?? .once,
                at: place,
                for: client,
                at: member
            )
        }
    }

    private func begin(
        _ errand: KeyUser.KeyOperation,
        persistence: KeyUser.Persistence,
        at place: Int,
        for client: Int,
        at member: SimulatedMember
    ) {
        workload.keyUsers[place].errand = errand
        workload.keyUsers[place].persistence = persistence
        workload.keyUsers[place].isExposed = false
        send(errand, for: client, to: member)
    }

    private func send(_ errand: KeyUser.KeyOperation, for client: Int, to member: SimulatedMember) {
        switch errand {
        case .operation(_, let request?), .child(_, let request, _):
            propose(request, from: client, to: member)
        case .operation(_, nil), .look: read(from: client, at: member)
        case .compaction:
            let revision = workload.timeline.revision
            let oldest = Revision(
                rawValue: revision - min(revision, random(0...[10, 300].pick(&chance)))
            )
            propose(Request(.compact(oldest)), from: client, to: member)
        }
    }

    /// A third of the writes are safe to send again.
    private func stamp(
        _ command: Command,
        value: UInt64
    ) -> (request: Request, persistence: KeyUser.Persistence) {
        guard value > 0, pick(3) == 0 else { return (Request(command), .once) }
        var key: [UInt8] = []
        key.append(littleEndian: value)
        let fingerprint = key + [UInt8](repeating: 0, count: 24)
        let stamp = IdempotencyStamp(key: key, fingerprint: fingerprint)
        return (Request(command, idempotency: stamp), .untilAnswered)
    }

    private func readStale(_ client: Int, at member: SimulatedMember) {
        let key = pick(workload.keys.paths.count)
        guard member.state == .running, let view = member.replica?.keyspace else { return }
        count(.staleRead)
        noteServed(client)
        workload.staleReads.append(
            HistoryCheck.StaleRead(
                place: member.number << 32 | member.life,
                revision: view.store.revision.rawValue,
                key: key,
                cell: KeySpaces.cell(view.store.get(workload.keys.paths[key]))
            )
        )
    }
}

// MARK: Answers

extension SimulatedCluster {
    func hearKeyUser(_ place: Int, for client: Int, tidings: Tidings) {
        guard let errand = workload.keyUsers[place].errand else { return }
        let isOver: Bool
        switch tidings {
        case .answered, .readable: isOver = true
        case .unknown:
            workload.keyUsers[place].isExposed = true
            isOver = workload.keyUsers[place].persistence == .once
        case .denied:
            // An earlier sending may have taken effect, whatever became of this one.
            let mayLeave = !workload.keyUsers[place].isExposed && pick(4) > 0
            isOver = workload.keyUsers[place].persistence == .once || mayLeave
        }
        guard isOver else { return tryAgain(client) }
        workload.keyUsers[place].errand = nil
        switch errand {
        case .operation(let number, _): end(number, at: place, tidings: tidings)
        case .child(_, _, let begin): endChild(begin, tidings: tidings)
        case .look(let contest, let begin): endLook(contest, begin: begin, tidings: tidings)
        case .compaction:
            if case .answered(let answer) = tidings, case .compacted = answer.outcome {
                count(.compaction)
            }
        }
        rest(client)
    }

    private func endChild(_ begin: MonotonicTime, tidings: Tidings) {
        guard case .answered(let answer) = tidings,
            case .created(let key, let result) = answer.outcome
        else { return }
        count(.sequentialChild)
        workload.sequences.append(
            parent: KeySpaces.queueBase,
            number: UInt64(workload.keys.number(of: key) - KeySpaces.queueBase),
            revision: result.revision.rawValue,
            begin: begin,
            end: now
        )
    }

    private func endLook(_ contest: Int, begin: MonotonicTime, tidings: Tidings) {
        guard case .readable(let member) = tidings, let view = member.replica?.keyspace else {
            return
        }
        count(.holderSeen)
        let holder = view.holders(of: Workload.contests[contest], countMax: 1).first
        workload.tenures.saw(
            contest: contest,
            token: holder?.token.rawValue ?? 0,
            begin: begin,
            end: now
        )
    }

    private func end(_ number: Int, at place: Int, tidings: Tidings) {
        let operation = workload.recording.operations[number]
        let outcome: Recording.Operation.Outcome
        switch tidings {
        case .denied: outcome = .denied
        case .unknown: outcome = .unknown
        case .readable(let member): outcome = look(operation, at: member)
        case .answered(let answer): outcome = operation.outcome(of: answer)
        }
        workload.recording.end(number, outcome: outcome, at: now)
        guard case .ok(let answer) = outcome else { return }
        count(operation.kind.activity(answer.branch))
        let steps = answer.branch == .then ? operation.ask.then : operation.ask.otherwise
        for (step, observation) in zip(steps, answer.observations) {
            switch (step, observation) {
            case (.get(let key), .got(let cell)): workload.keyUsers[place].known[key] = cell
            case (.put(let key, let value), .put(let version)):
                workload.keyUsers[place].known[key] = Recording.Cell(
                    value: value,
                    modRevision: answer.revision,
                    version: version
                )
            case (let step, _): workload.keyUsers[place].known[step.key] = .absent
            }
        }
    }

    /// Reads what was asked for from the store of a member that may.
    private func look(
        _ operation: Recording.Operation,
        at member: SimulatedMember
    ) -> Recording.Operation.Outcome {
        guard let view = member.replica?.keyspace else { return .unknown }
        let revision = view.store.revision.rawValue
        guard operation.kind == .list, let first = operation.ask.then.first?.key else {
            let cells = operation.ask.then.map { step in
                Recording.Observation.got(
                    KeySpaces.cell(view.store.get(workload.keys.paths[step.key]))
                )
            }
            return .ok(Recording.Answer(cells, revision: revision))
        }
        let directory = (first - workload.keys.lonelyCount) / KeySpaces.directoryKeyCount
        let path = workload.keys.directories[directory]
        let listing =
            pick(2) == 0
            ? try? view.store.children(of: path) : try? view.store.subtree(of: path)
        guard let listing else { return .denied }
        var cells = operation.ask.then.map { _ in Recording.Cell.absent }
        for item in listing.items {
            let place = workload.keys.number(of: item.key) - first
            if cells.indices.contains(place) { cells[place] = KeySpaces.cell(item.record) }
        }
        return .ok(Recording.Answer(cells.map { .got($0) }, revision: listing.revision.rawValue))
    }
}

extension Recording.Operation.Kind {
    fileprivate func activity(_ branch: Recording.Answer.Branch) -> Activity {
        switch self {
        case .get: .get
        case .list: .list
        case .put: .put
        case .delete: .delete
        case .compareAndSwap: branch == .then ? .swap : .swapRefused
        case .transaction: branch == .then ? .transaction : .transactionElse
        }
    }
}
