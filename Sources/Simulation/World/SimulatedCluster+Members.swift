internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Replica

extension SimulatedCluster {
    static func address(of member: Int) -> PeerAddress {
        PeerAddress(text: Array("member-\(member)".utf8))
    }

    static func name(of member: Int) -> [UInt8] { Array("n\(member)".utf8) }

    /// As its directory has it.
    private func name(of member: SimulatedMember) -> [UInt8] {
        if case .beside(let original) = member.directory { return Self.name(of: original) }
        return Self.name(of: member.number)
    }

    /// The process begins.
    func start(_ member: SimulatedMember) {
        guard member.state == .down, member.standing != .vacant else { return }
        member.life += 1
        member.state = .running
        member.power = .on
        member.held = []
        member.clock = SimulatedClock(weather.clocks, with: &chance)
        trace.note(1, subject: member.number, at: now)
        report.deeds.count(.start)
        tell(member, "starts\(damageFound(by: member))")
        do throws(StopReason) {
            member.replica = try Replica.boot(
                member.disk,
                configuration: configuration(of: member),
                bootNonce: chance.next(),
                seed: chance.next(),
                segmentByteCount: weather.segmentByteCount,
                now: member.clock.reading(at: now)
            )
        } catch { return stopped(member, reason: error) }
        if member.directory.isOwn { member.id = member.replica?.id }
        beginWitness(of: member)
        member.damage?.started()
        if member.health.space != .ample { tellSpace(member) }
        wake(member, after: 0)
    }

    /// What opening the directory will find wrong with it.
    private func damageFound(by member: SimulatedMember) -> String {
        do throws(JournalError) {
            let damage = try Journal.open(member.disk, opening: opening(of: member)).recovery.damage
            return damage.map { ", gives its log up: \($0)" } ?? ""
        } catch { return ", can't be opened: \(error)" }
    }

    /// As the member opens its directory, to look only.
    func opening(of member: SimulatedMember) -> Journal.Opening {
        var opening = Journal.Opening(
            name: Self.name(of: member.number),
            freshMember: MemberID(rawValue: 1),
            bootNonce: 0
        )
        opening.segmentByteCount = weather.segmentByteCount
        return opening
    }

    private func configuration(of member: SimulatedMember) -> Replica.Configuration {
        var configuration = Replica.Configuration(
            name: name(of: member),
            peerAddress: Self.address(of: member.number),
            clientAddress: Self.name(of: member.number),
            founders: tenants.map {
                Replica.Founder(name: Self.name(of: $0), address: Self.address(of: $0))
            }
        )
        // Whoever was let in needs no welcome any more; an operator who has not noticed that the
        // directory is empty does not ask for one.
        if member.witness.hardState == nil { configuration.arrival = member.arrival }
        configuration.snapshotLogByteCountMin = options.snapshotLogByteCountMin
        configuration.heartbeatMilliseconds = weather.heartbeatMilliseconds
        configuration.electionTimeoutMilliseconds = weather.electionMilliseconds
        configuration.windowByteCountMax = weather.windowByteCount
        return configuration
    }

    /// The member ended itself.
    private func stopped(_ member: SimulatedMember, reason: StopReason) {
        tell(member, "stops: \(reason)")
        let excuse = excuse(of: member, for: reason)
        end(member)
        switch excuse {
        case .none: found(.memberStopped(member: member.number, why: "\(reason)"))
        case .newcomer: break
        case .deed(let deed): report.deeds.count(deed)
        }
        restoreDirectory(of: member)
        let wasAware = member.isAware
        if case .mayNotJoin(.removed) = reason { turnedAway(member) }
        if wasAware, member.standing == .removed { return evict(member) }
        schedule(.start(member.number), after: random(10_000...500_000))
    }

    private enum Excuse {
        case none
        /// It was let in by somebody who could not.
        case newcomer
        case deed(CoverageCount)
    }

    /// What happened to the member that explains its end.
    private func excuse(of member: SimulatedMember, for reason: StopReason) -> Excuse {
        switch (reason, member.directory) {
        case (.orderly, _): member.isLeaving ? .deed(.orderlyEnd) : .none
        case (.mayNotJoin(.emptyBesideFormedCluster), .wiped): .deed(.wipeRefused)
        // A copy may be older than its member's admission.
        case (.mayNotJoin(.copiedDirectory), .outdated),
            (.mayNotJoin(.emptyBesideFormedCluster), .outdated):
            .deed(.copyRefused)
        case (.mayNotJoin(.originalAlive), .beside): .deed(.copyPutOff)
        case (.damaged, .own): member.damage == nil ? .none : .deed(.damageRefused)
        case (.mayNotJoin(.removed), .own): excuseOfRemoved(member)
        case (.mayNotJoin, _), (.damaged, _), (.diskFailed, _): .none
        }
    }

