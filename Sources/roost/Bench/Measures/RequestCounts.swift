/// What became of the requests of one operation.
struct RequestCounts: Sendable {
    /// Why a request has no answer that counts.
    enum Fault: UInt8, CaseIterable, Hashable, Sendable {
        /// The connection ended before its answer.
        case broken
        /// The bytes are not an HTTP/1.1 answer.
        case malformed
        /// Nothing came until the benchmark gave up.
        case unanswered
        /// It was due, and no connection became free before the benchmark gave up.
        case unsent

        var text: StaticString {
            switch self {
            case .broken: "connection broken"
            case .malformed: "answer malformed"
            case .unanswered: "not answered"
            case .unsent: "not sent"
            }
        }
    }

    private static let statusMax = 1000

    /// The latencies of the answers that succeeded.
    private(set) var latencies = LatencyHistogram()
    /// Those since the last step of the timeline; not yet among `latencies`.
    private var recent = LatencyHistogram()
    private var statuses = [UInt64](repeating: 0, count: statusMax)
    private var faults = [UInt64](repeating: 0, count: Fault.allCases.count)
    private var recentErrorCount: UInt64 = 0

    /// Counts an answer that succeeded.
    mutating func record(nanoseconds: UInt64) { recent.record(nanoseconds) }

    /// Counts an answer that did not.
    mutating func record(status: Int) {
        statuses[min(max(status, 0), Self.statusMax - 1)] += 1
        recentErrorCount += 1
    }

    /// Counts requests without an answer.
    mutating func record(_ fault: Fault, count: UInt64 = 1) {
        faults[Int(fault.rawValue)] += count
        recentErrorCount += count
    }

    /// What was counted since the last call joins the whole.
    mutating func settle(into step: inout LatencyHistogram, errorCount: inout UInt64) {
        step.merge(recent)
        latencies.merge(recent)
        recent.removeAll()
        errorCount += recentErrorCount
        recentErrorCount = 0
    }

    /// Answers that succeeded.
    var successCount: UInt64 { latencies.count + recent.count }
    /// All others.
    var errorCount: UInt64 { errors.reduce(0) { $0 + $1.count } }

    /// Every kind of error that was met, with its number.
    var errors: [(name: String, count: UInt64)] {
        let byStatus = statuses.indices.filter { statuses[$0] > 0 }
            .map { (name: "status \($0)", count: statuses[$0]) }
        let byFault = Fault.allCases.filter { faults[Int($0.rawValue)] > 0 }
            .map { (name: "\($0.text)", count: faults[Int($0.rawValue)]) }
        return byStatus + byFault
    }
}
