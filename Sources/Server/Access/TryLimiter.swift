internal import Bytes

/// How often wrong passwords may come for a user and from an address: each further one makes the next
/// wait longer.
///
/// Tokens and credentials that were proven before are not held up: whoever guesses locks out only who
/// logs in meanwhile.
struct TryLimiter {
    private enum Subject: Hashable {
        case user([UInt8])
        case source(ClientSource)

        /// Tries in vain that cost nothing. Many may share an address.
        var freeCount: Int {
            switch self {
            case .user: 5
            case .source: 20
            }
        }
    }

    private struct Record {
        var failureCount = 0
        /// Until when no other try is admitted.
        var until = MonotonicTime(rawValue: 0)
    }

    private static let recordCountMax = 4096
    private static let delaySecondsMax: UInt64 = 300
    /// After so long without a try what came before is forgotten.
    private static let memoryMilliseconds: UInt64 = 900_000

    private var records: [Subject: Record] = [:]

    /// How many users and addresses are remembered.
    var count: Int { records.count }

    /// For how many seconds no try is admitted; nil where one is.
    func waitSeconds(user: [UInt8], from source: ClientSource, now: MonotonicTime) -> UInt64? {
        let end = [Subject.user(user), .source(source)].compactMap { records[$0]?.until }.max()
        guard let end, end > now else { return nil }
        return end.nanoseconds(since: now) / 1_000_000_000 + 1
    }

    /// A wrong password came.
    mutating func noteWrong(user: [UInt8], from source: ClientSource, now: MonotonicTime) {
        note(.user(user), now: now)
        note(.source(source), now: now)
    }

    /// The right one came: what the user has tried before is forgotten.
    mutating func noteRight(user: [UInt8]) { records[.user(user)] = nil }

    private mutating func note(_ subject: Subject, now: MonotonicTime) {
        var record = records[subject] ?? Record()
        if record.until.advanced(byMilliseconds: Self.memoryMilliseconds) <= now,
            record.failureCount > 0
        {
            record = Record()
        }
        record.failureCount += 1
        let beyond = record.failureCount - subject.freeCount
        let seconds = beyond < 0 ? 0 : min(1 << UInt64(min(beyond, 16)), Self.delaySecondsMax)
        record.until = now.advanced(byMilliseconds: seconds * 1000)
        makeRoom(now: now)
        records[subject] = record
    }

    /// Forgets what is over; of too many that are not, those that end first.
    private mutating func makeRoom(now: MonotonicTime) {
        guard records.count >= Self.recordCountMax else { return }
        records = records.filter {
            $0.value.until.advanced(byMilliseconds: Self.memoryMilliseconds) > now
        }
        guard records.count >= Self.recordCountMax else { return }
        let ends = records.values.map(\.until).sorted()
        let middle = ends[ends.count / 2]
        records = records.filter { $0.value.until > middle }
    }
}
