/// One change of one key, as a watch delivers it.
package struct Event: Hashable, Sendable {
    /// What became of the key.
    package enum Change: Hashable, Sendable {
        case put(KeyRecord)
        case delete(Path)
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
    package var key: Path {
        switch change {
        case .put(let record): record.key
        case .delete(let path): path
        }
    }
}

/// Which keys a watch follows: any of the selections.
package struct WatchFilter: Hashable, Sendable {
    /// A key, or it and everything below it.
    package struct Selection: Hashable, Sendable {
        /// The key.
        package let path: Path
        /// How far it reaches.
        package let extent: Extent

        package init(path: Path, extent: Extent) {
            self.path = path
            self.extent = extent
        }
    }

    /// A change concerns the watch when one of them matches.
    package let selections: [Selection]

    package init(selections: [Selection]) { self.selections = selections }

    /// Whether a change of `key` concerns the watch. Keys below `/.roost` are seen only by a
    /// selection that names them.
    package func matches(_ key: Path) -> Bool {
        selections.contains { selection in
            switch selection.extent {
            case .key: selection.path == key
            case .subtree:
                key.isAtOrBelow(selection.path)
                    && (selection.path.isAtOrBelow(.reserved) || !key.isAtOrBelow(.reserved))
            }
        }
    }
}

/// What one applied entry did to a contest, for those who wait for it or observe it.
package enum ContestEvent: Hashable, Sendable {
    /// A waiter became a holder.
    case granted(Grant)
    /// A grant or a place ended: released, abandoned, or its lease ended.
    case ended(Contest, lease: LeaseID)
    /// An election's leader proclaimed another value.
    case proclaimed(Grant)
    /// Places moved up; holders and positions are to be read anew.
    case moved(Contest)

    /// The contest that it happened to.
    package var contest: Contest {
        switch self {
        case .granted(let grant), .proclaimed(let grant): grant.contest
        case .ended(let contest, _), .moved(let contest): contest
        }
    }
}
