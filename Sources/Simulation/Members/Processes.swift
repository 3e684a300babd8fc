internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Replica

/// The members' processes: they start, take their turns, stop by themselves and are killed.
struct Processes {
    let world: World
    let members: Members
    private let network: SimulatedNetwork
    private let lanes: DiskLanes
    private let clients: Clients
    private let observer: SafetyObserver

    init(
        of members: Members,
        on network: SimulatedNetwork,
        for clients: Clients,
        seenBy observer: SafetyObserver,
        in world: World
    ) {
        self.world = world
        self.members = members
        self.network = network
        self.clients = clients
        self.observer = observer
        lanes = DiskLanes(of: members, in: world)
    }

    /// The process begins.
    func start(_ member: SimulatedMember) {
        guard member.state == .down, member.standing != .vacant else { return }
        member.life += 1
        member.state = .running
        member.power = .on
        member.held = []
        member.opening = .underWay
        member.clock = members.drawClock()
        member.wallClock = SimulatedWallClock(with: &world.chance)
        // A later start of a boot that no peer had accepted is told from the copy's.
        member.copies.running = nil
        drawRelease(of: member)
        world.note(.start, of: member.number)
        world.count(.start)
        world.tell(of: member, "starts\(damageFound(by: member))")
        do throws(StopReason) {
            member.replica = try Replica.boot(
                member.disk,
                configuration: configuration(of: member),
                bootNonce: world.chance.next(),
                seed: world.chance.next(),
                segmentByteCount: world.plan.segmentByteCount,
                now: member.clock.reading(at: world.now)
            )
        } catch { return stopped(member, reason: error) }
        if member.directory.isOwn { member.id = member.replica?.id }
        observer.beginLife(of: member)
        member.damage?.started()
        if member.health.space != .ample { members.tellSpace(member) }
        // Nobody follows at most members of a cluster, most of the time.
        if world.pick(4) == 0 { members.deliver(.audience(.nobody), to: member) }
        members.wake(member, after: 0)
    }

    /// The operator upgrades one member after another, and may go back while another one that
    /// belongs to the cluster has not been upgraded.
    private func drawRelease(of member: SimulatedMember) {
        guard world.plan.releases == .mixed, !world.isCalm else { return }
        switch member.release {
        case .previous, .takenBack:
            guard world.pick(2) == 0 else { return }
            world.count(.upgrade)
            member.release = .present
        case .present:
            let isOpen = members.present.contains {
                $0 !== member && $0.release == .previous && members.membership.belongs($0.id)
            }
            guard isOpen, world.pick(3) == 0 else { return }
            world.count(.upgradeTakenBack)
            member.release = .takenBack
        }
    }

    /// What opening the directory will find wrong with it.
    private func damageFound(by member: SimulatedMember) -> String {
        do throws(JournalError) {
            let opening = member.opening(segmentByteCount: world.plan.segmentByteCount)
            let damage = try Journal.open(member.disk, opening: opening).recovery.damage
            return damage.map { ", gives its log up: \($0)" } ?? ""
        } catch { return ", can't be opened: \(error)" }
    }

    private func configuration(of member: SimulatedMember) -> Replica.Configuration {
        var configuration = Replica.Configuration(
            name: member.nameInDirectory,
            peerAddress: member.address,
            clientAddress: member.name,
            founders: members.present.map { Replica.Founder(name: $0.name, address: $0.address) }
        )
        // Whoever was let in needs no welcome any more; an operator who has not noticed that the
        // directory is empty does not ask for one.
        if member.observed.hardState == nil { configuration.arrival = member.arrival }
        configuration.featureLevelMax = member.release.featureLevelMax
        configuration.snapshotLogByteCountMin = world.options.snapshotLogByteCountMin
        configuration.heartbeatMilliseconds = world.plan.heartbeatMilliseconds
        configuration.electionTimeoutMilliseconds = world.plan.electionMilliseconds
        configuration.windowByteCountMax = world.plan.windowByteCount
        return configuration
    }

    /// The process is gone: what it had begun on the disk is done in part, its connections close,
    /// its clients know nothing.
    func end(_ member: SimulatedMember) {
        lanes.abandonWork(of: member)
        member.replica = nil
        member.state = .down
        member.pendingEnd = .none
        member.isLeaving = false
        world.clearDuties(of: member.number)
        network.closeAll(of: member)
        for client in member.tickets.takeAll() { clients.lost(client) }
    }

    /// The process is killed; with the machine's power goes what was not synced.
    func kill(_ member: SimulatedMember, power: SimulatedMember.Power) {
        if power == .off { member.power = .off }
        end(member)
        if power == .off { member.disk.losePower(&world.chance) }
    }

    /// kill -9: what was written stays, what was under way is done in part.
    func crash(_ member: SimulatedMember, fault: Fault) {
        guard member.state != .down else { return }
        world.strikes(fault, member: member)
        kill(member, power: .on)
        restart(member)
    }

    /// The machine stops, and starts again later.
    func losePower(_ member: SimulatedMember, fault: Fault) {
        guard member.state != .down else { return }
        world.strikes(fault, member: member)
        kill(member, power: .off)
        restart(member)
    }

    func everyoneLosesPower() {
        for member in members.all { losePower(member, fault: .worldPowerLoss) }
    }

    func resume(_ member: SimulatedMember) {
        guard member.state == .paused else { return }
        world.tell(of: member, "goes on")
        member.state = .running
        world.noteUnrest()
        let held = member.held
        member.held = []
        let time = member.clock.reading(at: world.now)
        for input in held { member.replica?.step(input, now: time) }
        members.wake(member, after: 0)
    }

