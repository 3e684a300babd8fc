internal import Keyspace
internal import Wire

/// Where a watch begins.
enum WatchStart: Equatable {
    /// Behind the store's revision of the moment.
    case head
    /// Behind a revision: its first event is a later one's.
    case behind(Revision)
    /// Behind one event.
    case after(EventID)

    /// What ends a reconnecting client's watch for good: its position is compacted.
    static let compactedID = [UInt8]("COMPACTED")

    /// `Last-Event-ID` wins over `from`. Nil for a client that was told `compacted`, or all that it
    /// asks for.
    ///
    /// - Parameter last: the revision that the stream ends behind, nil for one without an end.
    init?(
        _ request: HTTPRequest,
        parameters: inout Parameters,
        through last: Revision?
    ) throws(Problem) {
        let from = try parameters.pastRevision("from")
        if let id = request.header("last-event-id"), !id.isEmpty {
            if id.elementsEqual(Self.compactedID) { return nil }
            self = try Self.resume(id)
            switch (self, last) {
            case (.behind(let revision), let last?) where revision >= last: return nil
            case (.after(let event), let last?) where event.revision > last: return nil
            default: break
            }
        } else if let from {
            self = .behind(Revision(rawValue: max(from.rawValue, 1) - 1))
        } else {
            self = .head
        }
    }

    /// `R`: everything up to R was delivered; `R.N`: everything up to that event.
    private static func resume(_ text: ArraySlice<UInt8>) throws(Problem) -> WatchStart {
        let parts = text.split(
            separator: UInt8(ascii: "."),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard let revision = parts[0].decimalValue, revision < DecimalNumber.wholeMax else {
            throw malformed
        }
        guard parts.count == 2 else { return .behind(Revision(rawValue: revision)) }
        guard let sub = parts[1].decimalValue, let sub = UInt32(exactly: sub), sub < .max else {
            throw malformed
        }
        return .after(EventID(revision: Revision(rawValue: revision), sub: sub))
    }

    private static var malformed: Problem {
        .header("Last-Event-ID", fault: "is none of R, R.N and COMPACTED")
    }
}
