package import Bytes
package import Keyspace

/// One request's life as a value: it looks at the member, says what it needs next, and ends with a
/// response. It knows no socket, no clock and no thread. Each dialect has one type of exchange.
///
/// The keyspace is lent to each call and never kept: a copy held between turns would make every
/// write copy what it changes.
package protocol Exchange: Sendable {
    /// What the dialect answers with.
    associatedtype Response: Sendable
    /// What the streams of all exchanges of the dialect share, such as events that are rendered.
    associatedtype Cache: ExchangeCache

    /// When the shell stops waiting for the `.propose` or `.read` that was asked for last and
    /// forgets its ticket. It does not bound `.wait` and streams.
    var deadline: MonotonicTime { get }

    /// The lease that the member keeps alive for this exchange. Ask after every resumption.
    var keepsAlive: KeptLease? { get }

    /// The state of the store as it was, where it keeps one, which costs what the store changes
    /// since. Of an exchange that streams; whoever ends it lets go of the state slice by slice.
    var keptState: FrozenKeyspace? { get }

    /// What the request is about, for those who count.
    var subject: CallSubject { get }

    /// What it is about, for those who write it down: a key or a name, or the query that selects
    /// them.
    var object: [UInt8] { get }

    /// The keys and ranges that it is about, where its query names them.
    var ranges: [KeyRange] { get }

    /// Who asks, as far as it is proven, for those who write it down; empty for nobody in particular.
    var principalName: [UInt8] { get }

    /// The request's `traceparent`, where it has a sound one and traces are kept.
    var trace: [UInt8]? { get }

    /// The revision up to which it has told what it follows; nil where it follows nothing.
    var followed: Revision? { get }

    /// Whether the shell has to watch over the response. Valid with `.respond`.
    var delivery: Delivery { get }

    /// Goes on with what the last step brought.
    mutating func resume(
        _ resumption: Resumption,
        keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> Step<Response>

    /// The next piece of a response that began with `.stream`.
    mutating func nextPiece(
        keyspace: Keyspace,
        member: MemberView,
        cache: inout Cache,
        now: MonotonicTime
    ) -> StreamPiece<Response>

    /// Says that no event before this one is of a key that the exchange watches, of those since it
    /// was last idle with a filter. Its next piece begins there.
    mutating func passOver(before event: EventID)
}

extension Exchange {
    package var keptState: FrozenKeyspace? { nil }
    package var subject: CallSubject { .unknown }
    package var object: [UInt8] { [] }
    package var ranges: [KeyRange] { [] }
    package var principalName: [UInt8] { [] }
    package var trace: [UInt8]? { nil }
    package var followed: Revision? { nil }
}

/// Whether the shell has to watch over a response until it is written.
package enum Delivery: UInt8, Hashable, Sendable {
    /// The exchange is over with `.respond`.
    case indifferent = 0
    /// If the connection ends before the response was written whole, resume with `.disconnected`.
    case required = 1
}

/// What the streams of all exchanges of one dialect share. It only saves work: an empty one serves.
package protocol ExchangeCache {
    /// An empty one.
    init()

    /// Forgets everything: the store was replaced.
    mutating func removeAll()
}
