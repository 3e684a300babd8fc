import Bytes
import Testing

@testable import Keyspace

/// Random histories of locks, elections and leases on the keyspace and on the model.
@Suite("Locks and elections against the model")
struct ContestModelTests {
    private static let contests = [lock("a"), lock("b"), election("a")]

    @Test func agreeOnRandomHistories() {
        for seed: UInt64 in 0..<50 {
            let difference = run(seed: seed, entryCount: 250, fault: .none)
            #expect(difference == nil, "seed \(seed): \(difference ?? "")")
        }
    }

    /// The comparison is not empty: each way of being wrong is seen.
    @Test(arguments: ContestModel.Fault.allCases.filter { $0 != .none })
    func plantedFaultsAreSeen(_ fault: ContestModel.Fault) {
        let isSeen = (0..<60).contains { seed in
            run(seed: seed, entryCount: 250, fault: fault) != nil
        }
        #expect(isSeen)
    }

    /// The first difference of a random history, nil when there is none.
    private func run(seed: UInt64, entryCount: Int, fault: ContestModel.Fault) -> String? {
        var random = SplitMix64(seed: seed)
        var machine = Machine()
        var model = ContestModel(contests: Self.contests, fault: fault)
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.fourth))
        var lastTokens = Self.contests.map { _ in FencingToken(rawValue: 0) }
        for _ in 0..<entryCount {
            machine.time += UInt64.random(in: 0..<4, using: &random) * 200
            let request = request(model, machine: machine, random: &random)
            let words = words(machine.apply(request))
            let expected = model.apply(request, index: machine.index, time: machine.time)
            for case .granted(let grant) in machine.last.contestEvents {
                model.learn(grant)
                let at = Self.contests.firstIndex(of: grant.contest) ?? 0
                guard grant.token > lastTokens[at] else { return "token \(grant.token) again" }
                lastTokens[at] = grant.token
            }
            if words != expected {
                return "\(words) instead of \(expected) for \(String(describing: request))"
            }
            if let difference = difference(machine.keyspace, model: model) { return difference }
        }
        return nil
    }

    private func difference(_ keyspace: Keyspace, model: ContestModel) -> String? {
        for queue in model.queues {
            let holders = keyspace.holders(of: queue.contest, countMax: .max)
            if holders.map(\.lease) != queue.holders.map(\.lease) {
                return "holders \(holders) instead of \(queue.holders)"
            }
            if holders.count > 1, holders.contains(where: { $0.mode == .exclusive }) {
                return "an exclusive holder among others: \(holders)"
            }
            let records = try? keyspace.store.list(.subtree(queue.contest.recordsKey))
            let keys = holders.map { queue.contest.recordKey(of: $0.lease) }
            if records?.items.map(\.key) != keys.sorted() {
                return "records \(String(describing: records))"
            }
            let waiters = keyspace.waiters(of: queue.contest, countMax: .max).first
            if waiters.map(\.lease) != queue.waiters.map(\.lease) {
                return "waiters \(waiters) instead of \(queue.waiters)"
            }
        }
        let now = keyspace.clock.rawValue
        let remaining = model.leases.map { [$0.id.rawValue, $0.deadline - min(now, $0.deadline)] }
        let standings = keyspace.leases(after: nil, countMax: .max).map {
            [$0.id.rawValue, $0.remainingMilliseconds]
        }
        return standings == remaining ? nil : "leases \(standings) instead of \(remaining)"
    }

    private func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .nothing: "nothing"
        case .leaseGranted: "lease"
        case .keptAlive: "kept"
        case .leaseRevoked: "revoked"
        case .granted: "granted"
        case .queued(let place): "queued \(place.position)"
        case .abandoned: "abandoned"
        case .released: "released"
        case .stillHeld(_, let count): "still \(count)"
        case .proclaimed: "proclaimed"
        case .refused(.notFound): "missing"
        case .refused(.held(_, _, let position)): "held \(position)"
        case .refused(.modeMismatch): "mismatch"
        case .refused(.permitsDiffer(_, let permitCount)): "permits \(permitCount)"
        case .refused(.notHolder): "notHolder"
        case .refused(.fenced): "fenced"
        default: "put"
        }
    }

    // MARK: Chance

    private func terms(
        of contest: Contest,
        isShared: Bool,
        random: inout SplitMix64
    ) -> LockTerms {
        guard contest.kind == .lock else { return .none }
        func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        // Mostly agreed upon: a lock that nobody can join shows little.
        let permits = one(in: 8) ? UInt32.random(in: 0...3, using: &random) : 2
        return LockTerms(
            permitCount: isShared ? permits : 0,
            reentry: one(in: 3) ? .counted : .none,
            holdMilliseconds: one(in: 4) ? UInt64.random(in: 1...3, using: &random) * 1_000 : 0,
            delayMilliseconds: one(in: 4) ? UInt64.random(in: 1...2, using: &random) * 1_000 : 0
        )
    }

    private func request(
        _ model: ContestModel,
        machine: Machine,
        random: inout SplitMix64
    ) -> Request? {
        let contest = Self.contests[Int.random(in: 0..<Self.contests.count, using: &random)]
        let anyLease = lease(UInt64.random(in: 1...machine.index + 1, using: &random))
        let known = model.leases.randomElement(using: &random)?.id ?? anyLease
        let timeToLive = UInt64.random(in: 1...5, using: &random) * 1_000
        let holder = model.queues.first { $0.contest == contest }?
            .holders.randomElement(using: &random)
        // The model learns a token from the entry that granted it, so no guess may hit a later one.
        let lastRevision = machine.keyspace.store.revision.rawValue
        let token =
            Bool.random(using: &random)
            ? holder?.token ?? FencingToken(rawValue: 1)
            : FencingToken(rawValue: UInt64.random(in: 0...lastRevision, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return nil
        case 1...2: return Request(.grantLease(nil, timeToLiveMilliseconds: timeToLive))
        case 3...5:
            let ids = model.leases.map(\.id).filter { _ in Bool.random(using: &random) }
            return Request(.keepAlive(ids + [anyLease]))
        case 6: return Request(.revokeLease(known))
        case 7...12:
            let isShared = contest.kind == .lock && Bool.random(using: &random)
            return Request(
                .acquire(
                    contest,
                    ownership: Int.random(in: 0..<3, using: &random) > 0
                        ? .lease(known) : .own(timeToLiveMilliseconds: timeToLive),
                    mode: isShared ? .shared : .exclusive,
                    patience: Int.random(in: 0..<4, using: &random) > 0 ? .queue : .refuseWhenHeld,
                    terms: terms(of: contest, isShared: isShared, random: &random)
                )
            )
        case 13...14:
            return Request(
                .abandon(
                    contest,
                    lease: known,
                    Bool.random(using: &random) ? .queuedOnly : .heldToo
                )
            )
        case 15...16: return Request(.release(contest, .token(token)))
        case 17: return Request(.release(contest, .everyHolder))
        case 18:
            return Request(.proclaim(election: bytes("a"), token: token, value: bytes("new")))
        default:
            return Request(.put("/guarded"), fences: [Fence(lock: contest.name, token: token)])
        }
    }
}
