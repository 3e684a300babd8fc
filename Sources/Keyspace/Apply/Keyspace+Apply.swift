package import Bytes

extension Keyspace {
    /// Applies the entry at `index`: first what the time ends (a slice of the leases that are over,
    /// the grants that follow, old idempotency keys), then the command, in the order access, dedupe,
    /// fences, conditions, command, grants.
    ///
    /// - Parameter index: above that of the entry before.
    /// - Parameter time: the entry's; one that lies behind the clock counts as the clock.
    /// - Parameter command: an encoded request; nil for an entry without one. Bytes that are no
    ///   request are refused as `.malformed`, on every member alike.
    /// - Parameter audience: whether the changes of keys are told. It decides nothing else.
    /// - Complexity: O(log *n*) for one key, beside what the command names and at most 1,024
    ///   ended keys, ended idempotency keys and grants.
    package mutating func apply(
        index: UInt64,
        time: ClusterTime,
        command: [UInt8]?,
        audience: Store.Audience = .somebody
    ) -> Applied {
        var context = begin(index: index, time: time, audience: audience)
        sweep(&context)
        var answer: Answer?
        if let command {
            if let put = Put(alone: command) {
                answer = self.answer(put, in: &context)
            } else if let put = SignedPut(command) {
                answer = self.answer(put.request, in: &context)
            } else if let request = try? Request(decoding: command) {
                answer = self.answer(request, in: &context)
            } else {
                answer = self.answer(.refused(.malformed))
            }
        }
        return end(&context, answer: answer)
    }

    /// Applies an entry whose request is at hand already; comes to the same as applying its
    /// encoding.
    package mutating func apply(
        index: UInt64,
        time: ClusterTime,
        request: Request?,
        audience: Store.Audience = .somebody
    ) -> Applied {
        var context = begin(index: index, time: time, audience: audience)
        sweep(&context)
        var answer: Answer?
        if let request {
            answer =
                request.isWellFormed
                ? self.answer(request, in: &context) : self.answer(.refused(.malformed))
        }
        return end(&context, answer: answer)
    }

    // In line: what is returned is large, and would be moved.
    @inline(__always)
    private mutating func begin(
        index: UInt64,
        time: ClusterTime,
        audience: Store.Audience
    ) -> ApplyContext {
        invariant(index > appliedIndex, "entry \(index) applied after entry \(appliedIndex)")
        appliedIndex = index
        let before = clock
        clock = max(clock, time)
        var wallTime = wallTime(at: planted(.wallClockLags) ? before : clock)
        if planted(.timeForAudienceAlone), audience == .nobody { wallTime = .unknown }
        return ApplyContext(index: index, time: clock, wallTime: wallTime, audience: audience)
    }

    // Mutating, as `answer` is: what only reads would have the whole state copied for the call.
    private mutating func end(_ context: inout ApplyContext, answer: Answer?) -> Applied {
        verify()
        return Applied(
            answer: answer,
            events: context.events,
            contestEvents: context.contestEvents,
            contestSpans: context.contestSpans
        )
    }

    private mutating func answer(_ outcome: Outcome) -> Answer {
        Answer(outcome: outcome, source: .applied, revision: store.revision)
    }

    /// The same as for a request that is only this put.
    private mutating func answer(_ put: Put, in context: inout ApplyContext) -> Answer {
        if mayRefuseWrites, let refusal = refusal(ofPlain: put, in: context) {
            return answer(.refused(refusal))
        }
        let outcome: Outcome
        do throws(Refusal) { outcome = try self.put(put, in: &context) } catch {
            outcome = .refused(error)
        }
        settleContests(&context)
        return answer(outcome)
    }

    /// Why a put that nobody in particular asks for, and nothing goes with, may not be carried out.
    private func refusal(ofPlain put: Put, in context: ApplyContext) -> Refusal? {
        if let denial = denial(of: .write(.key(put.key)), by: .nobody) { return denial }
        do throws(Refusal) { try checkGuards(of: .put(put), fences: [], context: context) } catch {
            return error
        }
        return nil
    }

    private mutating func answer(_ request: Request, in context: inout ApplyContext) -> Answer {
        if request.format == .first { store.countAsBefore() }
        // Members of an earlier level do not know the command, and so nobody does.
        guard request.featureLevel <= featureLevel.number else {
            return answer(.refused(.malformed))
        }
        // Before an earlier answer is told, too.
        if access.isEnabled, !planted(.rightsOfProposal), let denial = denial(of: request) {
            return answer(.refused(denial))
        }
        guard let stamp = request.idempotency else {
            let outcome = outcome(of: request, in: &context)
            settleContests(&context)
            return answer(outcome)
        }
        switch answers.find(stamp, at: context.time) {
        case .replay(let answer): return answer
        case .mismatch: return answer(.refused(.idempotencyMismatch))
        case .absent: break
        }
        let answerByteCountMax = request.command.answerByteCountMax(settings)
        guard answers.hasRoom(for: stamp, answerByteCountMax: answerByteCountMax) else {
            return answer(.refused(.tooManyIdempotencyKeys))
        }
        let outcome = outcome(of: request, in: &context)
        settleContests(&context)
        let answer = answer(outcome)
        if planted(.answerNotKept) { return answer }
        if outcome.isKept {
            answers.insert(answer, for: stamp, index: context.index, time: context.time)
        }
        return answer
    }

