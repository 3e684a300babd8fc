/// What was held against the promises at the end of a run; the raw value is its index in a tally.
package enum Check: Int, CaseIterable, Hashable, Sendable {
    case linearizedOperation = 0
    case orderedOperation
    case operationInHistory
    case appliedChange
    case watch
    case watchEvent
    case staleRead
    case lease
    case tenure
    case grant
    case guardedChange
    case holderSighting
    case sequentialChild
    case placeAnswer
    case deleteCause
    case versionTime
    case versionSignature
    case rangeRead
    case leaseRefusal
    case quotaGrowth
    case quotaRefusal
    case accessDecision
    case waiterRight
    case lookRight
    case subtreeGrowth
    case subtreeRefusal
    case step
    case stepLook
    case award
    case winner
    case leaseRight

    /// What people call it.
    package var name: String {
        switch self {
        case .linearizedOperation: "operations linearized"
        case .orderedOperation: "operations in real-time order"
        case .operationInHistory: "operations held against history"
        case .appliedChange: "changes that members agree on"
        case .watch: "watches without a gap"
        case .watchEvent: "watch events in history"
        case .staleRead: "stale reads in history"
        case .lease: "leases that did not end early"
        case .tenure: "tenures that exclude each other"
        case .grant: "grants with a rising token"
        case .guardedChange: "guarded changes with a valid token"
        case .holderSighting: "holders seen as proven"
        case .sequentialChild: "children with a rising number"
        case .placeAnswer: "places called not applied or given up"
        case .deleteCause: "deletions for the cause that is told"
        case .versionTime: "versions with their time"
        case .versionSignature: "versions with their author and note"
        case .rangeRead: "range reads that history explains"
        case .leaseRefusal: "chosen lease ids that were in use"
        case .quotaGrowth: "writes that grew the data within the quota"
        case .quotaRefusal: "writes refused for the quota with what there was"
        case .accessDecision: "requests of users allowed or refused by their rights then"
        case .waiterRight: "waiters granted or turned away by their rights then"
        case .lookRight: "reads and watches of users by their rights in the state read"
        case .subtreeGrowth: "writes held against a subtree's quota"
        case .subtreeRefusal: "writes refused for a subtree's quota with what there was"
        case .step: "steps of queues and counters as the log has them"
        case .stepLook: "queues and counters that stand as the log has them"
        case .award: "grants to whose turn it was by the log"
        case .leaseRight: "uses of leases by whose they are and what they hold"
        case .winner: "sessions that won and hold"
        }
    }
}
