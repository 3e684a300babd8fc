/// Keys that operations tie together, with everything that was done to them.
struct Partition {
    private(set) var keys: [Int]
    /// Their numbers in the recording.
    private(set) var operations: [Int] = []
    /// The place of each key of the recording among `keys`.
    private(set) var slots: [Int]
    /// What ended later counts as unanswered, what began later does not count.
    var cut = UInt64.max

    /// Every partition of the recording, in the order of their lowest keys. What was denied is in
    /// none: it had no effect.
    static func all(of recording: Recording) -> [Partition] {
        let keyCount = 1 + (recording.operations.lazy.flatMap(\.ask.keys).max() ?? -1)
        var roots = Array(0..<keyCount)
        func root(of key: Int) -> Int {
            var key = key
            while roots[key] != key {
                roots[key] = roots[roots[key]]
                key = roots[key]
            }
            return key
        }
        for operation in recording.operations {
            let keys = operation.ask.keys
            for key in keys.dropFirst() {
                let (one, other) = (root(of: key), root(of: keys[0]))
                roots[max(one, other)] = min(one, other)
            }
        }
        var partitions: [Partition] = []
        var places = Array(repeating: -1, count: keyCount)
        for key in 0..<keyCount {
            let root = root(of: key)
            if root == key {
                places[key] = partitions.count
                let slots = Array(repeating: 0, count: keyCount)
                partitions.append(Partition(keys: [], slots: slots))
            }
            let place = places[root]
            partitions[place].slots[key] = partitions[place].keys.count
            partitions[place].keys.append(key)
        }
        for (number, operation) in recording.operations.enumerated()
        where operation.outcome != .denied {
            guard let key = operation.ask.keys.first else { continue }
            partitions[places[root(of: key)]].operations.append(number)
        }
        return partitions.filter { !$0.operations.isEmpty }
    }

    private init(keys: [Int], slots: [Int]) {
        self.keys = keys
        self.slots = slots
    }
}
