internal import Bytes

/// The answers of the last ten minutes, by idempotency key.
///
/// It is bounded in bytes; what is in it is never dropped before its time, so a full table refuses
/// new keys instead.
struct IdempotencyTable: Sendable {
    /// How long a key protects a retry, on the cluster clock.
    static let lifetimeMilliseconds: UInt64 = 10 * 60_000

    /// The most that all entries together may take, in bytes, overhead included.
    static let byteCountMax = 64 << 20

    /// What an entry takes beside its variable parts: array headers and map elements.
    private static let entryOverheadByteCount = 192

    /// The most ended entries that one log entry removes.
    private static let sweepCountMax = 1_024

    /// What a request's key means now.
    enum Finding: Sendable {
        case absent
        case replay(Answer)
        case mismatch
    }

    struct Entry: Sendable {
        /// The log index of the request; also the entry's place in the order of arrival.
        let index: UInt64
        let time: ClusterTime
        let fingerprint: [UInt8]
        /// The answer, encoded: most are a few bytes, and a snapshot takes them as they are.
        let answer: [UInt8]

        func isOver(at now: ClusterTime) -> Bool {
            time.advanced(byMilliseconds: IdempotencyTable.lifetimeMilliseconds) <= now
        }
    }

    var entries = SortedMap<HashedIdempotencyKey, Entry>()
    /// Arrival and end have one order, since all entries live equally long.
    var arrivals = SortedMap<UInt64, HashedIdempotencyKey>()
    var byteCount = 0
    /// Over every entry.
    var hash = StateHash()

    var count: Int { entries.count }

    /// The entry that was kept last; nil for an empty table.
    var newest: Entry? { arrivals.last.flatMap { entries[$0.value] } }

    func find(_ stamp: IdempotencyStamp, at time: ClusterTime) -> Finding {
        guard let entry = entries[HashedIdempotencyKey(stamp.key)], !entry.isOver(at: time) else {
            return .absent
        }
        guard entry.fingerprint == stamp.fingerprint else { return .mismatch }
        guard let answer = try? Answer(decoding: entry.answer) else {
            invariant(false, "a stored answer does not decode")
            return .mismatch
        }
        return .replay(answer)
    }

    /// Whether an answer of at most `answerByteCountMax` bytes may still be kept.
    func hasRoom(for stamp: IdempotencyStamp, answerByteCountMax: Int) -> Bool {
        let needed =
            Self.entryOverheadByteCount + stamp.key.count + stamp.fingerprint.count
            + answerByteCountMax
        return byteCount + needed <= Self.byteCountMax
    }

    /// Keeps the answer of the request at `index`.
    mutating func insert(
        _ answer: Answer,
        for stamp: IdempotencyStamp,
        index: UInt64,
        time: ClusterTime
    ) {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(64)
        answer.encode(into: &encoded)
        insert(
            Entry(index: index, time: time, fingerprint: stamp.fingerprint, answer: encoded),
            for: HashedIdempotencyKey(stamp.key)
        )
    }

    /// Removes a bounded number of the oldest entries that are over at `time`.
    mutating func sweep(at time: ClusterTime) {
        for _ in 0..<Self.sweepCountMax {
            guard let oldest = arrivals.first, let entry = entries[oldest.value],
                entry.isOver(at: time)
            else { return }
            remove(oldest.value)
        }
    }

    private mutating func insert(_ entry: Entry, for key: HashedIdempotencyKey) {
        remove(key)
        hash.add(Self.item(key, entry: entry))
        byteCount += Self.byteCount(key, entry: entry)
        if !planted(.arrivalForgotten) { arrivals.insert(key, for: entry.index) }
        entries.insert(entry, for: key)
        invariant(arrivals.count == entries.count, "an answer is kept: \(Self.rule)")
    }

    private mutating func remove(_ key: HashedIdempotencyKey) {
        guard let entry = entries.remove(key) else { return }
        arrivals.remove(entry.index)
        byteCount -= Self.byteCount(key, entry: entry)
        assert(byteCount >= 0, KeyspaceRule.answersAreCounted.rawValue)
        hash.remove(Self.item(key, entry: entry))
        invariant(arrivals.count == entries.count, "an answer is dropped: \(Self.rule)")
    }

