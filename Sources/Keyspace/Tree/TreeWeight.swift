/// What a tree knows of many values at once, node by node: how many count, and the newest revision
/// among them.
struct TreeWeight: Sendable {
    /// How many values count.
    private(set) var count: Int
    /// No value that counts is newer; zero without any.
    private(set) var newest: Revision
    /// Whether one of them is that new. Not after the newest has gone, until another is written.
    private(set) var isExact: Bool

    /// That of nothing.
    static let none = TreeWeight(count: 0, newest: .zero, isExact: true)

    private init(count: Int, newest: Revision, isExact: Bool) {
        self.count = count
        self.newest = newest
        self.isExact = isExact
    }

    /// That of one value that counts.
    init(_ revision: Revision) { self.init(count: 1, newest: revision, isExact: true) }

    /// One of the values, or some of them, became others.
    mutating func replace(_ before: TreeWeight, with after: TreeWeight) {
        count += after.count - before.count
        if after.newest >= newest {
            newest = after.newest
            isExact = after.isExact
        } else if before.newest == newest {
            isExact = false
        }
    }

    /// Adds those of another node.
    mutating func add(_ other: TreeWeight) {
        count += other.count
        if other.newest > newest {
            newest = other.newest
            isExact = other.isExact
        } else if other.newest == newest {
            isExact = isExact || other.isExact
        }
    }

    /// Adds values whose newest is known to be no newer than the newest of these.
    mutating func add(count: Int) { self.count += count }
}

/// A value of a tree.
protocol Weighed {
    /// Its part in the weight of its node.
    var weight: TreeWeight { get }
}

extension Weighed {
    /// Most values do not count.
    var weight: TreeWeight { .none }
}
