import Bytes
import Testing

@testable import Keyspace

/// The kinds of what the codecs write. A new case does not compile until it has a kind here, and
/// each kind must have its sample.
enum SampleKind: String, CaseIterable {
    // Commands.
    case put, createChild, delete, transaction, writeTree, grantLease, grantChosenLease, keepAlive
    case revokeLease, acquire, acquireOnTerms, abandon, release, proclaim, compact, changeSettings,
        setWallClock
    case raiseFeatureLevel, holdFeatureLevel, quotaSet, quotaRemoved
    case userPut, userRemoved, rolePut, roleRemoved, accessEnabled, accessDisabled
    case signingKeyAdded, signingKeyRetired
    case guardPut, guardRemoved, counterAdded, counterSet, handedOver
    case pushed, taken, acknowledged, failed, undelivered, extended, purged
    case entered, leaving, withdrawing, breaking
    case orderBegun, orderMet, orderClosed, orderWithdrawn
    // Outcomes that are no refusals.
    case nothing, putDone, created, deleted, transactionDone, treeWritten, leaseGranted, keptAlive
    case leaseRevoked, granted, queued, abandoned, released, stillHeld, proclaimed, compacted
    case settings
    case wallClockSet, featureLevel, memberOrder, accessChanged, quotaChanged, guardChanged, counted
    case successorChosen, refused
    case pushDone, takeDone, takeEmpty, ackDone, nackDone, extendDone, purgeDone
    case enterDone, leaveDone, withdrawDone, breakDone
    // Refusals.
    case notFound, conditionFailed, fenced, notHolder, held, modeMismatch, permitsDiffer
    case guarded, tooManyGuards, counterOutOfRange, noSuccessor, tokenLost, queuesFull
    case partiesDiffer, barrierOccupied, barrierBroken, notInBarrier, barriersFull
    case reservedKey
    case duplicatePut, nothingToKeep, treeChanged, keyTooLong, historyCompacted, futureRevision
    case timeToLiveOutOfRange, resultTooLarge, tooManyLooks, valueTooLong, tooManyOperations,
        leaseExists, quotaExceeded, subtreeFull, tooManyQuotas
    case memberOrderStands, tooManyMemberOrders
    case unauthenticated, denied, noAdministrator, accessTooLarge, tooManyAccessItems
    case tooManyLeases, tooManyWaiters, idempotencyMismatch, tooManyIdempotencyKeys, malformed
    // Words of commands.
    case rangeOfKey, rangeOfSubtree, rangeOfInterval
    case targetVersion, targetCreateRevision, targetModRevision, targetValue, targetLease
    case targetExists, targetChildVersion
    case operationPut, operationGet, operationDelete, operationTransaction
    case resultPut, resultPutWithPrevious, resultGet, resultGetOfMore, resultDelete
    case resultDeleteWithPrevious, resultTransaction
    case orderKey, orderVersion, orderCreateRevision, orderModRevision, orderValue
    case contentRecords, contentKeys, contentCount
    case valueGiven, valueKept, leaseNone, leaseGiven, leaseKept
    case conditionNone, conditionExists, conditionAbsent, conditionModRevision, conditionOneOf
    case conditionNoneOf
    case attachmentNone, attachmentLease, attachmentOwn
    case editValue, editLeaf, editDirectory, editRemoval, editValueRemoval
    case treeConditionNone, treeConditionExists, treeConditionAbsent, treeConditionOneOf
    case releaseToken, releaseEveryHolder
    case aimAdd, aimRemove, aimMove, aimAssign, aimReplace
    case passwordKept, passwordRemoved, passwordSet, listExact, listAdding, listRemoving
    case scopeKeys, scopeNames, scopeService
}

