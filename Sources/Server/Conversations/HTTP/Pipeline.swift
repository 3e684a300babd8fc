internal import API

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
    func admits(_ pipelining: PipelineClass) -> Bool {
        underWayCount == 0
            || (pipelining == kind && pipelining != .alone
                && underWayByteCount < Self.byteCountMax)
    }

    mutating func begin(_ pipelining: PipelineClass, requestCount: Int, byteCount: Int) {
        underWayCount += requestCount
        underWayByteCount += byteCount
        kind = pipelining
    }

    mutating func end(requestCount: Int, byteCount: Int) {
        underWayCount -= requestCount
        underWayByteCount -= byteCount
    }
}
