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

    /// The process begins.
    func start(_ member: SimulatedMember) {
        guard member.state == .down else { return }
        member.life += 1
        member.state = .running
        member.logWork = []
        member.backgroundWork = []
        member.held = []
        member.clock = SimulatedClock(&chance)
        var configuration = Replica.Configuration(
            name: Self.name(of: member.number),
            peerAddress: Self.address(of: member.number),
            clientAddress: Self.name(of: member.number),
            founders: members.map {
                Replica.Founder(
                    name: Self.name(of: $0.number),
                    address: Self.address(of: $0.number)
                )
            }
        )
        configuration.snapshotLogByteCountMin = options.snapshotLogByteCountMin
        trace.note(1, member.number, at: now)
        do {
            member.replica = try Replica.boot(
                member.disk,
                configuration: configuration,
                bootNonce: chance.next(),
                seed: chance.next(),
                segmentByteCount: Self.segmentByteCount,
                now: member.clock.reading(at: now)
            )
            wake(member, after: 0)
        } catch { stopped(member, error) }
    }

    /// Barely room for the longest record: segments fill and are left behind.
    private static let segmentByteCount = (2 << 20) + (64 << 10)

    /// The member ended itself.
    private func stopped(_ member: SimulatedMember, _ reason: StopReason) {
        found(.memberStopped(member: member.number, why: "\(reason)"))
        end(member)
    }

    /// The process is gone: its connections close, its clients know nothing.
    func end(_ member: SimulatedMember) {
        member.replica = nil
        member.state = .down
        member.turnAt = nil
        for (connection, side) in network.open(of: member.number, member.life) {
            network.end(connection, at: side)
            send(.close, on: connection, from: side)
        }
        for waiting in member.waiting { lost(waiting.client) }
        member.waiting = []
        observeEnd(of: member)
    }

    func resume(_ member: SimulatedMember) {
        guard member.state == .paused else { return }
        member.state = .running
        let held = member.held
        member.held = []
        let time = member.clock.reading(at: now)
        for input in held { member.replica?.step(input, now: time) }
        wake(member, after: 0)
    }

    func deliver(_ input: Input, to member: SimulatedMember, _ life: Int) {
        guard member.life == life, member.state != .down else { return }
        guard member.state == .running else { return member.held.append(input) }
        member.replica?.step(input, now: member.clock.reading(at: now))
        wake(member, after: random(...40))
    }

    /// A turn comes after so many microseconds, unless one comes sooner.
    func wake(_ member: SimulatedMember, after microseconds: UInt64) {
        let time = now.advanced(byNanoseconds: microseconds * 1000)
        if let turnAt = member.turnAt, turnAt <= time { return }
        member.turnAt = time
        events.schedule(.turn(member: member.number, life: member.life), at: time)
    }

    func turn(_ member: SimulatedMember, _ life: Int) {
        guard member.life == life, member.state == .running, member.turnAt == now else { return }
        member.turnAt = nil
        let time = member.clock.reading(at: now)
        guard let effects = member.replica?.takeEffects(now: time) else { return }
        trace.note(2, member.number, at: now)
        carryOut(effects, of: member)
        if let stop = effects.stop { return stopped(member, stop) }
        observe(member)
        observeTurn(of: member)
        guard let deadline = member.replica?.nextDeadline else { return }
        // A turn takes a moment, also where more could be done at once.
        wake(member, after: max(deadline.nanoseconds(since: time) / 1000 + 1, 20))
    }

    private func carryOut(_ effects: Effects, of member: SimulatedMember) {
        for batch in effects.disk { submit(batch, of: member) }
        if let snapshot = effects.snapshot {
            report.snapshotCount += 1
            enqueue(.snapshot(snapshot), of: member)
        }
        for frame in effects.frames {
            trace.note(UInt64(frame.bytes.count))
            send(frame, of: member)
        }
        for link in effects.linksToClose { close(link, of: member) }
        for address in effects.dials {
            let dial = Event.dial(member: member.number, life: member.life, address)
            schedule(dial, after: random(20...400))
        }
        if effects.storeReplacement != nil {
            report.installCount += 1
            observeReplacement(at: member)
        }
        for entry in effects.applied { observeApplied(entry: entry, at: member) }
        for reply in effects.replies { answer(reply, of: member) }
    }

    private func observe(_ member: SimulatedMember) {
        guard let status = member.replica?.status, status.role != .forming else { return }
        history.state(status.stateHash.rawValue, at: status.appliedIndex.rawValue)
        guard status.role == .leader else { return }
        let term = Int(status.term.rawValue)
        while leaders.count <= term { leaders.append(nil) }
        if let known = leaders[term], known != member.number {
            found(.twoLeaders(term: status.term.rawValue))
        }
        leaders[term] = member.number
    }
}
