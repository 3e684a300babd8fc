internal import Bytes

/// What becomes of a counter. One that is not there counts 0.
///
/// A counter is the key `/.roost/counters/NAME`, whose value is the number in decimal: it has history
/// and can be watched, but nobody writes it as a key.
package enum CounterChange: Hashable, Sendable {
    case add(Int64)
    case set(Int64)

    /// What a counter may come to: the whole numbers that JSON has everywhere.
    package static let range: ClosedRange<Int64> = -(1 << 53 - 1)...(1 << 53 - 1)

    /// Where the counter lies.
    package static func key(of name: [UInt8]) -> Key { Key.counters.child(name) }

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        switch self {
        case .add(let number), .set(let number): Self.range.contains(number)
        }
    }

    /// What follows `value`; nil where that is out of range.
    func applied(to value: Int64) -> Int64? {
        switch self {
        case .set(let number): return number
        case .add(let number):
            let (sum, overflows) = value.addingReportingOverflow(number)
            return !overflows && Self.range.contains(sum) ? sum : nil
        }
    }
}

extension Key {
    /// Where counters lie.
    static let counters = Key.reserved.child(Array("counters".utf8))

    /// Whether it is a counter's.
    var isCounter: Bool { isAtOrBelow(.counters) }
}

extension Keyspace {
    /// What the counter shows, and at which revision that was written; nil where there is none.
    package func counter(_ name: [UInt8]) -> (value: Int64, revision: Revision)? {
        guard let record = store.get(CounterChange.key(of: name)),
            let value = Int64(String(decoding: record.value, as: UTF8.self))
        else { return nil }
        return (value, record.modRevision)
    }

    /// Changes the counter, at a revision of its own.
    mutating func count(
        _ name: [UInt8],
        by change: CounterChange,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let key = CounterChange.key(of: name)
        let before = counter(name)?.value ?? 0
        guard let after = change.applied(to: before) else {
            throw .counterOutOfRange(value: before)
        }
        let value = Array(String(after).utf8)
        if settings.quotaByteCount > 0 { try checkRoom(for: value, at: key) }
        store.begin(as: context.stamp, for: context.audience)
        _ = write(key, value: value, lease: nil, in: &context)
        commit(&context)
        return .counted(
            revision: store.revision,
            before: planted(.counterTellsAfter) ? after : before,
            after: after
        )
    }
}

// MARK: - Codec

/// The tag byte of each kind of change. A number is never given another meaning.
private enum CounterChangeTag: UInt8 {
    case add = 1
    case set = 2
}

extension CounterChange {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .add(let number):
            output.append(CounterChangeTag.add)
            output.append(littleEndian: UInt64(bitPattern: number))
        case .set(let number):
            output.append(CounterChangeTag.set)
            output.append(littleEndian: UInt64(bitPattern: number))
        }
    }
}

extension ByteReader {
    mutating func readCounterChange() throws(DecodingError) -> CounterChange {
        switch try readCase(CounterChangeTag.self) {
        case .add: .add(try readInteger())
        case .set: .set(try readInteger())
        }
    }

    /// Reads a whole number that may be negative.
    mutating func readInteger() throws(DecodingError) -> Int64 {
        Int64(bitPattern: try readLittleEndian(UInt64.self))
    }
}
