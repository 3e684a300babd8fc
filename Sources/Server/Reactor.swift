internal import API
internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Platform
internal import Replica
internal import Storage
internal import Transport
internal import Wire

/// The one thread that decides: it waits for sockets, the disk and the time, feeds what happened to
/// the replica as one batch, and carries out what that owes.
///
/// A turn goes: take in from every ready descriptor, step, take the effects once, send to the
/// peers, submit to the disk, answer, flush. Nothing in it blocks.
final class Reactor {
    /// Events that are none of the transport's, a listener's or a connection's.
    private enum Token {
        static let disk: UInt64 = 1
        static let snapshots: UInt64 = 2
        static let signals: UInt64 = 3
        static let background: UInt64 = 4
    }

    /// How often the free space of the disk is looked at.
    private static let surroundingsMilliseconds: UInt64 = 1000
    /// After so long an orderly end is no longer waited for: the member's own patience ends it
    /// before, within these bounds. Whoever runs a server grants it 20 seconds.
    private static let stopMilliseconds: ClosedRange<UInt64> = 3_000...15_000
    /// Rounds of questions and answers within one turn; what is left has the next turn.
    private static let roundCountMax = 8

    var poller: Poller
    var transport: PeerTransport
    var replica: Replica
    let disk: FileDisk
    let frontend: Frontend<ClientConversation>
    let snapshots: SnapshotWriters
    /// Signalled when the background has carried out what clients' calls left to it.
    private let backgroundWakeup: Wakeup
    /// Who tells who asks.
    let gate: Gatekeeper
    /// Nil where no outside issuer is believed.
    var outsideKeys: OutsideKeys?
    let startedAt: MonotonicTime
    let backups: RegularBackups?
    let wallSecondsAtStart: UInt64
    var observations = Observations()
    let log: OperatorLog
    var slowNanoseconds: UInt64
    /// Whom an operator was told to lead.
    var leaderTold: MemberID?
    /// Since when that one leads as far as this member knows, or nobody does.
    var leadershipSince: MonotonicTime
    let ownAddresses: OwnPeerAddresses
    var bulletin: Bulletin
    var supervision: Supervision
    /// Nil where there is nothing to be read anew.
    var reloading: ConfigurationReload?
    let tls: TLSSources
    /// The day, counted from 1970, on which certificates were looked at that end soon.
    var certificateDay: Int64 = 0
    /// Whether `ownAddresses` were held against what the cluster knows.
    var isPlaceChecked = false
    private let signals: SignalSource
    private var listeners: [Listener]
    private(set) var view: MemberView
    private var site: HTTPSite
    private var permissions = PermissionEpoch.initial
    /// Whose permissions clients were asked under last.
    private var accessSeen = AuthRevision.initial
    var inputs: [Input] = []
    /// What the replica was told of those who follow keys.
    private var audience = Store.Audience.somebody
    private var events: [Poller.Event] = []
    /// Whether the background has carried something out for clients' calls.
    private var isWorkDone = false
    /// Those of the turn that are of clients' connections.
    private var clientEvents: [Poller.Event] = []
    private var absence: LeaderAbsence
    private(set) var now: MonotonicTime
    private var dateSeconds: Int64 = 0
    private var surroundingsCheckAt: MonotonicTime
    /// When last looked at; 0 where the disk can't say.
    private(set) var diskFreeByteCount: UInt64 = 0
    private var stopBy: MonotonicTime?
    private var stopReason: StopReason?

    init(_ parts: consuming ReactorComponents) throws(SystemError) {
        now = Clock.monotonicNow()
        startedAt = now
        leadershipSince = now
        log = parts.log
        slowNanoseconds = parts.slowNanoseconds
        wallSecondsAtStart = UInt64(max(0, Clock.wallSeconds()))
        surroundingsCheckAt = now
        bulletin = Bulletin(startedAt: now)
        reloading = parts.reloading
        tls = parts.tls
        supervision = Supervision(parts.supervisor, startedAt: now)
        ownAddresses = parts.ownAddresses
        absence = parts.absence
        backups = parts.backups.map { RegularBackups($0) }
        disk = parts.disk
        signals = parts.signals
        listeners = parts.listeners
        frontend = parts.frontend
        snapshots = try SnapshotWriters()
        backgroundWakeup = try Wakeup(.polled)
        gate = parts.gate
        outsideKeys = parts.outsideTrust.map { OutsideKeys($0) }
        frontend.background.passwords.wakeup = backgroundWakeup
        view = parts.view
        site = parts.site
        poller = parts.poller
        transport = parts.transport
        replica = parts.replica
        try poller.add(disk.wakeup, token: Token.disk, interest: .readable)
        try poller.add(snapshots.wakeup, token: Token.snapshots, interest: .readable)
        try poller.add(backgroundWakeup, token: Token.background, interest: .readable)
        try poller.add(signals, token: Token.signals, interest: .readable)
    }