    /// A restart takes a moment, or long enough for the others to move far ahead, now and then so
    /// far that their logs begin after the end of the member's.
    func restart(_ member: SimulatedMember) {
        guard !world.isCalm else {
            return world.schedule(.start(member.number), after: world.random(1_000...800_000))
        }
        guard world.pick(12) > 0 else {
            return world.schedule(
                .absence(member.number, until: world.time(after: 60_000_000)),
                after: 2_000_000
            )
        }
        let isLong = world.pick(4) == 0
        world.schedule(
            .start(member.number),
            after: world.random(1_000...(isLong ? 10_000_000 : 800_000))
        )
    }

    /// The member starts when the leader has forgotten what it would need, when nobody leads, or
    /// at the deadline.
    func stayAway(_ member: SimulatedMember, until deadline: MonotonicTime) {
        guard world.now < deadline, let base = members.leader?.observed.view?.baseIndex,
            base <= member.observed.view?.lastIndex ?? .zero
        else { return start(member) }
        world.schedule(.absence(member.number, until: deadline), after: 500_000)
    }

    // MARK: Turns

    func turn(_ member: SimulatedMember) {
        guard member.state == .running else { return }
        let time = member.clock.reading(at: world.now)
        if let wallClock = member.wallClock {
            let milliseconds = wallClock.milliseconds(at: world.now)
            member.replica?.step(.wallClock(milliseconds: milliseconds), now: time)
        }
        guard let effects = member.replica?.takeEffects(now: time) else { return }
        let view = member.replica?.consensus
        if let view { observer.noteDurable(of: member, view: view) }
        world.note(.turn, of: member.number)
        let isIdle = effects.areNone
        if member.pendingEnd == .withinTurn, !effects.disk.isEmpty || !effects.frames.isEmpty {
            return endWithin(effects, of: member)
        }
        carryOut(effects, of: member)
        if let stop = effects.stop { return stopped(member, reason: stop) }
        if let view { observe(member, view: view) }
        guard member.state == .running, let deadline = member.replica?.nextDeadline else { return }
        observer.judgeHaste(of: member, wasInVain: isIdle && deadline <= time)
        // A turn takes a moment, also where more could be done at once.
        let wait = member.clock.wait(nanoseconds: deadline.nanoseconds(since: time))
        let moment = world.now.advanced(byNanoseconds: max(wait, Self.turnNanoseconds))
        world.hastenTurn(of: member.number, to: moment)
    }

    private func observe(_ member: SimulatedMember, view: ConsensusView) {
        guard observer.observe(member, view: view) == .lossNoticed else { return }
        // What both of them had acknowledged, a third may not have yet.
        if world.pick(2) == 0, let leader = members.leader, leader !== member {
            crash(leader, fault: .leaderCrash)
        }
    }

    private static let turnNanoseconds: UInt64 = 20_000

    private func carryOut(_ effects: Effects, of member: SimulatedMember) {
        for batch in effects.disk { lanes.submit(batch, of: member) }
        if let snapshot = effects.snapshot {
            world.count(.snapshotTaken)
            world.tell(of: member, "takes a snapshot at \(snapshot.id.index.rawValue)")
            lanes.enqueue(.snapshot(snapshot), of: member)
        }
        for frame in effects.frames { network.send(frame, of: member) }
        for link in effects.linksToClose { network.close(link, of: member) }
        for address in effects.dials {
            world.schedule(
                .dial(member: member.number, life: member.life, address),
                after: world.random(20...400)
            )
        }
        if let replacement = effects.storeReplacement {
            world.count(.snapshotInstalled)
            world.tell(of: member, "has a new store, at \(replacement.index.rawValue)")
            clients.observeReplacement(at: member)
        }
        for entry in effects.applied { clients.observeApplied(entry, at: member) }
        for reply in effects.replies { clients.answer(reply, of: member) }
    }

    /// The process is killed when part of what a turn owes was done.
    private func endWithin(_ effects: Effects, of member: SimulatedMember) {
        world.strikes(.crashWithinTurn, member: member)
        if world.pick(2) == 0 {
            for batch in effects.disk { lanes.submit(batch, of: member) }
        }
        for frame in effects.frames.prefix(world.pick(effects.frames.count + 1)) {
            network.send(frame, of: member)
        }
        kill(member, power: world.pick(2) == 0 ? .off : .on)
        restart(member)
    }

    // MARK: The disk

    func logDone(_ member: SimulatedMember) { bear(lanes.logDone(member), at: member) }

    func backgroundDone(_ member: SimulatedMember) {
        bear(lanes.backgroundDone(member), at: member)
    }

    private func bear(_ consequence: DiskLanes.Consequence, at member: SimulatedMember) {
        switch consequence {
        case .none: break
        case .removal: observer.auditRemoval(of: member)
        case .processEnds:
            kill(member, power: .on)
            restart(member)
        case .machineStops:
            kill(member, power: .off)
            restart(member)
        }
    }
}

extension Effects {
    /// Whether the world owes the turn nothing.
    fileprivate var areNone: Bool {
        disk.isEmpty && frames.isEmpty && linksToClose.isEmpty && dials.isEmpty && replies.isEmpty
            && applied.isEmpty && storeReplacement == nil && snapshot == nil && notices.isEmpty
            && stop == nil
    }
}
