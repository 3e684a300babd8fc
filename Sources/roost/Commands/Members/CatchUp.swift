internal import Bytes
internal import Wire

/// What a member still lacks, as its leader tells.
enum CatchUp: Hashable {
    /// A snapshot comes before the log: how much of it was sent.
    case snapshot(sentByteCount: UInt64, byteCount: UInt64)
    /// So many of the log.
    case entries(UInt64)

    /// - Parameter member: one of the list of the members; nil where it is not the leader's.
    init?(_ member: JSONValue) {
        if let snapshot = member["snapshot"], let sent = snapshot["sent_bytes"]?.whole,
            let byteCount = snapshot["bytes"]?.whole
        {
            self = .snapshot(sentByteCount: min(sent, byteCount), byteCount: byteCount)
        } else if let count = member["lag_entries"]?.whole {
            self = .entries(count)
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .snapshot(let sent, let byteCount):
            "\(People.size(sent)) of \(People.size(byteCount)) of a snapshot"
        case .entries(let count): "\(count) entries left"
        }
    }
}

/// How long catching up takes at the pace of the last seconds.
struct CatchUpPace {
    private struct Sight {
        let catchUp: CatchUp
        let time: MonotonicTime
    }

    /// What lies further back says little of the pace now.
    private static let spanNanoseconds: UInt64 = 10_000_000_000
    /// Less time than this is no measure.
    private static let spanNanosecondsMin: UInt64 = 900_000_000

    private var sights: [Sight] = []

    /// What is left at a time that is not before that of the last call.
    mutating func note(_ catchUp: CatchUp, at now: MonotonicTime) {
        if let last = sights.last, !last.catchUp.isOneCount(with: catchUp) { sights = [] }
        sights.append(Sight(catchUp: catchUp, time: now))
        while sights.count > 2, now.nanoseconds(since: sights[1].time) >= Self.spanNanoseconds {
            sights.removeFirst()
        }
    }

    /// How long until nothing of it is left; nil where nothing was gained lately.
    var remainingMilliseconds: UInt64? {
        guard let first = sights.first, let last = sights.last,
            first.catchUp.leftCount > last.catchUp.leftCount
        else { return nil }
        let span = last.time.nanoseconds(since: first.time)
        guard span >= Self.spanNanosecondsMin else { return nil }
        let gained = first.catchUp.leftCount - last.catchUp.leftCount
        let whole = last.catchUp.leftCount.multipliedReportingOverflow(by: span / 1_000_000)
        return whole.overflow ? nil : whole.partialValue / gained
    }
}

extension CatchUp {
    /// Bytes, or entries.
    fileprivate var leftCount: UInt64 {
        switch self {
        case .snapshot(let sent, let byteCount): byteCount - sent
        case .entries(let count): count
        }
    }

    /// Whether the two are counts of the same thing, so that their difference is a gain.
    fileprivate func isOneCount(with other: CatchUp) -> Bool {
        switch (self, other) {
        case (.snapshot(_, let byteCount), .snapshot(_, let otherByteCount)):
            byteCount == otherByteCount
        case (.entries, .entries): true
        case (.snapshot, .entries), (.entries, .snapshot): false
        }
    }
}
