internal import Bytes
internal import Keyspace
internal import Replica

/// A client that writes and reads keys, one request after another.
final class KeyUser: ClientRole {
    /// What is under way.
    enum KeyOperation: Sendable {
        /// Its number in the recording; for a write also the request as it is sent.
        case operation(Int, Request?)
        case child(value: UInt64, Request, begin: MonotonicTime)
        case look(contest: Int, begin: MonotonicTime)
        case queries([RangeQuery])
        case compaction
        case quota(UInt64)
        case subtreeQuota(QuotaChange)
    }

    enum Persistence: Sendable {
        /// What gets no answer is left alone.
        case once
        /// It has an idempotency key and is sent until it is answered.
        case untilAnswered
    }

    let client: SimulatedClient
    private var pending: KeyOperation?
    private var persistence = Persistence.once
    /// Whether an earlier sending of the operation may have taken effect.
    private var isExposed = false
    /// Each key as it was last seen, by number.
    private(set) var known: [Recording.Cell]
    /// The keys of each directory as they were listed last, all at one revision; nil before.
    private(set) var listed: [[Recording.Cell]?]

    init(_ client: SimulatedClient) {
        self.client = client
        known = Array(repeating: .absent, count: client.history.keys.registers.count)
        listed = Array(repeating: nil, count: KeySpaces.directoryCount)
    }

