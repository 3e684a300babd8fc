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
