import API
import Bytes
import Keyspace

/// One request of the line protocol, from its line to the end of its answer. An answer is made of
/// lines without their numbers, which the conversation puts before each.
struct LineExchange: Exchange {
    typealias Response = [UInt8]

    /// Nothing is shared.
    struct Cache: ExchangeCache {
        init() {}
        mutating func removeAll() {}
    }

    private enum State {
        case getting(Key)
        case putting
        /// Everything before the position was told.
        case watching([Key], position: EventID)
        case over
    }

    private static let patienceMilliseconds: UInt64 = 5_000
    private static let pieceByteCount = 16 << 10

    private var state: State
    private(set) var deadline: MonotonicTime

    let keepsAlive: KeptLease? = nil
    let delivery = Delivery.indifferent

    /// Begins with a request that is not for a stream that runs.
    static func begin(
        _ request: LineRequest,
        keyspace: Keyspace,
        now: MonotonicTime
    ) -> (LineExchange, Step<[UInt8]>) {
        let deadline = now.advanced(byMilliseconds: patienceMilliseconds)
        switch request {
        case .get(let path):
            return (LineExchange(state: .getting(path), deadline: deadline), .read)
        case .put(let path, let value):
            let put = Put(key: path, value: value, lease: .none, condition: .none)
            return (
                LineExchange(state: .putting, deadline: deadline), .propose(Request(.put(put)))
            )
        case .watch(let path):
            let start = EventID(revision: keyspace.store.revision.next, sub: 0)
            return (
                LineExchange(state: .watching([path], position: start), deadline: deadline),
                .stream(Array("watching".utf8))
            )
        case .also, .end:
            return (
                LineExchange(state: .over, deadline: deadline),
                .respond(Array("error no such stream".utf8))
            )
        }
    }

    mutating func resume(
        _ resumption: Resumption,
        keyspace: Keyspace,
        member: MemberView,
        now: MonotonicTime
    ) -> Step<[UInt8]> {
        switch (state, resumption) {
        case (_, .disconnected):
            state = .over
            return .finish
        case (.getting(let path), .readable):
            guard let record = try? keyspace.store.get(path, at: keyspace.store.revision) else {
                return .respond(Array("none".utf8))
            }
            return .respond(Array("value ".utf8) + record.value)
        case (.putting, .answered(let answer)):
            guard case .put(let result) = answer.outcome else {
                return .respond(Array("error".utf8))
            }
            return .respond(Array("ok \(result.revision.rawValue)".utf8))
        case (.getting, .unreadable), (.putting, .unproposed):
            return .respond(Array("error unavailable".utf8))
        case (.watching(let paths, let position), .received(let bytes)):
            if let path = try? Key(path: bytes) {
                state = .watching(paths + [path], position: position)
            }
            return .goOn
        case (.watching, .inputEnded):
            state = .over
            return .goOn
        default: return .goOn
        }
    }

    mutating func nextPiece(
        keyspace: Keyspace,
        member: MemberView,
        cache: inout Cache,
        now: MonotonicTime
    ) -> StreamPiece<[UInt8]> {
        guard case .watching(let paths, let position) = state else {
            return .end(Array("done".utf8))
        }
        let filter = WatchFilter(ranges: paths.map { KeyRange.key($0) })
        guard
            let slice = try? keyspace.store.events(
                from: position,
                filter: filter,
                byteCountMax: Self.pieceByteCount
            )
        else { return .end(Array("error compacted".utf8)) }
        state = .watching(paths, position: slice.next)
        guard let event = slice.events.first else { return .idle(Wake(filter: filter)) }
        // One event a piece, so that streams and answers have their turns.
        state = .watching(
            paths,
            position: EventID(revision: event.id.revision, sub: event.id.sub + 1)
        )
        let key = String(decoding: event.key.bytes, as: UTF8.self)
        return .bytes(Array("event \(event.id.revision.rawValue) \(key)".utf8))
    }

    mutating func passOver(before event: EventID) {
        guard case .watching(let paths, let position) = state, position < event else { return }
        state = .watching(paths, position: event)
    }
}