    /// Runs until the member ends itself or is told to.
    func run() throws(SystemError) -> StopReason {
        while stopReason == nil {
            try poller.wait(until: deadline, into: &events)
            now = Clock.monotonicNow()
            frontend.counters.turnCount += 1
            takeIn()
            // Leases count from when a request is proposed: not before it was sent.
            now = Clock.monotonicNow()
            settle()
            inform()
        }
        disk.stop()
        transport.stop()
        return stopReason ?? .orderly
    }

    var isStopping: Bool { stopBy != nil }
    var memberName: String { String(decoding: view.name, as: UTF8.self) }

    /// When the next turn is due without any event.
    private var deadline: MonotonicTime {
        var deadline = surroundingsCheckAt
        if !inputs.isEmpty { return now }
        for other in [
            replica.nextDeadline, frontend.nextDeadline, transport.nextDeadline, stopBy,
            absence.deadline, supervision.deadline, log.deadline,
            listeners.compactMap(\.pausedUntil).min(),
        ] {
            if let other { deadline = min(deadline, other) }
        }
        return deadline
    }

    /// What calls may look at; never kept while the replica steps.
    func context() -> ReadContext {
        view.term = replica.term.rawValue
        view.unixSeconds = gate.unixSeconds
        view.leadership = absence.look(hasLeader: replica.hasLeader, now: now)
        site = site.renewed(for: view)
        return ReadContext(
            keyspace: replica.keyspace,
            member: view,
            site: site,
            now: now,
            gate: gate,
            permissions: permissions
        )
    }

    // MARK: - Reloading

    /// Answers under these names and to these pages from now on, and forgets what was learned of
    /// requests before.
    func admit(hosts: [[UInt8]], origins: [[UInt8]]) {
        site = site.admitting(hosts: hosts, origins: origins, member: view)
        forgetWhoAsked()
    }

    /// Nothing that was learned of requests before holds any more.
    func forgetWhoAsked() { permissions = permissions.next }

    /// Has the member take an input with the turn's.
    func take(_ input: Input) { inputs.append(input) }

    // MARK: - Taking in

    private func takeIn() {
        renewDate()
        for event in events { take(event) }
        takeFromClients()
        transport.tick(now: now, into: &inputs)
        for listener in listeners { listener.resume(now: now, poller: poller) }
        if surroundingsCheckAt <= now { checkSurroundings() }
        supervision.renew(now: now)
        log.renew(now)
        if let stopBy, stopBy <= now { stopReason = .orderly }
    }

    /// Clients come after everything else: only a turn that has something of theirs lends the store.
    private func takeFromClients() {
        let isDue = frontend.nextDeadline.map { $0 <= now } ?? false
        guard isDue || isWorkDone || !clientEvents.isEmpty else { return }
        let context = context()
        if isWorkDone { frontend.takeWorked(context) }
        isWorkDone = false
        for event in clientEvents { frontend.handle(event, in: context) }
        clientEvents.removeAll(keepingCapacity: true)
        frontend.expire(context)
    }

    private func take(_ event: Poller.Event) {
        if PeerTransport.owns(event.token) {
            transport.handle(event, poller: poller, now: now, into: &inputs)
        } else if let index = Listener.index(of: event.token) {
            if index < listeners.count { accept(through: listeners[index]) }
        } else {
            switch event.token {
            case Token.disk:
                for completion in disk.takeCompletions() {
                    if completion.lane == .log, completion.syncNanoseconds > 0 {
                        observations.noteSync(nanoseconds: completion.syncNanoseconds)
                    }
                    inputs.append(.disk(completion))
                }
            case Token.snapshots:
                for written in snapshots.takeWritten() {
                    inputs.append(.snapshotWritten(written.id, byteCount: written.byteCount))
                    frontend.released.append(written.state)
                }
            case Token.background:
                backgroundWakeup.drain()
                isWorkDone = true
            case Token.signals: takeSignals()
            default: clientEvents.append(event)
            }
        }
    }

    private func accept(through listener: Listener) {
        for _ in 0..<Listener.acceptCountMax {
            switch listener.socket.accept() {
            case .none: return
            case .exhausted: return listener.pause(now: now, poller: poller)
            case .accepted(let socket):
                frontend.accept(
                    socket,
                    through: listener.door,
                    security: tls.security(of: listener.door),
                    poller: poller,
                    now: now
                )
            }
        }
    }

