internal import Bytes

/// Which ways between members are cut or slow.
struct SimulatedNetwork {
    /// Ways from one member to another, as bits.
    struct Ways: OptionSet {
        let rawValue: UInt64

        /// The way of one direction. There are at most eight members.
        static func from(_ from: Int, to: Int) -> Ways {
            Ways(rawValue: 1 << UInt64(from * 8 + to))
        }

        static func between(_ one: Int, and other: Int) -> Ways {
            [.from(one, to: other), .from(other, to: one)]
        }
    }

    /// Ways that are cut until it heals.
    struct Partition {
        let number: Int
        let ways: Ways
    }

    private var partitions: [Partition] = []
    private var cut: Ways = []
    private var slow: Ways = []
    private var lastNumber = 0

    func isCut(from: Int, to: Int) -> Bool { cut.contains(.from(from, to: to)) }

    func isCut(between one: Int, and other: Int) -> Bool {
        !cut.isDisjoint(with: .between(one, and: other))
    }

    /// Whether every way is as it should be.
    var isClear: Bool { cut.isEmpty && slow.isEmpty }

    func isSlow(from: Int, to: Int) -> Bool { slow.contains(.from(from, to: to)) }

    /// Cuts the ways; gives what heals them again.
    mutating func cut(_ ways: Ways) -> Int {
        lastNumber += 1
        partitions.append(Partition(number: lastNumber, ways: ways))
        cut.formUnion(ways)
        return lastNumber
    }

    mutating func heal(_ number: Int) {
        partitions.removeAll { $0.number == number }
        cut = partitions.reduce(into: []) { $0.formUnion($1.ways) }
    }

    mutating func slowDown(_ ways: Ways) { slow.formUnion(ways) }

    mutating func hurry(_ ways: Ways) { slow.subtract(ways) }

    mutating func healAll() {
        partitions.removeAll()
        cut = []
        slow = []
    }
}