    private func excuseOfRemoved(_ member: SimulatedMember) -> Excuse {
        switch member.standing {
        case .newcomer: operators.belongs(member.id) ? .none : .newcomer
        case .leaving, .removed: .deed(member.isAware ? .removedRefused : .removedEnd)
        case .vacant, .member, .copy: .none
        }
    }

    /// The process is gone: what it had begun on the disk is done in part, its connections close,
    /// its clients know nothing.
    func end(_ member: SimulatedMember) {
        abandonWork(of: member)
        member.replica = nil
        member.state = .down
        member.doom = .none
        member.isLeaving = false
        agenda.clear(of: member.number)
        for (_, connection, side) in member.links {
            connection[side].isOver = true
            if member.power == .on { send(.close, on: connection, from: side) }
        }
        member.links = []
        let waiting = member.waiting
        member.waiting = []
        for waiter in waiting { lost(waiter.client) }
        observeEnd(of: member)
    }

    func resume(_ member: SimulatedMember) {
        guard member.state == .paused else { return }
        tell(member, "goes on")
        member.state = .running
        unrestAt = now
        let held = member.held
        member.held = []
        let time = member.clock.reading(at: now)
        for input in held { member.replica?.step(input, now: time) }
        wake(member, after: 0)
    }

    func deliver(_ input: Input, to member: SimulatedMember, life: Int) {
        guard member.life == life, member.state != .down else { return }
        guard member.state == .running else { return member.held.append(input) }
        member.replica?.step(input, now: member.clock.reading(at: now))
        wake(member, after: random(...40))
    }

    /// A turn comes after so many microseconds, unless one comes sooner.
    func wake(_ member: SimulatedMember, after microseconds: UInt64) {
        agenda.hasten(.turn, of: member.number, to: after(microseconds))
    }

    func turn(_ member: SimulatedMember) {
        guard member.state == .running else { return }
        let time = member.clock.reading(at: now)
        guard let effects = member.replica?.takeEffects(now: time) else { return }
        let view = member.replica?.consensus
        if let view { noteDurable(of: member, view: view) }
        trace.note(2, subject: member.number, at: now)
        let isIdle = effects.areNone
        if member.doom == .withinTurn, !effects.disk.isEmpty || !effects.frames.isEmpty {
            return endWithin(effects, of: member)
        }
        carryOut(effects, of: member)
        if let stop = effects.stop { return stopped(member, reason: stop) }
        if let view { observe(member, view: view) }
        observeTurn(of: member)
        guard member.state == .running, let deadline = member.replica?.nextDeadline else { return }
        judgeHaste(of: member, wasInVain: isIdle && deadline <= time)
        // A turn takes a moment, also where more could be done at once.
        let wait = member.clock.wait(nanoseconds: deadline.nanoseconds(since: time))
        let moment = now.advanced(byNanoseconds: max(wait, Self.turnNanoseconds))
        agenda.hasten(.turn, of: member.number, to: moment)
    }

    private static let turnNanoseconds: UInt64 = 20_000

    private func carryOut(_ effects: Effects, of member: SimulatedMember) {
        for batch in effects.disk { submit(batch, of: member) }
        if let snapshot = effects.snapshot {
            report.deeds.count(.snapshotTaken)
            tell(member, "takes a snapshot at \(snapshot.id.index.rawValue)")
            enqueue(.snapshot(snapshot), of: member)
        }
        for frame in effects.frames { send(frame, of: member) }
        for link in effects.linksToClose { close(link, of: member) }
        for address in effects.dials {
            let dial = Event.dial(member: member.number, life: member.life, address)
            schedule(dial, after: random(20...400))
        }
        if let replacement = effects.storeReplacement {
            report.deeds.count(.snapshotInstalled)
            tell(member, "has a new store, at \(replacement.index.rawValue)")
            observeReplacement(at: member)
        }
        for entry in effects.applied { observeApplied(entry: entry, at: member) }
        for reply in effects.replies { answer(reply, of: member) }
    }

    /// The process is killed when part of what a turn owes was done.
    private func endWithin(_ effects: Effects, of member: SimulatedMember) {
        strikes(.crashWithinTurn, member: member.number)
        if pick(2) == 0 {
            for batch in effects.disk { submit(batch, of: member) }
        }
        for frame in effects.frames.prefix(pick(effects.frames.count + 1)) {
            send(frame, of: member)
        }
        if pick(2) == 0 { member.power = .off }
        end(member)
        if member.power == .off { member.disk.losePower(&chance) }
        restart(member)
    }
}
