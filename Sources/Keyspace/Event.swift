/// One change of one key, as a watch delivers it.
package struct Event: Hashable, Sendable {
    /// What became of the key.
    package enum Change: Hashable, Sendable {
        case put(KeyRecord)
        case delete(Key, DeleteCause)

        /// Whether the key has a value from now on.
        package var isPut: Bool {
            switch self {
            case .put: true
            case .delete: false
            }
        }
    }

    /// Where it stands in history.
    package let id: EventID
    /// The key as it is now, or that it is gone.
    package let change: Change
    /// The key as it was before the change; nil when it was missing.
    package let previous: KeyRecord?

    package init(id: EventID, change: Change, previous: KeyRecord?) {
        self.id = id
        self.change = change
        self.previous = previous
    }

    /// The key that changed.
    package var key: Key {
        switch change {
        case .put(let record): record.key
        case .delete(let key, _): key
        }
    }
}

/// Why a key went.
package enum DeleteCause: UInt8, Hashable, Sendable {
    /// A client, or the service, deleted it.
    case deleted = 0
    /// The time of its lease came.
    case expired = 1
    /// Its lease was revoked.
    case revoked = 2
}

/// How long somebody waited for a lock or leadership, or had it, by the wall clock that the cluster
/// shares.
package enum ContestSpan: Hashable, Sendable {
    /// From joining the queue to the grant; 0 for one that found it free.
    case waited(Contest.Kind, milliseconds: UInt64)
    case held(Contest.Kind, milliseconds: UInt64)
}

/// Why a grant or a place ended.
package enum ContestEnd: UInt8, Hashable, Sendable {
    /// Released or abandoned, or its lease was revoked.
    case givenUp = 0
    /// The time of its lease came.
    case expired = 1
    /// Whoever waits may not have it any more.
    case denied = 2

    /// With its lease, which ends for that cause.
    init(_ cause: DeleteCause) {
        self = cause == .expired ? .expired : .givenUp
    }
}

/// What one applied entry did to a contest, for those who wait for it or observe it.
package enum ContestEvent: Hashable, Sendable {
    /// A waiter became a holder.
    case granted(Grant)
    case ended(Contest, lease: LeaseID, because: ContestEnd)
    /// An election's leader proclaimed another value.
    case proclaimed(Grant)
    /// One more item of a queue can be taken than before.
    case available(QueueName)
    /// All of that generation of a barrier have come, or it is over.
    case turned(BarrierGeneration)

    /// Whether the lease's place in the contest has become a grant, or has ended.
    package func decides(_ lease: LeaseID, in contest: Contest) -> Bool {
        switch self {
        case .granted(let grant): grant.lease == lease && grant.contest == contest
        case .ended(let ended, let whose, _): whose == lease && ended == contest
        case .proclaimed, .available, .turned: false
        }
    }
}
