package import Wire

/// What one member said of itself and of the others when it was asked.
package struct MemberAnswer: Sendable {
    /// The answer of `/v1/status`.
    package let status: JSONValue
    /// The answer of `/v1/members`.
    package let list: JSONValue
    /// Why it is not ready; empty where it is.
    package let unreadyReasons: [String]
    package let metrics: MetricsReading
    /// Nil where it tells no time.
    package let clock: ClockReading?
    /// Of the question for its status.
    package let roundTripNanoseconds: UInt64
    /// Where it answered.
    package let address: String

    package init(
        status: JSONValue,
        list: JSONValue,
        unreadyReasons: [String],
        metrics: MetricsReading,
        clock: ClockReading?,
        roundTripNanoseconds: UInt64,
        address: String
    ) {
        self.status = status
        self.list = list
        self.unreadyReasons = unreadyReasons
        self.metrics = metrics
        self.clock = clock
        self.roundTripNanoseconds = roundTripNanoseconds
        self.address = address
    }

    package var id: [UInt8] { status["id"]?.string ?? [] }
    package var name: String { status["name"]?.plainText ?? "-" }
    package var cluster: [UInt8] { status["cluster"]?.string ?? [] }
    package var role: String { status["role"]?.plainText ?? "-" }
    package var isLeading: Bool { status["role"]?.string?.equals("leader") ?? false }
    /// Whether it has no cluster yet.
    package var isForming: Bool { status["role"]?.string?.equals("forming") ?? false }
    /// Whom it follows; itself where it leads, nil where it knows no leader.
    package var leader: [UInt8]? { status["leader"]?.string }
    package var term: UInt64 { status["term"]?.whole ?? 0 }
    package var lastTerm: UInt64 { status["last_term"]?.whole ?? 0 }
    package var lastIndex: UInt64 { status["last_index"]?.whole ?? 0 }
    /// The names of those that decide and that it does not hear.
    package var silentNames: [String] {
        (status["hearing"]?["silent"]?.array ?? []).map(\.plainText)
    }

    package var members: [JSONValue] { list["members"]?.array ?? [] }

    /// Its build, as far as it tells: version, then the commit where it knows that.
    package var build: String {
        let sample = metrics.samples("roost_build_info").first
        let revision = sample?.label("revision").map { TerminalText.word($0) } ?? ""
        let version = status["version"]?.plainText ?? "-"
        return revision.isEmpty ? version : "\(version) (\(revision))"
    }

    /// Seconds of its status as milliseconds; nil where it does not tell them.
    package func milliseconds(_ name: StaticString) -> UInt64? {
        guard case .number(let seconds)? = status[name] else { return nil }
        return TimeSpan(seconds: seconds)?.milliseconds
    }

    /// Its row of another member; nil where it knows of none with that id.
    package func row(of id: [UInt8]) -> JSONValue? { members.first { $0["id"]?.string == id } }
}
