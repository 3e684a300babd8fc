import Bytes

@testable import Keyspace

/// What writing a tree means, said of whole dictionaries.
enum TreeModel {
    /// The values of all keys after the write; nil where a key is put twice.
    static func after(_ write: TreeWrite, before: [Key: [UInt8]]) -> [Key: [UInt8]]? {
        func isBelow(_ key: Key, _ root: Key) -> Bool {
            HistoryModel.contains(key, in: .subtree(root))
        }
        var after = before
        var puts: [Key: [UInt8]] = [:]
        for edit in write.edits {
            switch edit {
            case .value(let key, let value):
                guard puts.updateValue(value, forKey: key) == nil else { return nil }
            case .leaf(let key, let value):
                guard puts.updateValue(value, forKey: key) == nil else { return nil }
                after = after.filter { !isBelow($0.key, key) }
            case .directory(let key):
                let hasChildren = before.keys.contains { other in
                    other != key && isBelow(other, key) && HistoryModel.isPath(other)
                }
                if !hasChildren { after[key] = nil }
            case .removal(let key): after = after.filter { !isBelow($0.key, key) }
            case .valueRemoval(let key): after[key] = nil
            }
        }
        // What stays is only what the edits say.
        if write.mode == .replace { after = after.filter { !isBelow($0.key, write.root) } }
        return after.merging(puts) { _, put in put }
    }

    /// Whether the condition holds of the records at or below the root.
    static func isMet(_ condition: TreeWrite.Condition, by records: [KeyRecord]) -> Bool {
        switch condition {
        case .none: true
        case .exists: !records.isEmpty
        case .absent: records.isEmpty
        case .oneOf(let tags): tags.contains(tag(records))
        }
    }

    static func tag(_ records: [KeyRecord]) -> TreeWrite.Tag {
        TreeWrite.Tag(
            modRevision: records.map(\.modRevision).max() ?? .zero,
            keyCount: UInt64(records.count)
        )
    }
}

/// Random trees over few paths, among keys that are none.
struct RandomTree {
    static let paths = ["/", "/t", "/t/a", "/t/a/x", "/t/a/y", "/t/b", "/t-", "/u"].map(path)
    static let others = ["/t//b", "/t/", "t", "/t/a/../x"].map(path)

    private(set) var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func number(below count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func value() -> [UInt8] { [UInt8(number(below: 3))] }

    mutating func key() -> Key {
        let keys = Self.paths + Self.others
        return keys[number(below: keys.count)]
    }

    /// - Parameter records: what is at or below the root, for conditions that hold.
    mutating func write(_ current: (Key) -> [KeyRecord]) -> TreeWrite {
        let root = Self.paths[number(below: Self.paths.count)]
        let below = Self.paths.filter { HistoryModel.contains($0, in: .subtree(root)) }
        var edits: [TreeWrite.Edit] = []
        for key in below where number(below: 2) == 0 {
            switch number(below: 8) {
            case 0...2: edits.append(.value(key, value()))
            case 3: edits.append(.leaf(key, value()))
            case 4: edits.append(.directory(key))
            case 5: edits.append(.removal(key))
            case 6: edits.append(.valueRemoval(key))
            default: edits += [.directory(key), .value(key, value())]
            }
        }
        if number(below: 30) == 0, let edit = edits.last { edits.append(edit) }
        edits.shuffle(using: &random)
        let records = current(root)
        let condition: TreeWrite.Condition =
            switch number(below: 8) {
            case 0: .exists
            case 1: .absent
            case 2: .oneOf([])
            case 3: .oneOf([.init(modRevision: .zero, keyCount: 0), TreeModel.tag(records)])
            case 4: .oneOf([.init(modRevision: .initial, keyCount: UInt64(records.count))])
            default: .none
            }
        return TreeWrite(
            root: root,
            edits: edits,
            mode: number(below: 2) == 0 ? .replace : .merge,
            condition: condition
        )
    }
}