extension SampleKind {
    /// What a command is, and the words that it has.
    static func kinds(_ command: Command) -> [SampleKind] {
        switch command {
        case .put(let put): [.put] + kinds(put.lease) + kinds(put.condition)
        case .createChild(_, _, let lease): [.createChild] + kinds(lease)
        case .delete(let range, let condition): [.delete] + kinds(range) + kinds(condition)
        case .transaction(let transaction): [.transaction] + kinds(transaction)
        case .writeTree(let write): [.writeTree] + kinds(write)
        case .grantLease(let id, _): [id == nil ? .grantLease : .grantChosenLease]
        case .keepAlive: [.keepAlive]
        case .revokeLease: [.revokeLease]
        case .acquire(let request): [request.terms == .none ? .acquire : .acquireOnTerms]
        case .abandon: [.abandon]
        case .release(_, .token): [.release, .releaseToken]
        case .release(_, .everyHolder): [.release, .releaseEveryHolder]
        case .proclaim: [.proclaim]
        case .compact: [.compact]
        case .changeSettings: [.changeSettings]
        case .setWallClock: [.setWallClock]
        case .raiseFeatureLevel: [.raiseFeatureLevel]
        case .holdFeatureLevel: [.holdFeatureLevel]
        case .orderMembers(.begin(let aim)): [.orderBegun, kind(aim)]
        case .orderMembers(.meet): [.orderMet]
        case .orderMembers(.close): [.orderClosed]
        case .orderMembers(.withdraw): [.orderWithdrawn]
        case .changeAccess(let change): kinds(change)
        case .changeQuota(.set): [.quotaSet]
        case .changeQuota(.remove): [.quotaRemoved]
        case .changeGuard(.put): [.guardPut]
        case .changeGuard(.remove): [.guardRemoved]
        case .handOver: [.handedOver]
        case .count(_, .add): [.counterAdded]
        case .count(_, .set): [.counterSet]
        case .queue(let request): [kind(request.act)]
        case .barrier(let request): [kind(request.act)]
        }
    }

    private static func kind(_ act: QueueRequest.Act) -> SampleKind {
        switch act {
        case .push: .pushed
        case .take: .taken
        case .settle(_, .acknowledged): .acknowledged
        case .settle(_, .failed): .failed
        case .settle(_, .undelivered): .undelivered
        case .settle(_, .extended): .extended
        case .purge: .purged
        }
    }

    private static func kinds(_ change: AccessChange) -> [SampleKind] {
        switch change {
        case .putUser(_, .kept, let roles): [.userPut, .passwordKept, kind(roles)]
        case .putUser(_, .removed, let roles): [.userPut, .passwordRemoved, kind(roles)]
        case .putUser(_, .set, let roles): [.userPut, .passwordSet, kind(roles)]
        case .removeUser: [.userRemoved]
        case .putRole(_, let rules): [.rolePut, kind(rules)] + rules.items.map(kind)
        case .removeRole: [.roleRemoved]
        case .enable: [.accessEnabled]
        case .disable: [.accessDisabled]
        case .addSigningKey: [.signingKeyAdded]
        case .retireSigningKey: [.signingKeyRetired]
        }
    }

    private static func kind<Item>(_ change: ListChange<Item>) -> SampleKind {
        switch change {
        case .exactly: .listExact
        case .adding: .listAdding
        case .removing: .listRemoving
        }
    }

    private static func kind(_ rule: AccessRule) -> SampleKind {
        switch rule.scope {
        case .keys: .scopeKeys
        case .names: .scopeNames
        case .service: .scopeService
        }
    }

    private static func kind(_ aim: MemberOrder.Aim) -> SampleKind {
        switch aim {
        case .add: .aimAdd
        case .remove: .aimRemove
        case .move: .aimMove
        case .assign: .aimAssign
        case .replace: .aimReplace
        }
    }

    private static func kinds(_ attachment: LeaseAttachment) -> [SampleKind] {
        switch attachment {
        case .none: [.attachmentNone]
        case .lease: [.attachmentLease]
        case .own: [.attachmentOwn]
        }
    }

    private static func kinds(_ condition: KeyCondition) -> [SampleKind] {
        switch condition {
        case .none: [.conditionNone]
        case .exists: [.conditionExists]
        case .absent: [.conditionAbsent]
        case .modRevision: [.conditionModRevision]
        case .oneOf: [.conditionOneOf]
        case .noneOf: [.conditionNoneOf]
        }
    }

