internal import Bytes
internal import Replica
internal import Wire

/// What probes ask: `/livez`, `/readyz`, and `/health` as etcd has it.
struct HealthCall {
    private enum Page {
        case ready(HealthListing)
        /// A member whose reads a majority confirms.
        case confirmed
        /// A member that answers from what it has, whoever leads.
        case serializable
    }

    private let page: Page
    /// When the answer has to come.
    let deadline: MonotonicTime

    /// `/livez`: whoever reads it has heard that the process lives.
    static func live(_ parameters: inout Parameters) throws(Problem) -> HTTPResponse {
        let listing = try HealthListing(&parameters)
        let ping = HealthListing.Line(name: Array("ping".utf8), failure: nil)
        return listing.page("livez", lines: [ping]) ?? .plain([UInt8]("alive\n"))
    }

    /// `/readyz`
    static func ready(
        _ parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) -> HealthCall {
        HealthCall(page: .ready(try HealthListing(&parameters)), deadline: options.deadline)
    }

    /// `/health`. What etcd excludes are alarms (`NOSPACE`, `CORRUPT`): there are none here, so that
    /// `exclude` changes nothing, whatever it names, as etcd passes over those that it does not know.
    static func health(
        _ parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) -> HealthCall {
        let isSerializable = try parameters.flag("serializable")
        _ = parameters.texts("exclude")
        return HealthCall(
            page: isSerializable ? .serializable : .confirmed,
            deadline: options.deadline
        )
    }

    func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        switch (page, resumption) {
        case (.ready(let listing), .described(let report)):
            return .respond(try Self.readiness(report, as: listing))
        case (.confirmed, .described(let report)):
            let failures = report.checks.filter { !$0.holds && $0.subject != .caughtUp }
            return failures.isEmpty ? .read : .respond(Self.unhealthy(failures.map(\.words)))
        case (.serializable, .described(let report)):
            let failures = report.checks.filter {
                !$0.holds && $0.subject != .caughtUp && $0.subject != .leader
            }
            return .respond(
                failures.isEmpty ? Self.healthy : Self.unhealthy(failures.map(\.words))
            )
        case (_, .readable): return .respond(Self.healthy)
        case (_, .unreadable):
            return .respond(
                Self.unhealthy([Array("no majority has confirmed a read in time".utf8)])
            )
        default: return .finish
        }
    }

    private static func readiness(
        _ report: MemberReport,
        as listing: HealthListing
    ) throws(Problem) -> HTTPResponse {
        let lines = report.checks.map { HealthListing.Line($0) }
        if let page = listing.page("readyz", lines: lines) { return page }
        let reasons = listing.failures(in: report.checks).flatMap(\.reasons)
        guard reasons.isEmpty else {
            let words = reasons.map { text($0) }.joined(separator: "; ")
            throw Problem(.unavailable, "The member is not ready: \(words).", .reasons(reasons))
        }
        return .plain([UInt8]("ready\n"))
    }

    private static var healthy: HTTPResponse { health(true) { _ in } }

    private static func unhealthy(_ reasons: [[UInt8]]) -> HTTPResponse {
        var response = health(false) { json in
            json.member("reason", string: Array(reasons.joined(separator: Array("; ".utf8))))
        }
        response.status = 503
        return response
    }

    /// The value is a string, as etcd writes it.
    private static func health(
        _ isHealthy: Bool,
        more: (inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("health", string: isHealthy ? "true" : "false")
        more(&json)
        json.endObject()
        return .json(json)
    }
}