    private mutating func outcome(of request: Request, in context: inout ApplyContext) -> Outcome {
        do throws(Refusal) {
            for fence in request.fences { try check(fence, context: context) }
            if mayRefuseWrites {
                try checkGuards(of: request.command, fences: request.fences, context: context)
            }
            let author = store.authors.id(of: request.caller.author)
            context.marks = store.authors.marks(of: author, note: request.note)
            if featureLevel.number >= FeatureLevel.third {
                context.caller = request.caller
                context.creator = LeaseCreator(request.caller, author: author)
            }
            return try carryOut(request.command, format: request.format, in: &context)
        } catch {
            return .refused(error)
        }
    }

    private mutating func carryOut(
        _ command: Command,
        format: Request.Format,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        switch command {
        case .put(let put): try self.put(put, in: &context)
        case .createChild(let parent, let value, let lease):
            try createChild(of: parent, value: value, lease: lease, in: &context)
        case .delete(let range, let condition):
            try delete(range, condition: condition, in: &context)
        case .transaction(let transaction):
            try carryOut(transaction, format: format, in: &context)
        case .writeTree(let write): try carryOut(write, in: &context)
        case .grantLease(let lease, let milliseconds):
            try grantLease(lease, timeToLiveMilliseconds: milliseconds, context: context)
        case .keepAlive(let leases): keepAlive(leases, context: context)
        case .revokeLease(let lease): try revokeLease(lease, in: &context)
        case .acquire(let acquisition): try acquire(acquisition, in: &context)
        case .abandon(let contest, let lease, let abandonment):
            try abandon(contest, lease: lease, abandonment: abandonment, in: &context)
        case .release(let contest, .token(let token)):
            try release(contest, token: token, in: &context)
        case .release(let contest, .everyHolder): try releaseEveryHolder(of: contest, in: &context)
        case .proclaim(let election, let token, let value):
            try proclaim(election, token: token, value: value, in: &context)
        case .compact(let revision): try compact(to: revision)
        case .changeSettings(let change): changeSettings(change)
        case .setWallClock(let offset): setWallClock(offsetMilliseconds: offset)
        case .raiseFeatureLevel(let number): raiseFeatureLevel(to: number)
        case .holdFeatureLevel(let hold): holdFeatureLevel(hold)
        case .orderMembers(let step): try take(step, in: context)
        case .changeAccess(let change): try changeAccess(change, context: context)
        case .changeQuota(let change): try changeQuota(change)
        case .changeGuard(let change): try self.change(change)
        case .handOver(let election, let token, let successor, let milliseconds):
            try handOver(
                election,
                token: token,
                to: successor,
                withinMilliseconds: milliseconds,
                in: &context
            )
        case .count(let name, let change): try count(name, by: change, in: &context)
        case .queue(let request): try carryOut(request, in: &context)
        case .barrier(let request): try carryOut(request, in: &context)
        }
    }
}

extension Outcome {
    /// Whether a retry with the same idempotency key gets this outcome again. What asks the client
    /// to try again later, or to ask otherwise, is decided anew (HTTP's 400, 429 and 507).
    fileprivate var isKept: Bool {
        guard case .refused(let refusal) = self else { return self != .queue(.empty) }
        switch refusal {
        case .queue(_, let refusal): return refusal.isKept
        case .barrier(_, let refusal): return refusal.isKept
        case .tooManyIdempotencyKeys, .tooManyLeases, .tooManyWaiters, .idempotencyMismatch,
            .malformed, .duplicatePut, .timeToLiveOutOfRange, .futureRevision, .valueTooLong,
            .tooManyOperations, .memberOrderStands, .tooManyMemberOrders, .quotaExceeded,
            .subtreeFull, .tooManyQuotas, .permitsDiffer, .tooManyGuards,
            .unauthenticated, .denied, .accessTooLarge, .tooManyAccessItems:
            return false
        case .notFound, .conditionFailed, .fenced, .notHolder, .held, .modeMismatch, .reservedKey,
            .keyTooLong, .compacted, .resultTooLarge, .tooManyLooks, .nothingToKeep,
            .treeChanged, .leaseExists, .noAdministrator, .guarded, .counterOutOfRange,
            .noSuccessor:
            return true
        }
    }
}

extension Command {
    /// More than the encoded answer can take, in bytes: what a transaction's operations may find and
    /// the keys they name, or one value, some keys and the holders of a lock.
    fileprivate func answerByteCountMax(_ settings: ClusterSettings) -> Int {
        switch self {
        case .transaction: Transaction.resultByteCountMax + (2 << 20)
        default: Int(settings.valueByteCountMax) + (1 << 20)
        }
    }
}
