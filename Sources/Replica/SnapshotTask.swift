package import Consensus

/// A frozen state to be written as a snapshot file; the shell pulls operations off it in the
/// background until there are none.
package struct SnapshotTask: Sendable {
    package let id: EntryID

    package init(id: EntryID) { self.id = id }
}
