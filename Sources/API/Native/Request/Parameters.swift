internal import Keyspace
internal import Wire

/// A request's query, taken apart parameter by parameter; what nobody took is refused by name.
struct Parameters {
    private var query: Query

    init(_ request: HTTPRequest) throws(Problem) {
        do { query = try Query(parsing: request.rawQuery) } catch { throw Problem(error) }
    }

    /// Refuses what the call does not know.
    func expectNoMore() throws(Problem) {
        if let name = query.firstUntaken {
            throw .parameter(name, fault: "is not known to this call")
        }
    }

    mutating func text(_ name: StaticString) throws(Problem) -> [UInt8]? {
        do { return try query.take(name) } catch { throw Problem(error) }
    }

    mutating func texts(_ name: StaticString) -> [[UInt8]] { query.takeAll(name) }

    /// Whether it is given.
    func has(_ name: StaticString) throws(Problem) -> Bool {
        var parameters = self
        return try parameters.text(name) != nil
    }

    mutating func flag(_ name: StaticString) throws(Problem) -> Bool {
        do { return try query.takeFlag(name) } catch { throw Problem(error) }
    }

    /// A whole number below 2^53.
    mutating func number(_ name: StaticString) throws(Problem) -> UInt64? {
        guard let text = try text(name) else { return nil }
        guard let value = text.decimalValue, value <= DecimalNumber.wholeMax else {
            throw .parameter(name, fault: "is no whole number below 2^53")
        }
        return value
    }

    /// A whole number, which may be negative.
    mutating func integer(_ name: StaticString) throws(Problem) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let value = DecimalNumber(parsing: text[...])?.integer else {
            throw .parameter(name, fault: "is no whole number")
        }
        return value
    }

    mutating func revision(_ name: StaticString) throws(Problem) -> Revision? {
        try number(name).map { Revision(rawValue: $0) }
    }

    /// A revision that something was written at: not 0.
    mutating func pastRevision(_ name: StaticString) throws(Problem) -> Revision? {
        guard let revision = try revision(name) else { return nil }
        guard revision > .zero else {
            throw .parameter(name, fault: "is 0, which is no revision; they count from 1")
        }
        return revision
    }

    mutating func duration(_ name: StaticString) throws(Problem) -> TimeSpan? {
        guard let text = try text(name) else { return nil }
        guard let span = TimeSpan(parsing: text) else {
            throw .parameter(name, fault: "is no duration such as 500ms, 30s, 5m, 1h, 2d or 1.5")
        }
        return span
    }

    /// A time to live, in milliseconds; within its range.
    mutating func timeToLive(_ name: StaticString) throws(Problem) -> UInt64? {
        guard let span = try duration(name) else { return nil }
        guard Lease.nativeTimeToLiveMillisecondsRange.contains(span.milliseconds) else {
            throw .parameter(name, fault: Lease.fault(ofTimeToLive: span.milliseconds))
        }
        return span.milliseconds
    }

    mutating func lease(_ name: StaticString) throws(Problem) -> LeaseID? {
        guard let text = try text(name) else { return nil }
        guard let lease = LeaseID(text: text) else {
            throw .parameter(name, fault: "is no lease id: up to sixteen hexadecimal digits")
        }
        return lease
    }

    mutating func path(_ name: StaticString) throws(Problem) -> Key? {
        guard let text = try text(name) else { return nil }
        return try Key(pathText: text)
    }

    mutating func token() throws(Problem) -> FencingToken? {
        try number("token").map { FencingToken(rawValue: $0) }
    }

    /// The most items of a page.
    mutating func limit() throws(Problem) -> Int {
        guard let limit = try number("limit") else { return 1000 }
        guard (1...10_000).contains(limit) else {
            throw .parameter("limit", fault: "lies outside 1 to 10000")
        }
        return Int(limit)
    }
}

extension Key {
    /// A key as a client writes it, already decoded.
    init(pathText text: [UInt8]) throws(Problem) {
        do { self = try Key(path: text) } catch { throw Problem(error) }
    }
}

extension Lease {
    /// What the native dialect grants: 1 s to 30 d.
    static let nativeTimeToLiveMillisecondsRange: ClosedRange<UInt64> =
        1_000...30 * 24 * 3_600_000
    static let nativeTimeToLiveText = "1s to 30d"

    /// Why it is no time to live, in words that follow its name.
    static func fault(ofTimeToLive milliseconds: UInt64) -> String {
        milliseconds == 0
            ? "is 0, and nothing lives for no time; it is \(nativeTimeToLiveText), and left out for the default"
            : "lies outside \(nativeTimeToLiveText)"
    }
}
