/// The whole state at one moment, for another thread to read while the member goes on.
package struct FrozenKeyspace: Sendable {
    let keyspace: Keyspace
}

extension Keyspace {
    /// The state as it is now.
    ///
    /// - Complexity: O(1); what changes afterwards copies, once, the tree nodes that it touches.
    package func freeze() -> FrozenKeyspace { FrozenKeyspace(keyspace: self) }
}
