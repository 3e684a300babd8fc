/// What members did, and what was checked of it; the raw value is its index in a tally.
package enum CoverageCount: Int, CaseIterable, Hashable, Sendable {
    case start = 0
    case election
    case snapshotTaken
    case snapshotInstalled
    /// A damaged log was received anew from its peers, to its end.
    case repair
    /// A member on a wiped directory refused to go on.
    case wipeRefused
    /// A member on an outdated copy of its directory refused to go on.
    case copyRefused
    /// A copy beside its original ended, and the original served on.
    case copyPutOff
    /// A member that came back with less than it had acknowledged was told so.
    case lossNoticed
    /// A member whose identity or vote was damaged refused to start.
    case damageRefused
    case orderlyEnd
    /// The operator asked a leader to hand over.
    case transferLeadership
    /// Whoever was to take over leads.
    case transferDone
    /// A machine with an empty directory asked for admission.
    case newcomer
    /// It was let in.
    case learner
    /// It votes.
    case promotion
    case removal
    case observer
    case demotion
    case replacement
    /// A member's machine is at another address, and the others look for it there.
    case move
    /// A member's directory was lost for good.
    case emptied
    /// Its machine votes again, as another member.
    case readmission
    /// An order was withdrawn before its newcomer called.
    case withdrawal
    /// It could not be withdrawn any more.
    case withdrawalRefused
    /// A member has noticed that it was removed.
    case removedEnd
    /// The directory of a removed member was started again.
    case removedRefused
    /// A member was started with the next release.
    case upgrade
    /// A member was started with the release before again.
    case upgradeTakenBack
    /// The level that all members share has risen.
    case levelRaised
    /// A new leader's log was held against everything known to be committed.
    case leaderCheck
    /// A committed entry was held against what another member committed there.
    case entryCheck
    /// A store was held against that of another member at the same index.
    case storeCheck
    /// Term and vote were held against those of the life before.
    case voteCheck
    /// A log was held against what had been durable in the life before.
    case logCheck
    /// Whoever was let in on a connection was held against who answers there.
    case linkCheck
    /// A disk was asked for what its member called durable, as if the power had gone.
    case diskAudit
    /// A cluster began with a backup of another one.
    case restore
    /// A member of such a cluster was held against what the old one had told.
    case restoredCheck

    /// What people call it.
    package var name: String {
        switch self {
        case .start: "starts"
        case .election: "leaders"
        case .snapshotTaken: "snapshots taken"
        case .snapshotInstalled: "snapshots installed"
        case .repair: "damaged logs refilled"
        case .wipeRefused: "wiped directories refused"
        case .copyRefused: "copied directories refused"
        case .copyPutOff: "copies beside their originals ended"
        case .lossNoticed: "members set back that were told"
        case .damageRefused: "damaged directories refused"
        case .orderlyEnd: "orderly ends"
        case .transferLeadership: "leadership transfers asked for"
        case .transferDone: "leadership transfers carried out"
        case .newcomer: "newcomers"
        case .learner: "learners added"
        case .promotion: "learners promoted"
        case .removal: "members removed"
        case .observer: "observers added"
        case .demotion: "voters that observe now"
        case .replacement: "members replaced"
        case .move: "members moved"
        case .emptied: "directories lost for good"
        case .readmission: "emptied members replaced"
        case .withdrawal: "orders withdrawn"
        case .withdrawalRefused: "withdrawals refused"
        case .removedEnd: "removed members ended"
        case .removedRefused: "removed directories refused"
        case .upgrade: "members upgraded"
        case .upgradeTakenBack: "members downgraded again"
        case .levelRaised: "feature levels raised"
        case .leaderCheck: "leaders checked"
        case .entryCheck: "committed entries compared"
        case .storeCheck: "stores compared"
        case .voteCheck: "votes compared over restarts"
        case .logCheck: "logs compared over restarts"
        case .linkCheck: "links held against who answers"
        case .diskAudit: "disks asked for durable entries"
        case .restore: "clusters restored"
        case .restoredCheck: "restored states checked"
        }
    }
}
