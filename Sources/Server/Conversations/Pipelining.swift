internal import Wire

/// Which requests of one connection may be under way at the same time, so that their answers are
/// those of carrying them out one after another.
enum PipelineClass: Hashable {
    /// A write of keys: several are proposed in their order, and take effect in it.
    case write
    /// A linearizable read of one key: several share a round.
    case read
    /// Waits for everything before it, and everything behind waits for it.
    case alone

    private static let keys = Array("/v1/kv/".utf8)
    private static let transactions = Array("/v1/txn".utf8)

    init(_ request: HTTPRequest) {
        let path = request.rawPath
        let isOnKeys = path.starts(with: Self.keys)
        switch request.method {
        case .get: self = isOnKeys && request.rawQuery == nil ? .read : .alone
        case .put, .delete: self = isOnKeys ? .write : .alone
        case .post: self = isOnKeys || path.elementsEqual(Self.transactions) ? .write : .alone
        case .head, .options, .other: self = .alone
        }
    }
}

/// What of a connection is under way; decides what may begin.
struct Pipeline: Hashable {
    /// Requests accepted off one connection and not answered yet.
    static let depthMax = 32
    /// Bytes of bodies under way beyond which no other request joins them.
    static let byteCountMax = 4 << 20

    private(set) var underWayCount = 0
    private var underWayByteCount = 0
    private var kind = PipelineClass.alone

    /// Whether a request may begin beside what is under way.
    func admits(_ overlap: PipelineClass) -> Bool {
        underWayCount == 0
            || (overlap == kind && overlap != .alone && underWayByteCount < Self.byteCountMax)
    }

    mutating func begin(_ overlap: PipelineClass, requestCount: Int, byteCount: Int) {
        underWayCount += requestCount
        underWayByteCount += byteCount
        kind = overlap
    }

    mutating func end(requestCount: Int, byteCount: Int) {
        underWayCount -= requestCount
        underWayByteCount -= byteCount
    }
}