    func act() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        if let pending {
            client.count(.retry)
            return send(pending, to: member)
        }
        let operation = client.mix.operation(&world.chance)
        switch operation {
        case .staleRead:
            readStale(at: member)
            return client.rest()
        case .compaction:
            begin(.compaction, persistence: .once, at: member)
        case .quota:
            begin(quotaChange(at: member), persistence: .once, at: member)
        case .look:
            let contest = world.pick(Contests.all.count)
            begin(
                .look(contest: contest, begin: world.now),
                persistence: .once,
                at: member
            )
        case .query: begin(.queries(queries()), persistence: .once, at: member)
        case .child:
            let value = client.nextValue()
            let command = Command.createChild(
                parent: KeySpaces.queue,
                value: KeySpaces.encode(value),
                lease: .none
            )
            let (request, persistence) = stamp(command, value: value)
            let child = KeyOperation.child(value: value, request, begin: world.now)
            begin(child, persistence: persistence, at: member)
        case .get, .list, .put, .swap, .delete, .transaction, .rangeTransaction,
            .nestedTransaction, .tree, .rangeDelete:
            let draft = draft(operation)
            let number = history.recording.begin(
                draft.kind,
                ask: draft.ask,
                client: client.number,
                at: world.now
            )
            let stamped = draft.command.map { stamp($0, value: draft.value) }
            begin(
                .operation(number, stamped?.request),
                persistence: stamped?.persistence ?? .once,
                at: member
            )
        }
    }

    private func begin(
        _ operation: KeyOperation,
        persistence: Persistence,
        at member: SimulatedMember
    ) {
        pending = operation
        self.persistence = persistence
        isExposed = false
        send(operation, to: member)
    }

    private func send(_ operation: KeyOperation, to member: SimulatedMember) {
        switch operation {
        case .operation(_, let request?), .child(_, let request, _):
            client.propose(request, to: member)
        case .operation(_, nil), .look: client.read(at: member)
        case .queries(let queries):
            let gets = queries.map { Transaction.Operation.get($0) }
            let transaction = Transaction(compares: [], then: gets, otherwise: [])
            client.propose(Request(.transaction(transaction)), to: member)
        case .compaction:
            let revision = history.timeline.revision
            let oldest = Revision(
                rawValue: revision - min(revision, world.random(0...[10, 300].pick(&world.chance)))
            )
            client.propose(Request(.compact(oldest)), to: member)
        case .quota(let byteCount):
            let item = SettingsChange.Item(.quotaByteCount, value: byteCount)
            let change = SettingsChange([item], occasion: .always)
            client.propose(Request(.changeSettings(change)), to: member)
        case .subtreeQuota(let change): client.propose(Request(.changeQuota(change)), to: member)
        }
    }

    /// A third of the writes are safe to send again; as many say whose they are and why.
    private func stamp(
        _ command: Command,
        value: UInt64
    ) -> (request: Request, persistence: Persistence) {
        let isSigned = world.pick(3) == 0
        let caller: Caller =
            isSigned ? .outside(subject: Array("user-\(client.number)".utf8), roles: []) : .nobody
        let note = isSigned && world.pick(2) == 0 ? Array("for \(value)".utf8) : []
        if isSigned { client.count(.signedWrite) }
        guard value > 0, world.pick(3) == 0 else {
            return (Request(command, caller: caller, note: note), .once)
        }
        var key: [UInt8] = []
        key.append(littleEndian: value)
        let fingerprint = key + [UInt8](repeating: 0, count: 24)
        let stamp = IdempotencyStamp(key: key, fingerprint: fingerprint)
        let request = Request(command, idempotency: stamp, caller: caller, note: note)
        return (request, .untilAnswered)
    }

    private func readStale(at member: SimulatedMember) {
        let key = world.pick(history.keys.registers.count)
        guard member.state == .running, let view = member.replica?.keyspace else { return }
        client.count(.staleRead)
        client.noteServed()
        history.staleReads.append(
            HistoryCheck.StaleRead(
                place: member.number << 32 | member.life,
                revision: view.store.revision.rawValue,
                key: key,
                cell: KeySpaces.cell(view.store.get(history.keys.registers[key]))
            )
        )
    }

    // MARK: Answers

    func hear(_ result: RequestResult) {
        guard let operation = pending else { return }
        let isOver: Bool
        switch result {
        case .answered, .readable: isOver = true
        case .unknown:
            isExposed = true
            isOver = persistence == .once
        case .denied:
            // An earlier sending may have taken effect, whatever became of this one.
            let mayLeave = !isExposed && world.pick(4) > 0
            isOver = persistence == .once || mayLeave
        }
        guard isOver else { return client.tryAgain() }
        pending = nil
        noteRefusal(result, of: operation)
        switch operation {
        case .operation(let number, let request):
            end(number, command: request?.command, result: result)
        case .child(_, _, let begin): endChild(begin, result: result)
        case .look(let contest, let begin): endLook(contest, begin: begin, result: result)
        case .queries(let queries): endQueries(queries, result: result)
        case .compaction:
            if case .answered(let answer) = result, case .compacted = answer.outcome {
                client.count(.compaction)
            }
        case .quota:
            if case .answered(let answer) = result, case .settings = answer.outcome {
                client.count(.quotaSet)
            }
        case .subtreeQuota:
            if case .answered(let answer) = result, case .quotaChanged = answer.outcome {
                client.count(.subtreeQuotaSet)
            }
        }
        client.rest()
    }

    private func endChild(_ begin: MonotonicTime, result: RequestResult) {
        guard case .answered(let answer) = result,
            case .created(let key, let result) = answer.outcome
        else { return }
        client.count(.sequentialChild)
        history.sequences.append(
            parent: KeySpaces.queueBase,
            number: UInt64(history.keys.number(of: key) - KeySpaces.queueBase),
            revision: result.revision.rawValue,
            begin: begin,
            end: world.now
        )
    }

    private func endLook(_ contest: Int, begin: MonotonicTime, result: RequestResult) {
        guard case .readable(let member) = result, let view = member.replica?.keyspace else {
            return
        }
        client.count(.holderSeen)
        let holder = view.holders(of: Contests.all[contest], countMax: 1).first
        history.tenures.saw(
            contest: contest,
            token: holder?.token.rawValue ?? 0,
            begin: begin,
            end: world.now
        )
    }

    private func end(_ number: Int, command: Command?, result: RequestResult) {
        let operation = history.recording.operations[number]
        let outcome: Recording.Operation.Outcome
        switch result {
        case .denied: outcome = .denied
        case .unknown: outcome = .unknown
        case .readable(let member): outcome = look(operation, at: member)
        // It is not kept: an earlier sending may find room yet.
        case .answered(let answer) where isExposed && answer.isOfTheMoment: outcome = .unknown
        case .answered(let answer):
            outcome = operation.outcome(of: answer, to: command, keys: history.keys)
        }
        history.recording.end(number, outcome: outcome, at: world.now)
        guard case .ok(let answer) = outcome else { return }
        let steps = operation.ask.steps(of: answer.branch)
        client.count(operation.kind.activity(answer.branch, isRefused: steps.isEmpty))
        if operation.kind == .tree, !operation.ask.compares.isEmpty, !steps.isEmpty {
            client.count(.conditionalTree)
        }
        if operation.kind == .list { noteListing(steps, answer: answer) }
        if operation.ask.keys.contains(where: { $0 < history.keys.byteKeyCount }) {
            client.count(.byteKey)
        }
        for (step, observation) in zip(steps, answer.observations) {
            switch (step, observation) {
            case (.get(let key), .got(let cell)): known[key] = cell
            case (.put(let key, let value), .put(let version)):
                known[key] = Recording.Cell(
                    value: value,
                    modRevision: answer.revision,
                    version: version
                )
            case (let step, _): known[step.key] = .absent
            }
        }
    }

    private func noteListing(_ steps: [Recording.Step], answer: Recording.Answer) {
        guard let first = steps.first else { return }
        listed[history.keys.directory(of: first.key)] = answer.observations.map { observation in
            if case .got(let cell) = observation { cell } else { .absent }
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
                    KeySpaces.cell(view.store.get(history.keys.registers[step.key]))
                )
            }
            return .ok(Recording.Answer(cells, revision: revision))
        }
        let directory = history.keys.directory(of: first)
        let listing: Listing?
        if world.pick(3) == 0 {
            listing = try? view.store.children(of: history.keys.directories[directory])
        } else {
            let forms: [KeySpaces.RangeForm] = [.subtree, .prefix, .interval]
            let form = forms.pick(&world.chance)
            listing = try? view.store.list(history.keys.range(ofDirectory: directory, form: form))
            client.count(.rangeRead)
        }
        guard let listing else { return .denied }
        var cells = operation.ask.then.map { _ in Recording.Cell.absent }
        for item in listing.items {
            let place = history.keys.number(of: item.key) - first
            guard cells.indices.contains(place) else {
                world.found(.client(.keyOutsideRange(revision: listing.revision.rawValue)))
                continue
            }
            cells[place] = KeySpaces.cell(item.record)
        }
        return .ok(Recording.Answer(cells.map { .got($0) }, revision: listing.revision.rawValue))
    }
}

extension Recording.Operation.Kind {
    fileprivate func activity(
        _ branch: Recording.Answer.Branch,
        isRefused: Bool
    ) -> Activity {
        switch self {
        case .get: .get
        case .list: .list
        case .put: .put
        case .delete: .delete
        case .compareAndSwap: branch == .then ? .swap : .swapRefused
        case .transaction: branch == .then ? .transaction : .transactionElse
        case .rangeTransaction: branch == .then ? .rangeTransaction : .rangeTransactionElse
        case .nestedTransaction:
            switch branch {
            case .then: .nestedTransaction
            case .innerOtherwise: .nestedTransactionElse
            case .otherwise: .transactionElse
            }
        case .tree: isRefused ? .treeRefused : .treeWritten
        case .rangeDelete: .rangeDelete
        }
    }
}