    private static func kinds(_ range: KeyRange) -> [SampleKind] {
        switch range {
        case .key: [.rangeOfKey]
        case .subtree: [.rangeOfSubtree]
        case .interval: [.rangeOfInterval]
        }
    }

    private static func kinds(_ write: TreeWrite) -> [SampleKind] {
        let condition: SampleKind =
            switch write.condition {
            case .none: .treeConditionNone
            case .exists: .treeConditionExists
            case .absent: .treeConditionAbsent
            case .oneOf: .treeConditionOneOf
            }
        return [condition]
            + write.edits.map { edit in
                switch edit {
                case .value: .editValue
                case .leaf: .editLeaf
                case .directory: .editDirectory
                case .removal: .editRemoval
                case .valueRemoval: .editValueRemoval
                }
            }
    }

    // MARK: Transactions

    private static func kinds(_ transaction: Transaction) -> [SampleKind] {
        transaction.compares.flatMap { [kind($0.target)] + kinds($0.range) }
            + (transaction.then + transaction.otherwise).flatMap { operation in
                switch operation {
                case .put(let put): [.operationPut] + kinds(put)
                case .get(let query): [.operationGet] + kinds(query)
                case .delete(let range, _): [.operationDelete] + kinds(range)
                case .transaction(let nested): [.operationTransaction] + kinds(nested)
                }
            }
    }

    private static func kind(_ target: Transaction.Target) -> SampleKind {
        switch target {
        case .version: .targetVersion
        case .createRevision: .targetCreateRevision
        case .modRevision: .targetModRevision
        case .value: .targetValue
        case .lease: .targetLease
        case .exists: .targetExists
        case .childVersion: .targetChildVersion
        }
    }

    private static func kinds(_ put: Transaction.PutOperation) -> [SampleKind] {
        let value: SampleKind =
            switch put.value {
            case .bytes: .valueGiven
            case .kept: .valueKept
            }
        let lease: SampleKind =
            switch put.lease {
            case .none: .leaseNone
            case .lease: .leaseGiven
            case .kept: .leaseKept
            }
        return [value, lease]
    }

    private static func kinds(_ query: RangeQuery) -> [SampleKind] {
        let order: SampleKind =
            switch query.field {
            case .key: .orderKey
            case .version: .orderVersion
            case .createRevision: .orderCreateRevision
            case .modRevision: .orderModRevision
            case .value: .orderValue
            }
        let content: SampleKind =
            switch query.content {
            case .records: .contentRecords
            case .keys: .contentKeys
            case .count: .contentCount
            }
        return [order, content] + kinds(query.range)
    }

    // MARK: Outcomes

    /// What an outcome is, and the results that it has.
    static func kinds(_ outcome: Outcome) -> [SampleKind] {
        switch outcome {
        case .nothing: [.nothing]
        case .put: [.putDone]
        case .created: [.created]
        case .deleted: [.deleted]
        case .transaction(let result): [.transactionDone] + result.results.flatMap(kinds)
        case .treeWritten: [.treeWritten]
        case .leaseGranted: [.leaseGranted]
        case .keptAlive: [.keptAlive]
        case .leaseRevoked: [.leaseRevoked]
        case .granted: [.granted]
        case .queued: [.queued]
        case .abandoned: [.abandoned]
        case .released: [.released]
        case .stillHeld: [.stillHeld]
        case .proclaimed: [.proclaimed]
        case .compacted: [.compacted]
        case .settings: [.settings]
        case .wallClockSet: [.wallClockSet]
        case .featureLevel: [.featureLevel]
        case .memberOrder: [.memberOrder]
        case .accessChanged: [.accessChanged]
        case .quotaChanged: [.quotaChanged]
        case .guardChanged: [.guardChanged]
        case .successorChosen: [.successorChosen]
        case .counted: [.counted]
        case .queue(let outcome): [kind(outcome)]
        case .barrier(let outcome): [kind(outcome)]
        case .refused(let refusal): [.refused, kind(refusal)]
        }
    }