    private func takeSignals() {
        while let signal = signals.next() {
            if signal == .hangUp, mayReload {
                reload()
                continue
            }
            guard stopBy == nil else {
                stopReason = .orderly  // Told twice: at once.
                return
            }
            let bounds = Self.stopMilliseconds
            let patience = replica.shutdownMillisecondsMax
            stopBy = now.advanced(
                byMilliseconds: min(max(patience, bounds.lowerBound), bounds.upperBound)
            )
            listeners = []
            supervision.end(now: now)
            inputs.append(.stop)
        }
    }

    private func checkSurroundings() {
        surroundingsCheckAt = now.advanced(byMilliseconds: Self.surroundingsMilliseconds)
        inputs.append(.wallClock(milliseconds: Clock.wallMilliseconds()))
        lookAtBackups()
        lookAtCertificates()
        lookAtAudit()
        lookAtOutsideKeys()
        // A disk that can't say so has nothing free.
        diskFreeByteCount = 0
        do throws(SystemError) { diskFreeByteCount = try disk.freeByteCount() } catch {}
        inputs.append(.diskSpace(freeByteCount: diskFreeByteCount))
    }

    private func renewDate() {
        let seconds = Clock.wallSeconds()
        guard seconds != dateSeconds else { return }
        dateSeconds = seconds
        gate.unixSeconds = UInt64(max(0, seconds))
        frontend.date = HTTPDate(unixSeconds: UInt64(max(0, seconds)))
    }

    // MARK: - Settling

    /// Steps, carries out the effects, and again for what the answers asked in turn; then sends what
    /// is ready.
    private func settle() {
        for round in 1...Self.roundCountMax {
            inputs.append(contentsOf: frontend.inputs)
            frontend.inputs.removeAll(keepingCapacity: true)
            if frontend.audience != audience {
                audience = frontend.audience
                replica.step(.audience(audience), now: now)
            }
            for input in inputs { replica.step(input, now: now) }
            inputs.removeAll(keepingCapacity: true)
            let effects = replica.takeEffects(now: now)
            let context = context()
            carryOut(effects, in: context)
            let hasMore = !frontend.inputs.isEmpty || !inputs.isEmpty
            guard hasMore, round < Self.roundCountMax else {
                frontend.flush(context, poller: poller)
                frontend.released.shed()
                beginBackgroundWork()
                return endTurn()
            }
        }
    }

    private func beginBackgroundWork() {
        frontend.background.begin { work in
            let wakeup = backgroundWakeup
            disk.draw(
                work,
                next: { work in
                    work()
                    return nil
                },
                finished: { _ in wakeup.signal() }
            )
        }
    }

    private func carryOut(_ effects: borrowing Effects, in context: borrowing ReadContext) {
        transport.send(effects.frames)
        transport.close(effects.linksToClose, poller: poller)
        transport.flush(poller: poller, into: &inputs)
        transport.dial(effects.dials, poller: poller, now: now, into: &inputs)
        for batch in effects.disk {
            if batch.lane == .log { frontend.counters.logBatchCount += 1 }
            disk.submit(batch)
        }
        if let task = effects.snapshot { snapshots.draw(task, on: disk) }
        answer(effects, in: context)
        say(effects.notices)
        for observation in effects.observations { note(observation) }
        if let reason = effects.stop { stopReason = reason }
    }

    private func answer(_ effects: borrowing Effects, in context: borrowing ReadContext) {
        if let replacement = effects.storeReplacement { frontend.handle(replacement, in: context) }
        if frontend.wakes.awaitsChanges {
            for entry in effects.applied { frontend.handle(entry, in: context) }
        }
        frontend.noteStanding(in: context)
        if context.keyspace.accessRevision != accessSeen {
            accessSeen = context.keyspace.accessRevision
            permissions = permissions.next
            frontend.reconsider(in: context)
        }
        for reply in effects.replies { frontend.handle(reply, in: context) }
        frontend.handOutPasswords(in: context)
        guard !frontend.describing.isEmpty else { return }
        let isMeasured = frontend.describing.contains { $0.exchange?.subject.isMetrics == true }
        frontend.describe(report(isMeasured: isMeasured, now: now), in: context)
    }

    /// Tells those who count that everything that the turn had for clients is with the system.
    private func endTurn() {
        guard observations.awaitsEnd || frontend.counters.awaitsEnd else { return }
        let end = Clock.monotonicNow()
        observations.endTurn(nanoseconds: end.nanoseconds(since: now))
        let slow = frontend.counters.endTurn(end, slowNanoseconds: slowNanoseconds)
        if !slow.isEmpty { tell(slow) }
        observations.forgetTurn()
    }
}
