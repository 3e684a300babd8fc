import Bytes
import Testing

@testable import Keyspace

@Suite("KeyTree: a B+tree against a sorted array")
struct StoreTreeTests {
    /// How a scenario draws its keys.
    enum Keys: Sendable, CaseIterable {
        case rising
        case falling
        case scattered
        /// Long shared prefixes, some keys prefixes of others.
        case nested
    }

    private func key(_ number: UInt64, keys: Keys) -> [UInt8] {
        switch keys {
        case .rising: Array("/key/\(1_000_000 + number)".utf8)
        case .falling: Array("/key/\(9_000_000 - number)".utf8)
        case .scattered:
            Array("/key/\(number &* 0x9E37_79B9_7F4A_7C15 >> 40)".utf8)
        case .nested:
            Array(repeating: UInt8(ascii: "a"), count: Int(number % 50))
                + Array("\(number % 97)".utf8)
        }
    }

    /// Grows to some thousand keys, then shrinks to none, in waves.
    @Test("as a sorted array, through splits and joins", arguments: Keys.allCases)
    func againstArray(keys: Keys) {
        var generator = SplitMix64(seed: 11)
        var tree = KeyTree<UInt64>()
        var model: [[UInt8]: UInt64] = [:]
        var number: UInt64 = 0
        for (wave, growing) in [80, 20, 90, 5, 50, 0].enumerated() {
            for _ in 0..<3000 {
                if Int.random(in: 0..<100, using: &generator) < growing {
                    number += 1
                    let key = key(number, keys: keys)
                    tree.mutate(key, initial: 0) { $0 = number }
                    model[key] = number
                } else {
                    let victim = key(UInt64.random(in: 0...number, using: &generator), keys: keys)
                    #expect(tree.remove(victim) == model.removeValue(forKey: victim))
                }
            }
            check(tree, model: model, when: "wave \(wave)")
        }
        for victim in model.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            tree.remove(victim)
        }
        check(tree, model: [:], when: "emptied")
    }

    @Test("a leaf has room for a few values more than it holds", arguments: Keys.allCases)
    func room(keys: Keys) {
        var tree = KeyTree<UInt64>()
        for number in 1...2000 as ClosedRange<UInt64> {
            tree.mutate(key(number, keys: keys), initial: 0) { $0 = number }
            // A copy in between: what is copied has no more room than what grew.
            if number % 501 == 0 {
                let frozen = tree
                tree.mutate(key(number, keys: keys), initial: 0) { $0 = 0 }
                #expect(frozen.value(for: key(number, keys: keys)) == number)
            }
        }
        for leaf in tree.root.leaves {
            // The allocator may give a little more than was asked for.
            #expect(leaf.values.capacity <= leaf.values.count + 16 + 2)
        }
    }

    private func check(_ tree: KeyTree<UInt64>, model: [[UInt8]: UInt64], when: String) {
        #expect(tree.violations().isEmpty, "\(when)")
        #expect(tree.count == model.count)
        let sorted = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        var cursor = tree.cursor()
        for key in sorted {
            guard !cursor.isAtEnd else {
                Issue.record("the walk ended early, \(when)")
                return
            }
            #expect(cursor.key == key && cursor.value == model[key])
            #expect(tree.value(for: key) == model[key])
            cursor.advance()
        }
        #expect(cursor.isAtEnd)
        checkWeights(tree, model: model, sorted: sorted)
        for (index, key) in sorted.enumerated() where index % 7 == 0 {
            #expect(tree.cursor(from: key).key == key)
            let next = tree.cursor(from: key + [0])
            #expect(next.isAtEnd ? index + 1 == sorted.count : next.key == sorted[index + 1])
            #expect(tree.value(for: key + [0]) == model[key + [0]])
        }
    }

    private func checkWeights(
        _ tree: KeyTree<UInt64>,
        model: [[UInt8]: UInt64],
        sorted: [[UInt8]]
    ) {
        var generator = SplitMix64(seed: UInt64(sorted.count))
        for _ in 0..<200 where !sorted.isEmpty {
            let first = Int.random(in: 0..<sorted.count, using: &generator)
            let end = Int.random(in: first...sorted.count, using: &generator)
            let weights = sorted[first..<end].compactMap { model[$0]?.weight }
            let weight = tree.weight(
                from: sorted[first],
                to: end == sorted.count ? nil : sorted[end]
            )
            #expect(weight.count == weights.reduce(0) { $0 + $1.count })
            #expect(weight.newest == weights.map(\.newest).max() ?? .zero)
        }
        #expect(tree.weight(from: [1], to: [1]).count == 0)
    }

    @Test("a copy stays as it was, on another thread too, while the tree changes")
    func frozenCopy() async {
        var tree = KeyTree<UInt64>()
        for number in UInt64(0)..<5000 {
            tree.mutate(key(number, keys: .scattered), initial: number) { _ in }
        }
        let frozen = tree
        let reader = Task.detached {
            var sum: UInt64 = 0
            for _ in 0..<20 {
                var cursor = frozen.cursor()
                while !cursor.isAtEnd {
                    sum &+= cursor.value
                    cursor.advance()
                }
            }
            return sum
        }
        for number in UInt64(0)..<5000 {
            tree.mutate(key(number, keys: .scattered), initial: 0) { $0 += 1_000_000 }
            if number % 3 == 0 { tree.remove(key(number / 2, keys: .scattered)) }
        }
        #expect(await reader.value == 20 * (0..<5000).reduce(0, +))
        #expect(tree.violations().isEmpty && frozen.violations().isEmpty)
        #expect(frozen.count == 5000)
    }

    @Test("keys in order leave full leaves behind: at least nine tenths")
    func sequentialFill() {
        var tree = KeyTree<UInt64>()
        for number in UInt64(0)..<20_000 {
            tree.mutate(key(number, keys: .rising), initial: 0) { _ in }
        }
        var leaves = 0
        var nodes = [tree.root]
        while let node = nodes.popLast() {
            leaves += node.isLeaf ? 1 : 0
            nodes += node.children
        }
        #expect(Double(tree.count) / Double(leaves) > 0.9 * Double(KeyTree<UInt64>.Node.capacity))
    }

    @Test("the check sees what is wrong with a tree")
    func plantedFaults() {
        func leaf(_ keys: String...) -> KeyTree<UInt64>.Node {
            var node = KeyTree<UInt64>.Node()
            for (index, key) in keys.enumerated() {
                node.keys.insert(Array(key.utf8), at: index)
                node.values.append(0)
            }
            return node
        }
        func branch(
            _ separator: String,
            _ left: KeyTree<UInt64>.Node,
            _ right: KeyTree<UInt64>.Node
        )
            -> KeyTree<UInt64>.Node
        {
            KeyTree<UInt64>.Node(separator: Array(separator.utf8), left, right)
        }
        func violations(_ node: KeyTree<UInt64>.Node, count: Int) -> [String] {
            KeyTree<UInt64>(root: node, count: count).violations()
        }
        #expect(violations(branch("c", leaf("a", "b"), leaf("c", "d")), count: 4).isEmpty)
        #expect(!violations(leaf("b", "a"), count: 2).isEmpty)
        #expect(!violations(leaf("a", "a"), count: 2).isEmpty)
        #expect(!violations(leaf("a", "b"), count: 3).isEmpty)
        #expect(!violations(branch("b", leaf("a", "b"), leaf("c")), count: 3).isEmpty)
        #expect(!violations(branch("d", leaf("a", "b"), leaf("c")), count: 3).isEmpty)
        #expect(!violations(branch("c", leaf("a"), leaf("c", "b")), count: 3).isEmpty)
        #expect(
            !violations(branch("b", leaf("a"), branch("c", leaf("b"), leaf("c"))), count: 3).isEmpty
        )
        var short = leaf("a", "b")
        short.values.removeLast()
        #expect(!violations(short, count: 1).isEmpty)
    }
}

extension UInt64: Weighed {
    /// Two of three count.
    var weight: TreeWeight {
        self % 3 == 0 ? .none : TreeWeight(Revision(rawValue: self))
    }
}

extension KeyTree.Node {
    fileprivate var leaves: [Self] { isLeaf ? [self] : children.flatMap(\.leaves) }
}