    private static func kind(_ outcome: QueueOutcome) -> SampleKind {
        switch outcome {
        case .pushed: .pushDone
        case .taken: .takeDone
        case .empty: .takeEmpty
        case .acknowledged: .ackDone
        case .returned: .nackDone
        case .extended: .extendDone
        case .purged: .purgeDone
        }
    }

    private static func kinds(_ result: TransactionResult.OperationResult) -> [SampleKind] {
        switch result {
        case .put(_, _, nil): [.resultPut]
        case .put(_, _, _?): [.resultPutWithPrevious]
        case .get(let found): [found.isAll ? .resultGet : .resultGetOfMore]
        case .deleted(_, let previous):
            [previous.isEmpty ? .resultDelete : .resultDeleteWithPrevious]
        case .transaction(let nested): [.resultTransaction] + nested.results.flatMap(kinds)
        }
    }

    private static func kind(_ refusal: Refusal) -> SampleKind {
        switch refusal {
        case .notFound: .notFound
        case .conditionFailed: .conditionFailed
        case .fenced: .fenced
        case .notHolder: .notHolder
        case .held: .held
        case .modeMismatch: .modeMismatch
        case .permitsDiffer: .permitsDiffer
        case .guarded: .guarded
        case .tooManyGuards: .tooManyGuards
        case .counterOutOfRange: .counterOutOfRange
        case .queue(_, .tokenLost): .tokenLost
        case .queue(_, .full): .queuesFull
        case .barrier(_, let refusal): kind(refusal)
        case .noSuccessor: .noSuccessor
        case .reservedKey: .reservedKey
        case .duplicatePut: .duplicatePut
        case .nothingToKeep: .nothingToKeep
        case .treeChanged: .treeChanged
        case .keyTooLong: .keyTooLong
        case .compacted: .historyCompacted
        case .futureRevision: .futureRevision
        case .timeToLiveOutOfRange: .timeToLiveOutOfRange
        case .resultTooLarge: .resultTooLarge
        case .tooManyLooks: .tooManyLooks
        case .valueTooLong: .valueTooLong
        case .tooManyOperations: .tooManyOperations
        case .leaseExists: .leaseExists
        case .quotaExceeded: .quotaExceeded
        case .subtreeFull: .subtreeFull
        case .tooManyQuotas: .tooManyQuotas
        case .memberOrderStands: .memberOrderStands
        case .tooManyMemberOrders: .tooManyMemberOrders
        case .tooManyLeases: .tooManyLeases
        case .tooManyWaiters: .tooManyWaiters
        case .idempotencyMismatch: .idempotencyMismatch
        case .tooManyIdempotencyKeys: .tooManyIdempotencyKeys
        case .malformed: .malformed
        case .unauthenticated: .unauthenticated
        case .denied: .denied
        case .noAdministrator: .noAdministrator
        case .accessTooLarge: .accessTooLarge
        case .tooManyAccessItems: .tooManyAccessItems
        }
    }
}

@Suite("Samples for the codecs")
struct SampleTests {
    @Test("there is one of every kind")
    func everyKind() {
        var sampled: Set<SampleKind> = []
        for request in Samples.requests { sampled.formUnion(SampleKind.kinds(request.command)) }
        for outcome in Samples.outcomes { sampled.formUnion(SampleKind.kinds(outcome)) }
        let missing = SampleKind.allCases.filter { !sampled.contains($0) }
        #expect(missing == [])
    }

    @Test("every request of the samples is one that members accept, and has one form")
    func wellFormed() throws {
        for request in Samples.requests {
            #expect(request.isWellFormed, "\(request)")
            #expect(try encoding(Request(decoding: encoding(request))) == encoding(request))
        }
    }

    @Test("transactions nested one deeper than may be are refused")
    func tooDeep() {
        let request = Request(.transaction(Samples.nested(depth: Transaction.depthMax + 1)))
        #expect(!request.isWellFormed)
        #expect(throws: DecodingError.self) { try Request(decoding: encoding(request)) }
    }
}
