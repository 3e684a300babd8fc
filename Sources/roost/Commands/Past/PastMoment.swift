internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// A point of the store's history as people name it: a revision, a time ago, or a time.
enum PastMoment: Hashable {
    case revision(UInt64)
    /// Milliseconds since 1970 by the wall clock.
    case time(UInt64)

    static let placeholder = "WHEN"
    static let flag = Flag(
        "at",
        value: .required(placeholder),
        "as it was then: 10m-ago, 2026-11-28T10:00 or a revision"
    )
    private static let hint =
        "write a revision, a time ago such as 10m-ago, or a time such as 2026-11-28T10:00"

    /// Reads `12`, `10m-ago`, or `2026-11-28T10:00`, of the local time where it has no zone.
    ///
    /// - Parameter now: milliseconds since 1970.
    init(parsing text: [UInt8], now: UInt64) throws(Failure) {
        let words = String(decoding: text, as: UTF8.self)
        let isDigits = !text.isEmpty && text.allSatisfy { (0x30...0x39).contains($0) }
        if isDigits {
            guard let revision = text.decimalValue, (1...DecimalNumber.wholeMax).contains(revision)
            else {
                throw .usage("'\(words)' is no revision", hint: "they count from 1")
            }
            self = .revision(revision)
            return
        }
        let suffix = Array("-ago".utf8)
        if text.suffix(suffix.count).elementsEqual(suffix) {
            guard let span = TimeSpan(parsing: Array(text.dropLast(suffix.count))) else {
                throw .usage(
                    "'\(words)' is no time ago",
                    hint: "write for example 10m-ago or 2d-ago"
                )
            }
            self = .time(now - min(now, span.milliseconds))
            return
        }
        guard let written = WrittenTime(parsing: text), let time = Self.unixMilliseconds(written)
        else { throw .usage("'\(words)' is no time and no revision", hint: Self.hint) }
        guard time <= now else {
            throw .usage("'\(words)' is yet to come", hint: "the past alone is known")
        }
        self = .time(time)
    }

    private static func unixMilliseconds(_ written: WrittenTime) -> UInt64? {
        guard written.zone == .local else { return written.unixMilliseconds }
        let seconds = LocalTime.unixSeconds(
            year: Int32(clamping: written.year),
            month: Int32(clamping: written.month),
            day: Int32(clamping: written.day),
            hour: Int32(clamping: written.hour),
            minute: Int32(clamping: written.minute),
            second: Int32(clamping: written.second)
        )
        guard let seconds = seconds.flatMap(UInt64.init(exactly:)) else { return nil }
        return seconds * 1000 + written.millisecond
    }

    /// What `--at` says, nil where it is not given.
    static func flagged(_ invocation: Invocation) throws(Failure) -> PastMoment? {
        guard let text = invocation.bytes("at") else { return nil }
        return try PastMoment(parsing: text, now: Clock.wallMilliseconds())
    }

    /// What the operand at a place says, nil when fewer were given.
    static func operand(_ place: Int, of invocation: Invocation) throws(Failure) -> PastMoment? {
        guard place < invocation.operands.count else { return nil }
        return try PastMoment(parsing: invocation.operands[place], now: Clock.wallMilliseconds())
    }
}

extension Service {
    /// The revision that was in force at a moment of the past.
    func revision(at moment: PastMoment) throws(Failure) -> UInt64 {
        let time: UInt64
        switch moment {
        case .revision(let revision): return revision
        case .time(let milliseconds): time = milliseconds
        }
        var text: [UInt8] = []
        text.append(unixMilliseconds: time)
        var call = Call.read(Array("/v1/revision".utf8))
        call.add("at", value: text)
        let reply = try read(call)
        guard let revision = reply.json?["revision"]?.whole, revision > 0 else {
            throw .answer(reply)
        }
        return revision
    }

    /// The revision of now.
    func presentRevision() throws(Failure) -> UInt64 {
        let reply = try read(.read(Array("/v1/revision".utf8)))
        guard let revision = reply.json?["revision"]?.whole else { throw .answer(reply) }
        return revision
    }
}
