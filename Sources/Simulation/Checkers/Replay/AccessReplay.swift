package import Bytes
package import Keyspace

/// What users may have done and had to be allowed, found from the commands that members committed,
/// in their order, and nothing else.
///
/// Where an entry is missing it goes on from what a member shows to be in force after a later one.
package struct AccessReplay: Sendable {
    /// What a request touches.
    package enum Want: Hashable, Sendable {
        case write(Key)
        /// One of the users' keys, or what lies at and below one.
        case read(KeyRange)
        case lock([UInt8])
        /// To keep the lease alive.
        case lease(LeaseID)
        /// To tie to the lease what else is wanted; alone, to end it.
        case change(LeaseID)
        /// To give back what the lease holds of the lock.
        case leaving(LeaseID)

        /// Whether rules say who may.
        var isRight: Bool {
            switch self {
            case .write, .read, .lock: true
            case .lease, .change, .leaving: false
            }
        }
    }

    /// What its client was told.
    package enum Told: UInt8, Hashable, Sendable {
        case done = 0
        /// It may not, or is not who it was.
        case refused = 1
        /// The lease that it names is not kept alive, or not its to use.
        case notKept = 2
        /// A refusal that has nothing to do with rights.
        case other = 3
    }

    /// A user's look at a member's state, or the next piece of what it follows there.
    package struct Look: Hashable, Sendable {
        /// Whether it goes on when its right does.
        package enum Kind: UInt8, Hashable, Sendable {
            case read = 0
            case watch = 1
        }

        let kind: Kind
        let user: AccessName
        /// As of which it was proven who it is.
        let proven: UInt64
        let want: Want

        package init(_ kind: Kind, at want: Want, by user: AccessName, proven: UInt64) {
            self.kind = kind
            self.user = user
            self.proven = proven
            self.want = want
        }
    }

    private struct Committed: Sendable {
        let index: UInt64
        let time: ClusterTime
        let act: AccessAct
    }

    private enum Shown: Sendable {
        case change
        /// The waiter got the lock.
        case grant(UInt64)
        /// The waiter of that lease was turned away.
        case denial(LeaseID)
        /// With what is in force after the entry; whether it was shown what it wanted.
        case look(Look, Told)
    }

    /// How many requests were held against their callers' rights.
    package private(set) var decisionCount = 0
    /// How many of them were uses of a lease that had to come to something.
    package private(set) var leaseDecisionCount = 0
    /// How many grants to those who have not every right, and denials of waiters, were.
    package private(set) var grantCount = 0
    /// How many reads and pieces of watches were.
    package private(set) var lookCount = 0
    private var wants: [UInt64: [Want]] = [:]
    private var told: [UInt64: Told] = [:]
    /// Those who asked for the lock and were told that they hold it.
    private var winners: Set<UInt64> = []
    private var committed: [Committed] = []
    private var shown: [UInt64: [Shown]] = [:]
    /// What was in force after an entry, by index.
    private var states: [UInt64: AccessControl] = [:]
    private var lastState: UInt64 = 0
    /// A state of so many entries is enough.
    private static let stateInterval: UInt64 = 16

    /// Nothing was asked for.
    package init() {}

    // MARK: What is known

    /// A user asks for something, under a number of its own.
    package mutating func asked(_ number: UInt64, wants: [Want]) { self.wants[number] = wants }

    /// What the client of that request was told.
    package mutating func told(_ number: UInt64, as told: Told) { self.told[number] = told }

    /// The client of that request was told that it holds the lock.
    package mutating func won(_ number: UInt64) { winners.insert(number) }

    /// The note of a request that has no value to know it by.
    package static func note(of number: UInt64) -> [UInt8] {
        Array("\(notePrefix)\(number)".utf8)
    }

    static let notePrefix = "asks "

    /// The owner's name in a request for a lock, by which it is known.
    package static func owner(of number: UInt64) -> [UInt8] { KeySpaces.encode(number) }

    /// An entry is committed; any order will do.
    package mutating func committed(index: UInt64, time: ClusterTime, request: Request?) {
        committed.append(
            Committed(index: index, time: time, act: AccessAct(request, at: index))
        )
    }

    /// A member showed what is in force after the entry.
    package mutating func stands(_ access: AccessControl, at index: UInt64) {
        guard index >= lastState + Self.stateInterval else { return }
        lastState = index
        states[index] = access
    }

    /// A member showed a change of a user's key with that entry.
    package mutating func changed(at index: UInt64) { shown[index, default: []].append(.change) }

    /// A member granted the lock to whoever asked under that number.
    package mutating func granted(_ number: UInt64, at index: UInt64) {
        shown[index, default: []].append(.grant(number))
    }

    /// A member turned away the waiter of that lease.
    package mutating func turnedAway(_ lease: LeaseID, at index: UInt64) {
        shown[index, default: []].append(.denial(lease))
    }

    /// A user looked at the state of a member that had applied that entry as the last.
    package mutating func looked(_ look: Look, at index: UInt64, told: Told) {
        shown[index, default: []].append(.look(look, told))
    }

    // MARK: What follows

    /// What is wrong with all of it, where the cluster began with nothing.
    ///
    /// An entry's grants come before its command, as is documented: first what the time ends, with
    /// the grants that follow, and then the command, of which only what gives a lock up leads to
    /// more. So they are held against the rights of before; what is looked at after an entry is held
    /// against those of after it.
    ///
    /// - Complexity: O(*n* log *n*)
    package mutating func check() -> [Finding] {
        var findings: [Finding] = []
        var known: AccessModel? = AccessModel()
        var askers = Askers()
        var last: UInt64 = 0
        for entry in committed.sorted(by: { $0.index < $1.index }) where entry.index > last {
            if entry.index != last + 1 {
                known = nil
                askers.areWhole = false
            }
            last = entry.index
            if case .ask(let ask) = entry.act { askers.note(ask) }
            if var model = known {
                model.pass(to: entry.time)
                findings += judgeGrants(at: entry.index, of: askers, by: model)
                findings += judge(entry, by: &model)
                findings += judgeLooks(at: entry.index, by: model)
                known = model
            } else if let state = states[entry.index] {
                known = AccessModel(state)
            }
        }
        return findings
    }

    private mutating func judge(_ entry: Committed, by model: inout AccessModel) -> [Finding] {
        switch entry.act {
        case .change(let change): model.take(change)
        case .ask(let ask):
            guard case .user(let name, let proven) = ask.caller else { break }
            let verdict = model.judge(
                name,
                proven: proven,
                wants: wants[ask.number] ?? [],
                answer: winners.contains(ask.number) ? .granted : .another
            )
            if let grant = ask.grant, case .allowed = verdict { model.grant(grant, to: name) }
            return judge(ask.number, verdict: verdict, at: entry.index)
        case .nothing: break
        }
        return []
    }

    private mutating func judge(
        _ number: UInt64,
        verdict: AccessModel.Verdict,
        at index: UInt64
    ) -> [Finding] {
        decisionCount += 1
        let hasChanged =
            shown[index]?.contains { if case .change = $0 { true } else { false } } ?? false
        switch (verdict, told[number]) {
        case (.refused, let told):
            let isCarriedOut = told == .done || told == .notKept || hasChanged
            return isCarriedOut ? [.carriedOutWithoutRight(index: index)] : []
        case (.allowed, .refused): return [.rightRefused(index: index)]
        case (.allowed, _): return []
        case (.lease(let verdict), let told):
            if verdict != .open { leaseDecisionCount += 1 }
            return judge(number, lease: verdict, isUsed: told == .done || hasChanged, at: index)
        }
    }

    private func judge(
        _ number: UInt64,
        lease verdict: LeaseModel.Verdict,
        isUsed: Bool,
        at index: UInt64
    ) -> [Finding] {
        switch (verdict, told[number]) {
        case (.open, _): return []
        case (_, .refused), (.granted, .notKept): return [.rightRefused(index: index)]
        case (.granted, _): return []
        case (.withoutRight, _): return isUsed ? [.leaseKeptWithoutRight(index: index)] : []
        case (.over, _): return isUsed ? [.endedLeaseUsed(index: index)] : []
        case (.strangers, _):
            guard isUsed else { return [] }
            let isChange = wants[number]?.contains {
                if case .change = $0 { true } else { false }
            }
            return isChange ?? false
                ? [.strangerTiedToLease(index: index)] : [.strangerKeptLease(index: index)]
        }
    }

    private mutating func judgeGrants(
        at index: UInt64,
        of askers: Askers,
        by model: AccessModel
    ) -> [Finding] {
        var findings: [Finding] = []
        for shown in shown[index] ?? [] {
            switch shown {
            case .change, .look: break
            case .grant(let number):
                guard let caller = askers.callers[number], !caller.isCrowd else { continue }
                grantCount += 1
                if !model.admits(caller, wants: wants[number] ?? []) {
                    findings.append(.grantedWithoutRight(index: index))
                }
            case .denial(let lease):
                let numbers = askers.numbers[lease] ?? []
                guard askers.areWhole || !numbers.isEmpty else { continue }
                grantCount += 1
                let isRight = numbers.contains { number in
                    guard let caller = askers.callers[number] else { return false }
                    return !model.admits(caller, wants: wants[number] ?? [])
                }
                if !isRight { findings.append(.waiterTurnedAway(index: index)) }
            }
        }
        return findings
    }

    private mutating func judgeLooks(at index: UInt64, by model: AccessModel) -> [Finding] {
        var findings: [Finding] = []
        for case .look(let look, let told) in shown[index] ?? [] {
            lookCount += 1
            switch (model.mayLook(look), told, look.kind) {
            case (true, .refused, _): findings.append(.rightRefused(index: index))
            case (false, .done, .read): findings.append(.shownWithoutRight(index: index))
            case (false, .done, .watch): findings.append(.watchOutlivedRight(index: index))
            default: break
            }
        }
        return findings
    }
}

/// Who asked for what, as far as entries are known.
private struct Askers {
    /// By the number of the request.
    private(set) var callers: [UInt64: AccessAct.Caller] = [:]
    /// Who asked for a place under a lease: whoever asks again has the place that is there.
    private(set) var numbers: [LeaseID: [UInt64]] = [:]
    /// Whether no entry is missing.
    var areWhole = true

    mutating func note(_ ask: AccessAct.Ask) {
        callers[ask.number] = ask.caller
        if let place = ask.place { numbers[place, default: []].append(ask.number) }
    }
}
