/// What every applied entry leaves true of the replicated state, much of which is kept twice.
enum KeyspaceRule: String, Sendable {
    // Leases.
    case endsNameLeases = "the order of ends does not name every lease once, at its deadline"
    case leaseHashIsSum = "the hash of the leases is not the sum over them"
    case attachmentsHaveLeases = "a key is tied to a lease that is not there"
    case lifeIsInRange = "a lease lives shorter or longer than any may"
    case deadlineIsWithinLife = "a lease ends later than its time to live from now"
    case placeLeaseHasPlace = "a lease that was made for a place outlives it"
    case leaseIDsAreShort = "a lease's id has more than 63 bits"

    // Locks and elections.
    case contestsAreContended = "a contest is kept in which nobody holds or waits"
    case exclusiveHoldsAlone = "somebody holds beside an exclusive holder"
    case permitsAreWithinCount =
        "more hold a semaphore than may, or they do not agree on how many may"
    case timedChangesAreDue =
        "what time alone changes is not the ends of holds and of times in which nobody gets it"
    case grantableIsFirst =
        "the contests to be granted are not those whose first waiter may have it"
    case standingsNameContenders = "the leases' standings do not name every holder and waiter once"
    case contendersAreCounted = "holders, waiters or their bytes are miscounted"
    case contestHashIsSum = "the hash of the contests is not the sum over them"
    case contendersHaveLeases = "somebody holds or waits without a lease"
    case contendersAreBounded = "holders and waiters take more bytes than they may"
    case electionsAreExclusive = "leadership is shared, or somebody waits to share it"
    case tokensWereGiven = "a holder's token is no revision that there was"
    case arrivalsArePast = "somebody waits since an entry that was not applied"
    case holdersHaveRecords = "the records below /.roost are not those of holders and counters"
    case countersCount = "a counter shows what is no number, or out of range"

    case tokensDiffer = "two grants have one token"
    case arrivalsDiffer = "two waiters came with one entry"
    case contestNamesAreValid = "a lock or an election has a name that none can have"
    case wordsOfContendersAreBounded = "somebody holds or waits with longer words than one may have"

    // Idempotency.
    case arrivalsNameAnswers = "the order of arrival does not name every kept answer once"
    case answersAreBounded = "the kept answers take more bytes than they may"
    case answersAreInOrder = "an answer was kept later than one that came after it"
    case answersArePast = "an answer is kept of an entry or a time that is still to come"
    case stampsAreWellFormed = "an answer is kept under a key or fingerprint that no request has"
    case answersAreCounted = "the bytes of the kept answers are miscounted"
    case answerHashIsSum = "the hash of the kept answers is not the sum over them"

    // The store.
    case changeSetIsClosed = "a change set is still open"
    case revisionsAreOrdered = "history begins after the newest revision, or ends at another one"
    case treesAreSorted = "a tree's keys are out of order, or its nodes out of shape"
    case keysAreCounted = "the keys in force, or their bytes, are miscounted"
    case childrenAreCounted = "a directory's count of children is not that of its children"
    case versionsArePast = "a version is of a revision that there was not yet"
    case createPrecedesChange = "a key was created after it was changed, or never"
    case deletionsAreBare = "a deletion has a value, a lease or a creation"
    case versionsCountOn = "a version does not count on from the one before it"
    case tombstonesAreDue = "a deleted key outlives the event of its deletion"
    case skipPointersAreKnown = "a key's skip pointers are not those of the archive"
    case directoriesHaveCause = "a directory is kept in which nothing ever happened"
    case directoriesArePast = "a directory's changes do not rise, or are still to come"
    case childVersionCounts = "a directory has more children than ever came"
    case versionsFall = "a key's version is older than the one before it"
    case itemHashIsSum = "the hash of the store is not the sum over its items"
    case attachmentsNameKeys = "the keys tied to leases are not those whose records say so"

    case keysAreBounded = "a key is empty, or longer than any may be"
    case keysHaveVersions = "a key is kept that nothing was ever written to"
    case valuesAreBounded = "a value is longer than any may be"
    case notesAreBounded = "a note is longer than any may be"
    case authorsAreKnown = "a version is by an author of whom there is no name"
    case directoriesArePaths = "a directory is kept of what is no path"

    // History.
    case eventsRise = "the events of the log are out of order"
    case eventsAreGapless = "an event of the log is missing between two others"
    case eventTimesRise = "an event of the log is older than the one before it"
    case forgottenEventsAreGone = "the log begins before the oldest event that is not forgotten"
    case eventsHaveVersions = "an event of the log wrote no version of its kind"
    case eventBytesAreCounted = "the bytes of history are miscounted"
    case archiveIsContiguous = "the archive's pieces do not lead from its first version to its last"
    case archiveIsSuperseded = "the archive does not hold one version for each that was superseded"

    // Orders about members.
    case ordersAreBounded = "more orders about members wait than may"
    case ordersRise = "the orders about members are out of order"
    case ordersArePast = "an order about members is of an entry that is still to come"
    case newcomersWereAwaited = "a newcomer is noted for an order that awaits nobody"

    // Access.
    case usersAreSound = "a user has a role that is not there, or was changed before it was known"
    case controlHasAdministrator = "access is controlled, and nobody may change that"
    case signingKeysRise = "the keys that sign tokens are out of order, or too many"
    case accessIsCounted = "the bytes of users and roles are miscounted"
    case accessHashIsSum = "the hash of users, roles and signing keys is not the sum over them"

    // Quotas.
    case quotasAreCounted = "what lies under a quota is miscounted"
    // Guards.
    case guardsAreSound = "what is guarded is too much, miscounted or by no lock's name"

    // Queues.
    case queuesAreKept = "a queue is kept of which there is nothing"
    case queueItemsAreSound = "an item of a queue stands as no step leaves it"
    case queueTokensNameItems = "the tokens of a queue do not name the items that were taken"
    case queueKeysNameItems = "the keys of a queue do not name the items that have one"
    case queueReadyIsRanked = "the order of a queue is not that of the items that can be taken"
    case queueEndsAreDue = "what is due of queues is not the ends of delays and visibilities"
    case queuesAreCounted = "the items of queues or their bytes are miscounted, or too many"
    case queueHashIsSum = "the hash of the queues is not the sum over their items"

    // Barriers.
    case barrierGroupsAreSound = "those in a barrier stand as no step leaves them"
    case barrierNamesAreCurrent = "the names of barriers do not name those who are in them"
    case barrierPlacesNameParties = "the places of leases do not name who is in a barrier"
    case barrierEndsAreSound = "a generation of a barrier ended as none can, or too many are kept"
    case barriersAreCounted = "those in barriers or their bytes are miscounted, or too many"
    case barrierHashIsSum = "the hash of the barriers is not the sum over those in them"
    case partiesHaveLeases = "somebody is in a barrier without a lease"

    // The whole.
    case settingsAreInRange = "a setting is out of its range"
    case unsetIsDefault = "nobody has set anything, and a setting is another than at first"
    case clockIsNewest = "history is younger than the cluster clock"
    case featureLevelIsInRange = "the feature level is none that a cluster can have"
}
