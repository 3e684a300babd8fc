internal import Bytes

/// Which keys a read, a delete, a compare, a watch or a permission speaks of.
///
/// The service's own records, at and below `/.roost`, are in a range only if it begins inside them.
package enum KeyRange: Hashable, Sendable {
    case key(Key)
    /// The key and whatever begins with it and a slash.
    case subtree(Key)
    /// The keys from `from` to before `to`, in the order of bytes; without `to`, to the last of all.
    /// Nothing if `to` is not after `from`. Either has at most `Key.byteCountMax` + 1 bytes.
    case interval(from: [UInt8], to: [UInt8]?)

    /// Every key.
    package static let all = KeyRange.interval(from: [], to: nil)

    /// The keys that begin with `bytes`; every key if there are none.
    package static func prefix(_ bytes: [UInt8]) -> KeyRange {
        .interval(from: bytes, to: bytes.prefixEnd)
    }

    /// The longest bound of an interval, in bytes: the end after the longest key.
    package static let boundByteCountMax = Key.byteCountMax + 1

    /// The key or bytes that the range begins with.
    package var lowerBound: [UInt8] {
        switch self {
        case .key(let key), .subtree(let key): key.bytes
        case .interval(let from, _): from
        }
    }

    /// Whether the range may have the service's own records.
    package var beginsInsideReserved: Bool {
        Key(unchecked: lowerBound).isReserved
    }

    /// Whether the key is in the range.
    package func contains(_ key: Key) -> Bool {
        selects(key) && (!key.isReserved || beginsInsideReserved)
    }

    /// Whether the key is in the range, be it the service's own or not.
    func selects(_ key: Key) -> Bool {
        switch self {
        case .key(let wanted): key == wanted
        case .subtree(let root): key.isAtOrBelow(root)
        case .interval(let from, let to):
            !key.bytes.lexicographicallyPrecedes(from)
                && (to.map { key.bytes.lexicographicallyPrecedes($0) } ?? true)
        }
    }

    /// Whether every key of the other range is in this one, told by their words alone.
    package func covers(_ other: KeyRange) -> Bool {
        guard !other.beginsInsideReserved || beginsInsideReserved else { return false }
        switch other {
        case .key(let key): return contains(key)
        case .subtree, .interval:
            return other.spans.allSatisfy { span in spans.contains { $0.covers(span) } }
        }
    }

    /// Whether some key may be in both ranges.
    package func overlaps(_ other: KeyRange) -> Bool {
        spans.contains { span in other.spans.contains { span.overlaps($0) } }
    }

    /// What `contains` says yes to, as runs of neighbouring bytes: the service's own records are cut
    /// out unless the range begins inside them.
    var openSpans: [KeySpan] {
        if beginsInsideReserved || planted(.rangeSeesReserved) { return spans }
        return spans.flatMap { $0.parts(around: KeyRange.subtree(.reserved).spans) }
    }

    /// The range as runs of neighbouring bytes, in order: a subtree is its root and what is below.
    var spans: [KeySpan] {
        switch self {
        case .key(let key): [KeySpan(from: key.bytes, to: key.bytes + [0])]
        case .subtree(.root): [KeySpan(from: Key.root.bytes, to: Key.root.bytes.prefixEnd)]
        case .subtree(let root):
            [
                KeySpan(from: root.bytes, to: root.bytes + [0]),
                KeySpan(from: root.bytes + root.separator, to: root.endOfSubtree),
            ]
        case .interval(let from, let to): [KeySpan(from: from, to: to)]
        }
    }
}

/// Neighbouring keys, from `from` to before `to`, or to the last of all.
struct KeySpan: Hashable, Sendable {
    let from: [UInt8]
    let to: [UInt8]?

    func overlaps(_ other: KeySpan) -> Bool {
        !isBefore(other) && !other.isBefore(self) && !isEmpty && !other.isEmpty
    }

    /// What is left of the span without `holes`, which are in order and end before the last of all
    /// keys.
    func parts(around holes: [KeySpan]) -> [KeySpan] {
        var parts: [KeySpan] = []
        var rest = self
        for hole in holes where rest.overlaps(hole) {
            let before = KeySpan(from: rest.from, to: hole.from)
            if !before.isEmpty { parts.append(before) }
            rest = KeySpan(from: hole.to ?? rest.from, to: rest.to)
        }
        return rest.isEmpty ? parts : parts + [rest]
    }

    func covers(_ other: KeySpan) -> Bool {
        guard !other.from.lexicographicallyPrecedes(from) else { return false }
        guard let to else { return true }
        return other.to.map { !to.lexicographicallyPrecedes($0) } ?? false
    }

    var isEmpty: Bool { to.map { !from.lexicographicallyPrecedes($0) } ?? false }

    private func isBefore(_ other: KeySpan) -> Bool {
        to.map { !other.from.lexicographicallyPrecedes($0) } ?? false
    }
}

extension [UInt8] {
    /// The first bytes after all that begin with these; nil when there are none.
    package var prefixEnd: [UInt8]? {
        guard let last = lastIndex(where: { $0 < .max }) else { return nil }
        var end = Array(self[...last])
        end[last] += 1
        return end
    }
}
