package import Bytes
package import Keyspace

/// What must have come of the commands that members committed, found from the commands alone: why
/// each key went, and when, by whom and with what note each version was written.
///
/// It keeps leases and the wall clock's offset itself, entry by entry. Where it lacks an entry it
/// forgets what it cannot know any more, and judges nothing by that.
package struct CommandReplay: Sendable {
    private struct Committed: Sendable {
        let index: UInt64
        let time: ClusterTime
        let effect: CommandEffect
    }

    private struct Applied: Sendable {
        let index: UInt64
        let source: Source
        let event: Change
    }

    /// How a change became known.
    package enum Source: UInt8, Hashable, Sendable {
        /// With the entry that made it.
        case entry = 0
        /// From history, with a later entry or that one: nothing is judged by it.
        case history = 1
    }

    /// A change of a key, without its value.
    private struct Change: Sendable {
        let revision: UInt64
        let key: Key
        let kind: Kind

        enum Kind: Sendable {
            case put(Provenance, version: UInt64)
            case delete(DeleteCause, lease: LeaseID?)
        }
    }

    /// How many deletions had a cause that could have been found wrong.
    package private(set) var deletionCount = 0
    /// How many versions had a time that could have been found wrong.
    package private(set) var timeCount = 0
    /// How many versions had an author and a note that could have been found wrong.
    package private(set) var signatureCount = 0
    private var committed: [Committed] = []
    private var applied: [Applied] = []
    /// By the place of the change in the timeline; nil for a deletion.
    private var provenances: [Provenance?] = []

    /// Nothing was committed.
    package init() {}

    /// An entry is committed; any order will do.
    ///
    /// - Parameter request: nil for an entry without a command.
    package mutating func committed(index: UInt64, time: ClusterTime, request: Request?) {
        committed.append(Committed(index: index, time: time, effect: CommandEffect(request)))
    }

    /// A member was the first to show the change, which has the next place in the timeline.
    ///
    /// - Parameter index: of the entry with which it became known.
    package mutating func applied(_ event: Event, at index: UInt64, from source: Source) {
        let kind: Change.Kind
        switch event.change {
        case .put(let record):
            provenances.append(record.provenance)
            kind = .put(record.provenance, version: record.version)
        case .delete(_, let cause):
            provenances.append(nil)
            kind = .delete(cause, lease: event.previous?.lease)
        }
        let change = Change(revision: event.id.revision.rawValue, key: event.key, kind: kind)
        applied.append(Applied(index: index, source: source, event: change))
    }

    /// Somebody shows the change at that place of the timeline again; returns what is wrong with
    /// it, if anything.
    package func shown(_ event: Event, at place: Int) -> Finding? {
        guard place < provenances.count, case .put(let record) = event.change,
            provenances[place] != record.provenance
        else { return nil }
        return .versionsDiffer(revision: event.id.revision.rawValue)
    }

    /// What is wrong with all that was shown.
    ///
    /// - Complexity: O(*n* log *n*)
    package mutating func check() -> [Finding] {
        let entries = committed.sorted { $0.index < $1.index }
        let changes = applied.sorted { $0.index < $1.index }
        var findings: [Finding] = []
        var model = Model()
        var next = 0
        for entry in entries where model.follows(entry.index, at: entry.time) {
            while next < changes.count, changes[next].index <= entry.index {
                let change = changes[next]
                next += 1
                guard change.index == entry.index, change.source == .entry else {
                    model.forget(change.event.key)
                    continue
                }
                if let finding = judge(change.event, of: entry.effect, model: &model) {
                    findings.append(finding)
                }
            }
            model.carryOut(entry.effect, at: entry.index)
        }
        return findings
    }

    private mutating func judge(
        _ change: Change,
        of effect: CommandEffect,
        model: inout Model
    ) -> Finding? {
        switch change.kind {
        case .put(let provenance, let version):
            let time = model.judge(provenance, of: change.key, version: version)
            let signature = effect.judge(provenance, of: change.key)
            if time != .unknown { timeCount += 1 }
            if signature != .unknown { signatureCount += 1 }
            let isWrong = time == .wrong || signature == .wrong
            return isWrong ? .wrongProvenance(revision: change.revision) : nil
        case .delete(let cause, let lease):
            let verdict = model.judge(cause, of: change.key, lease: lease, by: effect)
            if verdict != .unknown { deletionCount += 1 }
            return verdict == .wrong ? .wrongCause(revision: change.revision) : nil
        }
    }
}

