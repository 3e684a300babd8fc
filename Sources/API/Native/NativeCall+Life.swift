internal import Bytes
internal import Keyspace
internal import Wire

// The steps of a call, from its first to the end of its answer.

extension NativeCall {
    /// The first step.
    mutating func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        // What is taken out is changed in place, and nothing is copied.
        switch consume self {
        case .listing(var listing):
            defer { self = .listing(listing) }
            return try listing.start(keyspace, now: now)
        case .history(var history):
            defer { self = .history(history) }
            return try history.start(keyspace, now: now)
        case .serviceList(var list):
            defer { self = .serviceList(list) }
            return try list.start(keyspace, now: now)
        case .service(var service):
            defer { self = .service(service) }
            return try service.start(keyspace, now: now)
        case .healthReport(var report):
            defer { self = .healthReport(report) }
            return report.start(keyspace.store)
        case let call:
            defer { self = call }
            return try call.firstStep(keyspace, now: now)
        }
    }

    private func firstStep(
        _ keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch self {
        case .answer(let response): .respond(response)
        case .keyRead(let read): try read.start(keyspace, now: now)
        case .write(let write): try write.start(keyspace.settings, level: keyspace.featureLevel)
        case .tree(let tree): tree.start()
        case .difference(let difference): try difference.start(keyspace, now: now)
        case .undo(let undo): undo.start()
        case .lookup, .observe, .serviceWatch: .read
        case .registration(let registration): registration.start()
        case .tokenCheck(let check): try check.start(keyspace, now: now)
        case .place(let place): try place.start(level: keyspace.featureLevel)
        case .take(let take): try take.start(level: keyspace.featureLevel)
        case .barrier(let barrier): try barrier.start(level: keyspace.featureLevel)
        case .hold(let hold): try hold.start(level: keyspace.featureLevel)
        case .watch(let watch): watch.start()
        case .report, .health: .describe
        case .member(let member): member.start()
        case .access(let access): access.start()
        case .backup(let backup): backup.start()
        case .listing, .history, .serviceList, .service, .healthReport, .over: .finish
        }
    }

    /// The step after what the shell brought back.
    mutating func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch consume self {
        case .listing(var listing):
            defer { self = .listing(listing) }
            return try listing.resume(resumption, in: keyspace, now: now)
        case .place(var place):
            defer { self = .place(place) }
            return try place.resume(resumption, in: keyspace, now: now)
        case .hold(var hold):
            defer { self = .hold(hold) }
            return try hold.resume(resumption)
        case .take(var take):
            defer { self = .take(take) }
            return try take.resume(resumption, in: keyspace, now: now)
        case .barrier(var barrier):
            defer { self = .barrier(barrier) }
            return try barrier.resume(resumption, in: keyspace, now: now)
        case .history(var history):
            defer { self = .history(history) }
            return try history.resume(resumption, in: keyspace, now: now)
        case .serviceList(var list):
            defer { self = .serviceList(list) }
            return try list.resume(resumption, in: keyspace, now: now)
        case .service(var service):
            defer { self = .service(service) }
            return try service.resume(resumption, in: keyspace, now: now)
        case .registration(var registration):
            defer { self = .registration(registration) }
            return try registration.resume(resumption)
        case .healthReport(var report):
            defer { self = .healthReport(report) }
            return try report.resume(resumption, in: keyspace)
        case .undo(var undo):
            defer { self = .undo(undo) }
            return try undo.resume(resumption, by: principal, in: keyspace)
        case .watch(var watch):
            defer { self = .watch(watch) }
            return watch.resume(resumption, in: keyspace, now: now)
        case .member(var member):
            defer { self = .member(member) }
            if case .disconnected = resumption { return .finish }
            return try member.resume(resumption, by: principal, in: keyspace)
        case .access(var access):
            defer { self = .access(access) }
            return try access.resume(resumption, by: principal, in: keyspace, member: member)
        case .backup(var backup):
            defer { self = .backup(backup) }
            return try backup.resume(resumption, in: keyspace)
        case let call:
            defer { self = call }
            return try call.step(
                after: resumption,
                by: principal,
                in: keyspace,
                member: member,
                now: now
            )
        }
    }

    /// The next step of a call that does not change with it.
    private func step(
        after resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch self {
        case .keyRead(let read): return try read.resume(resumption, in: keyspace, now: now)
        case .write(let write):
            if case .disconnected = resumption { return .finish }
            return try write.resume(resumption)
        case .tree(let tree):
            if case .disconnected = resumption { return .finish }
            return try tree.resume(resumption, by: principal, in: keyspace)
        case .difference(let difference):
            return try difference.resume(resumption, in: keyspace, now: now)
        case .lookup(let lookup):
            return try lookup.resume(resumption, by: principal, in: keyspace)
        case .tokenCheck(let check):
            return try check.resume(resumption, in: keyspace, now: now)
        case .report(let report): return try report.resume(resumption, in: keyspace, member: member)
        case .health(let health): return try health.resume(resumption)
        case .observe(let observe): return try observe.resume(resumption)
        case .serviceWatch(let watch): return try watch.resume(resumption)
        case .answer, .listing, .history, .undo, .place, .hold, .take, .barrier,
            .watch, .backup, .member,
            .access,
            .serviceList, .service, .registration, .healthReport, .over:
            return .finish
        }
    }

    /// The next piece of a streamed answer.
    mutating func nextChunk(
        _ keyspace: Keyspace,
        member: MemberView,
        encodings: inout EventEncodings,
        now: MonotonicTime
    ) -> NativePiece {
        // What is taken out is changed in place.
        switch consume self {
        case .hold(var hold):
            let piece = hold.nextChunk(keyspace, now: now)
            self = .hold(hold)
            return piece
        case .observe(var observe):
            let piece = observe.nextChunk(keyspace, now: now)
            self = .observe(observe)
            return piece
        case .serviceWatch(var watch):
            let piece = watch.nextChunk(keyspace, now: now)
            self = .serviceWatch(watch)
            return piece
        case .listing(var listing):
            let piece = listing.nextChunk(keyspace)
            self = .listing(listing)
            return piece
        case .watch(var watch):
            let piece = watch.nextChunk(
                keyspace,
                member: member,
                encodings: &encodings,
                now: now
            )
            self = .watch(watch)
            return piece
        case .backup(var backup):
            let piece = backup.nextChunk()
            self = .backup(backup)
            return piece
        case let other:
            self = other
            return .end([])
        }
    }

    /// The end of a stream whose caller may not have it any more.
    func denied(because problem: Problem) -> NativePiece {
        guard case .watch(let watch) = self else {
            var output: [UInt8] = []
            EventStream.append(event: "denied", to: &output)
            EventStream.append(data: problem.json.output, to: &output)
            EventStream.appendEnd(to: &output)
            return .end(output)
        }
        return .end(watch.denied(because: problem))
    }

    /// When the client has to have its answer to what was proposed last, where the call says so.
    var answerDeadline: MonotonicTime? {
        switch self {
        case .place(let place): place.answerDeadline
        case .take(let take): take.answerDeadline
        case .barrier(let barrier): barrier.answerDeadline
        case .health(let health): health.deadline
        default: nil
        }
    }

    /// No event before this one concerns a watch that was idle.
    mutating func passOver(before event: EventID) {
        switch self {
        case .watch(var watch):
            watch.passOver(before: event)
            self = .watch(watch)
        case .serviceWatch(var watch):
            watch.passOver(before: event)
            self = .serviceWatch(watch)
        default: return
        }
    }
}
