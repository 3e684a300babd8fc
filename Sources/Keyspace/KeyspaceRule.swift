/// What every applied entry leaves true of the replicated state, much of which is kept twice.
enum KeyspaceRule: String, Sendable {
    // Leases.
    case endsNameLeases = "the order of ends does not name every lease once, at its deadline"
    case leaseHashIsSum = "the hash of the leases is not the sum over them"
    case attachmentsHaveLeases = "a key is tied to a lease that is not there"
    case leasesWereGranted = "a lease is named by an entry that was not applied"

    // Locks and elections.
    case contestsAreContended = "a contest is kept in which nobody holds or waits"
    case exclusiveHoldsAlone = "somebody holds beside an exclusive holder"
    case grantableIsFirst =
        "the contests to be granted are not those whose first waiter may have it"
    case standingsNameContenders = "the leases' standings do not name every holder and waiter once"
    case contendersAreCounted = "holders, waiters or their bytes are miscounted"
    case contestHashIsSum = "the hash of the contests is not the sum over them"
    case contendersHaveLeases = "somebody holds or waits without a lease"
    case holdersHaveRecords = "the records below /.roost are not those of the holders"

    // Idempotency.
    case arrivalsNameAnswers = "the order of arrival does not name every kept answer once"
    case answersAreCounted = "the bytes of the kept answers are miscounted"
    case answerHashIsSum = "the hash of the kept answers is not the sum over them"

    // The store.
    case changeSetIsClosed = "a change set is still open"
    case revisionsAreOrdered = "history begins after the newest revision, or ends at another one"
    case treesAreSorted = "a tree's keys are out of order, or its nodes out of shape"
    case keysAreCounted = "the keys in force, or their bytes, are miscounted"
    case childrenAreCounted = "a directory's count of children is not that of its children"
    case versionsFall = "a key's version is older than the one before it"
    case itemHashIsSum = "the hash of the store is not the sum over its items"
    case attachmentsNameKeys = "the keys tied to leases are not those whose records say so"

    // History.
    case eventsRise = "the events of the log are out of order"
    case eventBytesAreCounted = "the bytes of history are miscounted"
    case archiveIsContiguous = "the archive's pieces do not lead from its first version to its last"
    case archiveIsSuperseded = "the archive does not hold one version for each that was superseded"
}