/// What is known of something that was shown.
private enum Verdict: Sendable {
    case right
    case wrong
    /// The commands that are known leave it open.
    case unknown
}

// MARK: - What commands do

/// What a request does to leases, times and keys, as far as anything is judged by it.
private struct CommandEffect: Sendable {
    enum Act: Sendable {
        case nothing
        case grant(LeaseID?, timeToLiveMilliseconds: UInt64)
        case keepAlive([LeaseID])
        /// Whether it keeps them alive is for rights to say.
        case mayKeepAlive([LeaseID])
        case revoke(LeaseID)
        case delete([KeyRange])
        case setWallClock(offsetMilliseconds: Int64)
        /// From here on, holds of that election may end before their leases do.
        case bound(records: Key)
        /// From here on, what nobody asks for is refused, or is not any more.
        case control(AccessChange)
    }

    /// Whether it certainly is carried out.
    enum Certainty: Sendable {
        case certain
        /// A fence or an earlier request with the same idempotency key may prevent it.
        case conditional
    }

    let act: Act
    let certainty: Certainty
    /// Nobody asks, or somebody without a role.
    let isNobodys: Bool
    let author: [UInt8]
    let note: [UInt8]

    init(_ request: Request?) {
        author = request?.caller.author ?? []
        note = request?.note ?? []
        isNobodys =
            switch request?.caller {
            case .nobody, .outside(_, roles: []): true
            case .outside, .user, .member, nil: false
            }
        let isCertain = request.map { $0.fences.isEmpty && $0.idempotency == nil } ?? true
        certainty = isCertain ? .certain : .conditional
        act =
            switch request?.command {
            case .grantLease(let id, let milliseconds):
                .grant(id, timeToLiveMilliseconds: milliseconds)
            case .keepAlive(let leases):
                request?.caller.isUser ?? false ? .mayKeepAlive(leases) : .keepAlive(leases)
            case .revokeLease(let lease): .revoke(lease)
            case .delete(let range, _): .delete([range])
            case .transaction(let transaction): .delete(transaction.deletedRanges)
            case .writeTree(let write): .delete([.subtree(write.root)])
            case .abandon(let contest, _, _), .release(let contest, _):
                .delete([.subtree(contest.recordsKey)])
            case .setWallClock(let offset): .setWallClock(offsetMilliseconds: offset)
            case .changeAccess(let change): .control(change)
            case nil, .put, .createChild, .acquire, .proclaim, .compact, .changeSettings,
                .orderMembers, .raiseFeatureLevel, .holdFeatureLevel, .changeQuota, .changeGuard,
                .count, .queue, .barrier:
                .nothing
            case .handOver(let election, _, _, _):
                .bound(records: Contest(kind: .election, name: election).recordsKey)
            }
    }

    /// Whose version it is, and why it was written.
    func judge(_ provenance: Provenance, of key: Key) -> Verdict {
        // A grant's record may be written long after it was asked for, by anybody's entry.
        guard !key.isReserved else { return .unknown }
        return provenance.author == author && provenance.note == note ? .right : .wrong
    }

    func mayDelete(_ key: Key) -> Bool {
        guard case .delete(let ranges) = act else { return false }
        return ranges.contains { $0.saysItHas(key) }
    }
}

extension Caller {
    fileprivate var isUser: Bool { if case .user = self { true } else { false } }
}

extension Transaction {
    /// What either branch deletes, nested ones included.
    fileprivate var deletedRanges: [KeyRange] {
        (then + otherwise).flatMap { operation -> [KeyRange] in
            switch operation {
            case .delete(let range, _): [range]
            case .transaction(let nested): nested.deletedRanges
            case .put, .get: []
            }
        }
    }
}

// MARK: - What they lead to