    /// What the counts show.
    private static var rule: String { KeyspaceRule.arrivalsNameAnswers.rawValue }

    private static func byteCount(_ key: HashedIdempotencyKey, entry: Entry) -> Int {
        entryOverheadByteCount + key.bytes.count + entry.fingerprint.count + entry.answer.count
    }

    private static func item(_ key: HashedIdempotencyKey, entry: Entry) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.answer)
        item.combine(key.bytes.span)
        item.combine(entry.index)
        item.combine(entry.time.rawValue)
        item.combine(entry.fingerprint.span)
        item.combine(entry.answer.span)
        return item
    }
}

// MARK: - Verification

extension IdempotencyTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*)
    var brokenRule: KeyspaceRule? {
        guard arrivals.count == entries.count else { return .arrivalsNameAnswers }
        guard byteCount <= Self.byteCountMax else { return .answersAreBounded }
        var before = ClusterTime.zero
        var sum = StateHash()
        var byteSum = 0
        for arrival in arrivals.elements {
            guard let entry = entries[arrival.value], entry.index == arrival.key else {
                return .arrivalsNameAnswers
            }
            guard entry.time >= before else { return .answersAreInOrder }
            before = entry.time
            guard !arrival.value.bytes.isEmpty,
                entry.fingerprint.count == IdempotencyStamp.fingerprintByteCount
            else { return .stampsAreWellFormed }
            sum.add(Self.item(arrival.value, entry: entry))
            byteSum += Self.byteCount(arrival.value, entry: entry)
        }
        guard byteSum == byteCount else { return .answersAreCounted }
        return sum == hash ? nil : .answerHashIsSum
    }
}

// MARK: - Snapshot

extension IdempotencyTable {
    /// Walks the entries in order of arrival.
    struct Encoder: Sendable {
        private let entries: SortedMap<HashedIdempotencyKey, Entry>
        private var arrivals: SortedMap<UInt64, HashedIdempotencyKey>.Elements

        init(_ table: IdempotencyTable) {
            entries = table.entries
            arrivals = table.arrivals.elements
        }

        /// Appends the next entry as a snapshot keeps it; false when there is none.
        mutating func encodeNext(into output: inout [UInt8]) -> Bool {
            guard let key = arrivals.next()?.value, let entry = entries[key] else { return false }
            IdempotencyTable.encode(key, entry: entry, into: &output)
            return true
        }
    }

    fileprivate static func encode(
        _ key: HashedIdempotencyKey,
        entry: Entry,
        into output: inout [UInt8]
    ) {
        output.append(lengthPrefixed: key.bytes)
        output.append(varint: entry.index)
        output.append(varint: entry.time.rawValue)
        output.append(lengthPrefixed: entry.fingerprint)
        output.append(lengthPrefixed: entry.answer)
    }

    /// Takes one entry out of a snapshot; they come in order of arrival.
    ///
    /// - Parameter appliedIndex: the snapshot's; no later entry can be there.
    mutating func insert(
        decoding reader: inout ByteReader,
        appliedIndex: UInt64
    ) throws(DecodingError) {
        let start = reader.position
        let key = try reader.readLengthPrefixed(limit: IdempotencyStamp.keyByteCountMax)
        let entry = Entry(
            index: try reader.readVarint(),
            time: ClusterTime(rawValue: try reader.readVarint()),
            fingerprint: try reader.readLengthPrefixed(
                limit: IdempotencyStamp.fingerprintByteCount
            ),
            answer: try reader.readLengthPrefixed(limit: Self.byteCountMax)
        )
        _ = try Answer(decoding: entry.answer)
        guard arrivals.last.map({ $0.key < entry.index }) ?? true, entry.index <= appliedIndex,
            !entries.contains(HashedIdempotencyKey(key)), !key.isEmpty,
            entry.fingerprint.count == IdempotencyStamp.fingerprintByteCount
        else { throw .invalidValue(at: start) }
        insert(entry, for: HashedIdempotencyKey(key))
    }
}
