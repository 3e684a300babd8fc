/// Which ways between members are cut or slow.
struct NetworkState {
    /// Ways that are cut until it heals.
    private struct Partition {
        let number: Int
        let ways: NetworkWays
    }

    private var partitions: [Partition] = []
    private var cut: NetworkWays = []
    private var slow: NetworkWays = []
    private var lastNumber = 0

    func isCut(from: Int, to: Int) -> Bool { cut.contains(.from(from, to: to)) }

    func isCut(between one: Int, and other: Int) -> Bool {
        !cut.isDisjoint(with: .between(one, and: other))
    }

    /// Whether every way is as it should be.
    var isClear: Bool { cut.isEmpty && slow.isEmpty }

    func isSlow(from: Int, to: Int) -> Bool { slow.contains(.from(from, to: to)) }

    /// Cuts the ways; gives what heals them again.
    mutating func cut(_ ways: NetworkWays) -> Int {
        lastNumber += 1
        partitions.append(Partition(number: lastNumber, ways: ways))
        cut.formUnion(ways)
        return lastNumber
    }

    mutating func heal(_ number: Int) {
        partitions.removeAll { $0.number == number }
        cut = partitions.reduce(into: []) { $0.formUnion($1.ways) }
    }

    mutating func slowDown(_ ways: NetworkWays) { slow.formUnion(ways) }

    mutating func hurry(_ ways: NetworkWays) { slow.subtract(ways) }

    mutating func healAll() {
        partitions.removeAll()
        cut = []
        slow = []
    }
}
