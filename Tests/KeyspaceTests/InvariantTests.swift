import Bytes
import Testing

@testable import Keyspace

/// Each rule is broken by hand in a state that is sound: a check that finds nothing wrong then
/// checks nothing.
@Suite("What is kept twice in the replicated state is compared")
struct InvariantTests {
    /// A state with something of everything: leases with and without keys, holders and waiters,
    /// kept answers, deleted and overwritten keys, compacted history.
    private func state() -> Keyspace {
        var machine = Machine()
        let minute: UInt64 = 60_000
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: minute))
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 2 * minute))
        for number in 0..<40 {
            machine.apply(.put("/a/\(number % 20)", value: "\(number)"), key: "key \(number)")
        }
        machine.apply(.put("/tied/1", lease: .lease(lease(1))))
        machine.apply(.put("/tied/2", lease: .own(timeToLiveMilliseconds: minute)))
        machine.apply(.delete("/a/3"))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)), mode: .shared))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(2)), mode: .shared))
        machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: minute)))
        machine.apply(.acquire(election("e"), ownership: .lease(lease(1)), value: "v"))
        for number in 0..<120 { machine.apply(.put("/often", value: "\(number)")) }
        machine.apply(.compact(revision(10)))
        return machine.keyspace
    }

    @Test func aSoundStateBreaksNone() { #expect(state().brokenRule == nil) }

    @Test("after each of many random commands, with leases that end and history that goes")
    func everyStateBreaksNone() {
        var machine = Machine()
        var generator = SplitMix64(seed: 9)
        for step in 0..<400 {
            let number = UInt64.random(in: 0..<8, using: &generator)
            let contest = number % 2 == 0 ? lock("\(number)") : election("\(number)")
            switch UInt64.random(in: 0..<9, using: &generator) {
            case 0: machine.apply(.grantLease(nil, timeToLiveMilliseconds: 1_000 + number * 500))
            case 1: machine.apply(.put("/a/\(number)", lease: .own(timeToLiveMilliseconds: 1_500)))
            case 2: machine.apply(.put("/a/\(number)/b"), key: "\(step)")
            case 3: machine.apply(number == 0 ? .deleteSubtree("/a") : .delete("/a"))
            case 4: machine.apply(.delete("/a/\(number)"))
            case 5:
                let mode: LockRequest.Mode = contest.kind == .lock ? .shared : .exclusive
                let ownership = LockRequest.Ownership.own(timeToLiveMilliseconds: 2_000)
                machine.apply(.acquire(contest, ownership: ownership, mode: mode))
            case 6:
                machine.apply(
                    .acquire(contest, ownership: .own(timeToLiveMilliseconds: 1_000 + number))
                )
            case 7: machine.apply(.release(contest, .everyHolder))
            default: machine.apply(.compact(revision(machine.keyspace.store.revision.rawValue / 2)))
            }
            machine.time += number * 50
            #expect(machine.keyspace.brokenRule == nil, "after step \(step)")
        }
    }

    @Test("leases")
    func leases() {
        expect(.endsNameLeases) { $0.leases.ends.removeFirst() }
        expect(.endsNameLeases) { keyspace in
            let end = keyspace.leases.ends.removeFirst()?.key.id ?? lease(0)
            keyspace.leases.ends.insert((), for: .init(deadline: .zero, id: end))
        }
        expect(.leaseHashIsSum) { $0.leases.hash.add(StableHash(seed: 1)) }
        expect(.attachmentsHaveLeases) {
            $0.leases.attachments.insert((), for: .init(lease: lease(999), key: path("/a/1")))
        }
        expect(.attachmentsNameKeys) {
            $0.leases.attachments.insert((), for: .init(lease: lease(1), key: path("/a/1")))
        }
        expect(.attachmentsNameKeys) { $0.leases.attachments.removeFirst() }
        expect(.lifeIsInRange) { keyspace in
            guard let old = keyspace.leases[lease(1)] else { return }
            let brief = Lease(timeToLiveMilliseconds: 1, origin: .client, deadline: old.deadline)
            keyspace.leases.leases.insert(brief, for: lease(1))
        }
        expect(.deadlineIsWithinLife) {
            $0.leases.restart(lease(1), at: $0.clock.advanced(byMilliseconds: 1))
        }
        expect(.placeLeaseHasPlace) { keyspace in
            let deadline = keyspace.clock.advanced(byMilliseconds: 5_000)
            keyspace.leases.insert(
                Lease(timeToLiveMilliseconds: 5_000, origin: .place, deadline: deadline),
                for: lease(keyspace.appliedIndex)
            )
        }
        expect(.leaseIDsAreShort) { keyspace in
            keyspace.leases.insert(
                Lease(timeToLiveMilliseconds: 1_000, origin: .client, deadline: keyspace.clock),
                for: lease(1 << 63)
            )
        }
    }

    @Test("locks and elections")
    func contests() {
        expect(.contestsAreContended) { $0.contests.queues.insert(.init(), for: lock("nobody's")) }
        expect(.exclusiveHoldsAlone) { keyspace in
            let holder = Participant(holding: lease(1))
            _ = keyspace.contests.queues.update(lock("l")) {
                $0.holders.insert(holder, for: FencingToken(rawValue: 999))
            }
        }
        expect(.grantableIsFirst) { $0.contests.grantable.insert((), for: lock("l")) }
        expect(.standingsNameContenders) { $0.contests.standings.removeFirst() }
        expect(.standingsNameContenders) {
            $0.contests.standings.insert(
                .waiting(Turn(priority: 0, arrival: 1)),
                for: .init(lease: lease(999), contest: lock("l"))
            )
        }
        expect(.contendersAreCounted) { $0.contests.holderCount += 1 }
        expect(.contendersAreCounted) { $0.contests.waiterCount -= 1 }
        expect(.contendersAreCounted) { $0.contests.byteCount += 1 }
        expect(.contestHashIsSum) { $0.contests.hash.add(StableHash(seed: 1)) }
        // Entry 5 granted no lease.
        expect(.contendersHaveLeases) { $0.enqueue(lease(5), in: lock("m"), arrival: 6) }
        expect(.arrivalsArePast) { $0.enqueue(lease(5), in: lock("m"), arrival: 999) }
        expect(.electionsAreExclusive) {
            $0.enqueue(lease(2), in: election("e"), arrival: 999, mode: .shared)
        }
        expect(.tokensWereGiven) { keyspace in
            keyspace.contests.addHolder(
                Participant(holding: lease(2)),
                in: lock("m"),
                token: FencingToken(rawValue: 999)
            )
        }
        expect(.tokensDiffer) { keyspace in
            guard let token = keyspace.contests[lock("l")]?.holders.first?.key else { return }
            let holder = Participant(holding: lease(2))
            keyspace.contests.addHolder(holder, in: lock("m"), token: token)
        }
        expect(.arrivalsDiffer) { keyspace in
            guard let turn = keyspace.contests[lock("l")]?.waiters.first?.key else { return }
            keyspace.enqueue(lease(2), in: election("e"), arrival: turn.arrival)
        }
        expect(.contestNamesAreValid) { $0.enqueue(lease(2), in: lock("a//b"), arrival: 6) }
        expect(.wordsOfContendersAreBounded) { keyspace in
            let long = [UInt8](repeating: 0, count: LockRequest.ownerByteCountMax + 1)
            keyspace.enqueue(lease(2), in: lock("m"), arrival: 6, owner: long)
        }
        expect(.contendersAreBounded) { $0.contests.byteCount += ContestTable.byteCountMax }
        expect(.holdersHaveRecords) { keyspace in
            keyspace.store.begin(at: keyspace.clock)
            keyspace.store.delete(lock("l").recordKey(of: lease(1)))
            _ = keyspace.store.commit()
        }
    }

    @Test("kept answers")
    func answers() {
        expect(.arrivalsNameAnswers) { $0.answers.arrivals.removeFirst() }
        expect(.arrivalsNameAnswers) { keyspace in
            guard let first = keyspace.answers.arrivals.removeFirst() else { return }
            keyspace.answers.arrivals.insert(first.value, for: 999)
        }
        expect(.answersAreBounded) { $0.answers.byteCount += IdempotencyTable.byteCountMax }
        expect(.answersAreInOrder) { keyspace in
            guard let key = keyspace.answers.arrivals.first?.value,
                let old = keyspace.answers.entries[key]
            else { return }
            let late = IdempotencyTable.Entry(
                index: old.index,
                time: old.time.advanced(byMilliseconds: 1),
                fingerprint: old.fingerprint,
                answer: old.answer
            )
            keyspace.answers.entries.insert(late, for: key)
        }
        expect(.answersArePast) { $0.keep("late", at: 999) }
        expect(.stampsAreWellFormed) { $0.keep("", at: $0.appliedIndex) }
        expect(.answersAreCounted) { $0.answers.byteCount -= 1 }
        expect(.answerHashIsSum) { $0.answers.hash.add(StableHash(seed: 1)) }
    }

    @Test("the store and its history")
    func store() {
        expect(.changeSetIsClosed) { $0.store.begin(at: $0.clock) }
        expect(.revisionsAreOrdered) { $0.store.compactRevision = $0.store.revision.next }
        expect(.revisionsAreOrdered) { $0.store.revision = $0.store.revision.next }
        expect(.treesAreSorted) { keyspace in
            let records = keyspace.store.records
            keyspace.store.records = KeyTree(root: records.root, count: records.count + 1)
        }
        expect(.keysAreCounted) { $0.store.keyCount += 1 }
        expect(.keysAreCounted) { $0.store.byteCount -= 1 }
        expect(.childrenAreCounted) { keyspace in
            keyspace.store.directories.mutateExisting(DirectoryKey.key(of: path("/a"))) {
                $0.childCount += 1
            }
        }
        expect(.versionsFall) { keyspace in
            keyspace.store.records.mutateExisting(bytes("/a/19")) {
                $0.current.modRevision = revision(1)
                $0.current.createRevision = revision(1)
            }
        }
        expect(.itemHashIsSum) { $0.store.items.add(StableHash(seed: 1)) }
        expect(.itemHashIsSum) { keyspace in
            keyspace.store.records.mutateExisting(bytes("/a/1")) { $0.current.value = bytes("99") }
        }
        expect(.archiveIsSuperseded) { keyspace in
            _ = keyspace.store.archive.removeFirst(key: bytes("/a/0"))
        }
        expect(.archiveIsSuperseded) { keyspace in
            _ = keyspace.store.archive.append(
                .deletion(at: revision(1)),
                behind: .none,
                isSkipTarget: false
            )
        }
        expect(.keysAreBounded) { keyspace in
            let key = [UInt8](repeating: 1, count: Key.byteCountMax + 1)
            keyspace.store.records.mutate(key, initial: .absent) { _ in }
        }
        expect(.keysHaveVersions) { keyspace in
            keyspace.store.records.mutate(bytes("/new"), initial: .absent) { _ in }
        }
        expect(.eventBytesAreCounted) { $0.store.log.heldByteCount += 1 }
    }

    @Test("versions of a key")
    func versions() {
        expect(.versionsArePast, in: "/a/1") { $0.current.modRevision = revision(9_999) }
        expect(.createPrecedesChange, in: "/a/1") {
            $0.current.createRevision = $0.current.modRevision.next
        }
        expect(.createPrecedesChange, in: "/a/1") { $0.current.createRevision = .zero }
        expect(.valuesAreBounded, in: "/a/1") {
            let limit = ClusterSettings.valueByteCountLimit
            $0.current.value = [UInt8](repeating: 0, count: limit + 1)
        }
        expect(.notesAreBounded, in: "/a/1") {
            let note = [UInt8](repeating: 0, count: Request.noteByteCountMax + 1)
            var head = $0.current.head
            head.noteByteCount = note.count
            $0.current = Version(head, value: $0.current.value, note: note)
        }
        expect(.authorsAreKnown, in: "/a/1") {
            $0.current.change { $0.author = AuthorID(rawValue: 1) }
        }
        expect(.deletionsAreBare, in: "/a/3") { $0.current.change { $0.lease = 1 } }
        expect(.versionsCountOn, in: "/a/19") { $0.current.change { $0.version += 1 } }
        expect(.versionsCountOn, in: "/a/19") { $0.current.createRevision = $0.current.modRevision }
        expect(.skipPointersAreKnown, in: "/often") { $0.past.removeFirstSkipPointer() }
        expect(.eventsHaveVersions, in: "/a/1") {
            $0.current = .deletion(at: $0.current.modRevision)
        }
        expect(.tombstonesAreDue) {
            $0.store.firstEvent = EventID(revision: $0.store.revision, sub: 0)
        }
    }

    @Test("directories")
    func directories() {
        expect(.directoriesHaveCause) { keyspace in
            let key = DirectoryKey.key(of: path("/x/y"))
            keyspace.store.directories.mutate(key, initial: Directory()) { _ in }
        }
        expect(.directoriesArePaths) { keyspace in
            let key = DirectoryKey.key(of: path("no/path"))
            keyspace.store.directories.mutate(key, initial: Directory()) { $0.sequence = 1 }
        }
        expect(.directoriesArePast) { keyspace in
            keyspace.store.directories.mutateExisting(DirectoryKey.key(of: path("/a"))) {
                $0.lastChildChange = revision(9_999)
            }
        }
        expect(.childVersionCounts) { keyspace in
            keyspace.store.directories.mutateExisting(DirectoryKey.key(of: path("/a"))) {
                $0.childVersion = 1
            }
        }
    }

    @Test("events of the log")
    func events() {
        expect(.eventsRise) { $0.store.log.pieces.append($0.store.log.pieces[0]) }
        expect(.eventsAreGapless) {
            $0.store.log.heldByteCount -= $0.store.log.pieces.remove(at: 1).heldByteCount
        }
        expect(.eventTimesRise) { $0.store.log.pieces[1].firstTime = .zero }
        expect(.forgottenEventsAreGone) {
            $0.store.firstEvent = EventID(revision: revision(11), sub: 0)
        }
        expect(.clockIsNewest) { $0.clock = .zero }
        expect(.settingsAreInRange) { $0.settings.historyRevisionCount = 1 }
        expect(.unsetIsDefault) { $0.settings.transactionOperationCountMax = 7 }
        expect(.featureLevelIsInRange) { $0.featureLevel.number = 0 }
    }

    /// Breaks the record of one key.
    private func expect(
        _ rule: KeyspaceRule,
        in key: String,
        when breaking: (inout VersionedRecord) -> Void,
        at location: SourceLocation = #_sourceLocation
    ) {
        expect(rule, when: { $0.store.records.mutateExisting(bytes(key), breaking) }, at: location)
    }

    /// Breaks a sound state, and asks for the first rule that it breaks.
    private func expect(
        _ rule: KeyspaceRule,
        when breaking: (inout Keyspace) -> Void,
        at location: SourceLocation = #_sourceLocation
    ) {
        var keyspace = state()
        breaking(&keyspace)
        #expect(keyspace.brokenRule == rule, sourceLocation: location)
    }
}

extension Keyspace {
    fileprivate mutating func enqueue(
        _ lease: LeaseID,
        in contest: Contest,
        arrival: UInt64,
        mode: LockRequest.Mode = .exclusive,
        owner: [UInt8] = []
    ) {
        let waiter = Participant(holding: lease, mode: mode, owner: owner)
        contests.enqueue(waiter, in: contest, turn: waiter.turn(arrival: arrival))
    }

    /// Keeps an answer as if the entry at `index` had been the request.
    fileprivate mutating func keep(_ key: String, at index: UInt64) {
        answers.insert(
            Answer(outcome: .nothing, source: .applied, revision: store.revision),
            for: IdempotencyStamp(key: bytes(key), fingerprint: [UInt8](repeating: 0, count: 32)),
            index: index,
            time: clock
        )
    }
}

extension Participant {
    /// Somebody of whom nothing is known but the lease.
    fileprivate init(
        holding lease: LeaseID,
        mode: LockRequest.Mode = .exclusive,
        owner: [UInt8] = []
    ) {
        self.init(lease: lease, mode: mode, owner: owner, value: [], info: [], since: .unknown)
    }
}