/// Leases and the wall clock before an entry.
private struct Model {
    enum WallClock {
        case unknown
        case none
        case ahead(milliseconds: Int64)
    }

    struct Lease {
        let timeToLiveMilliseconds: UInt64
        var deadline: ClusterTime
    }

    /// nil before the first entry.
    private var index: UInt64?
    private var clock = ClusterTime.zero
    private var isControlled = false
    private var wallClock = WallClock.none
    /// Those that were granted by name or index; the leases of places are not known.
    private var leases: [LeaseID: Lease] = [:]
    /// Whether every lease that a client may have is among them.
    private var isWhole = true
    private var created: [Key: WallTime] = [:]
    /// Where the records of elections lie whose leaders handed over.
    private var boundRecords: Set<Key> = []

    /// Goes on to an entry; false for one that was there already.
    mutating func follows(_ next: UInt64, at time: ClusterTime) -> Bool {
        guard index.map({ $0 < next }) ?? true else { return false }
        if next != (index ?? 0) + 1 {
            wallClock = .unknown
            leases = [:]
            isWhole = false
            created = [:]
        }
        index = next
        clock = max(clock, time)
        return true
    }

    /// The key was changed, nobody knows how.
    mutating func forget(_ key: Key) { created[key] = nil }

    mutating func carryOut(_ effect: CommandEffect, at index: UInt64) {
        if isControlled, effect.isNobodys { return }
        switch effect.act {
        case .nothing, .delete: break
        case .bound(let records): boundRecords.insert(records)
        case .control(.enable): isControlled = true
        case .control(.disable): isControlled = false
        case .control: break
        case .grant(let chosen, let milliseconds):
            let id = chosen ?? LeaseID(rawValue: index)
            guard effect.certainty == .certain, isWhole || chosen == nil else {
                leases[id] = nil
                return
            }
            if hasEnded(id) == false { return }
            leases[id] = Lease(
                timeToLiveMilliseconds: milliseconds,
                deadline: clock.advanced(byMilliseconds: milliseconds)
            )
        case .keepAlive(let ids):
            for id in ids where hasEnded(id) == false {
                guard let lease = leases[id] else { continue }
                leases[id]?.deadline = clock.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
            }
        case .mayKeepAlive(let ids): for id in ids { leases[id] = nil }
        case .revoke(let id): if hasEnded(id) == false { leases[id] = nil }
        case .setWallClock(let offset): wallClock = .ahead(milliseconds: offset)
        }
    }

    /// Whether the lease's time has come; nil where that is not known.
    private func hasEnded(_ id: LeaseID) -> Bool? { leases[id].map { clock > $0.deadline } }

    /// What the leader's wall clock shows; nil where that is not known.
    private var wallTime: WallTime? {
        switch wallClock {
        case .unknown: return nil
        case .none: return WallTime.unknown
        case .ahead(let milliseconds):
            let shown = max(Int64(clock.rawValue) + milliseconds, 0)
            return WallTime(rawValue: UInt64(shown))
        }
    }

    func judge(_ cause: DeleteCause, of key: Key, lease: LeaseID?, by effect: CommandEffect)
        -> Verdict
    {
        let isOver = lease.flatMap { hasEnded($0) }
        switch cause {
        case .deleted: return effect.mayDelete(key) && isOver != true ? .right : .wrong
        case .expired:
            guard lease != nil else { return .wrong }
            if isOver != true, boundRecords.contains(where: { KeyRange.subtree($0).saysItHas(key) })
            {
                return .unknown
            }
            return isOver.map { $0 ? .right : .wrong } ?? .unknown
        case .revoked:
            guard case .revoke(let revoked) = effect.act else { return .wrong }
            return revoked == lease && isOver != true ? .right : .wrong
        }
    }

    /// When a version was written, and when its key came into being.
    mutating func judge(_ provenance: Provenance, of key: Key, version: UInt64) -> Verdict {
        if version == 1 { created[key] = provenance.modified }
        let (modified, born) = (wallTime, created[key])
        guard provenance.modified == modified ?? provenance.modified,
            provenance.created == born ?? provenance.created
        else { return .wrong }
        return modified == nil ? .unknown : .right
    }
}
