internal import Keyspace

/// States of the store that were frozen and that nobody reads any more. With one goes all that the
/// store replaced since, up to millions of allocations: they are let go a slice a turn, and here,
/// for on another thread the allocator would keep this one waiting meanwhile.
struct ReleasedStates {
    private var states: [FrozenKeyspace] = []

    /// How many are not gone yet.
    var count: Int { states.count }
    var isEmpty: Bool { states.isEmpty }

    mutating func append(_ state: FrozenKeyspace) { states.append(state) }

    /// Lets go of a slice.
    mutating func shed() {
        guard var state = states.popLast() else { return }
        if state.shed() == .something { states.append(state) }
    }
}
