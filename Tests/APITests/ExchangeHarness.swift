import API
import Bytes
import Keyspace
import Replica
import Testing
import Wire

/// A member without a cluster around it: a keyspace that applies what exchanges propose, and a
/// clock that stands until it is moved.
struct ExchangeHarness {
    /// What answers a proposal or a read.
    enum Quorum {
        case present
        case absent(ProposalFailure)
        /// It went after the read: nothing that is proposed gets an answer.
        case lost(ProposalFailure)
    }

    var keyspace = Keyspace()
    var member = MemberView(name: Array("n1".utf8), term: 7)
    var allowedHosts: [[UInt8]] = []
    var ownHosts: [[UInt8]] = []
    var allowedOrigins: [[UInt8]] = []
    var quorum = Quorum.present
    var checks = HealthCheck.allHold
    var role = MemberStatus.Role.leader
    var encodings = EventEncodings()
    /// Who tells who asks.
    let gate = Gatekeeper(secret: [7])
    /// The name in the connection's certificate.
    var certificate: [UInt8]?
    var keptStateCount = 0
    /// What `/v1/members` tells; empty for this member alone.
    var rows: [MemberReport.Row] = []
    var clusterToken: [UInt8] = []
    /// The voters that were to lead, in order.
    private(set) var handOvers: [UInt64?] = []
    private(set) var milliseconds: UInt64 = 1000
    private var index: UInt64 = 0

    var site: HTTPSite {
        HTTPSite(
            of: member,
            allowedHosts: allowedHosts,
            ownHosts: ownHosts,
            allowedOrigins: allowedOrigins
        )
    }

    var now: MonotonicTime { MonotonicTime(rawValue: milliseconds * 1_000_000) }

    /// Lets time pass, for the cluster clock too.
    mutating func advance(milliseconds: UInt64) {
        self.milliseconds += milliseconds
        apply(nil)
    }

    /// Lets time pass that the log does not know of, as on a member that is cut off.
    mutating func passUnseen(milliseconds: UInt64) { self.milliseconds += milliseconds }

    mutating func note(handOver voter: UInt64?) { handOvers.append(voter) }

    @discardableResult
    mutating func apply(_ request: Request?) -> Answer? {
        index += 1
        let time = ClusterTime(rawValue: milliseconds)
        // As on a real member, the log carries the encoding.
        var command: [UInt8]?
        if let request {
            var bytes: [UInt8] = []
            request.encode(into: &bytes)
            command = bytes
        }
        return keyspace.apply(index: index, time: time, command: command).answer
    }

    /// Carries a request to its answer, or to where it waits or streams.
    mutating func open(_ request: HTTPRequest, through door: ListenerKind = .client) -> Session {
        let (exchange, step) = NativeExchange.begin(
            request,
            through: door,
            by: identity(of: request),
            keyspace: keyspace,
            member: member,
            site: site,
            arrival: now,
            now: now
        )
        var session = Session(exchange: exchange)
        session.follow(step, &self)
        return session
    }

    func identity(of request: HTTPRequest) -> CallerIdentity {
        gate.unixSeconds = member.unixSeconds
        return gate.identity(of: request, certificate: certificate, in: keyspace.access)
    }

    /// A request that has to be answered at once.
    mutating func call(
        _ method: Wire.Method,
        _ target: String,
        _ headers: [String: String] = [:],
        body: String = ""
    ) -> Reply {
        let session = open(request(method, target, headers, body: Array(body.utf8)))
        guard let reply = session.reply else {
            Issue.record("\(method.rawValue) \(target) was not answered: \(session.state)")
            return Reply(HTTPResponse(status: 0))
        }
        return reply
    }

    var report: MemberReport {
        var report = MemberReport(
            build: MemberReport.Build(version: Array("1.2.3".utf8)),
            id: 0xA1,
            role: role,
            checks: checks
        )
        report.leader = 0xA1
        report.figures.keptStateCount = keptStateCount
        report.rows = [
            MemberReport.Row(
                id: 0xA1,
                name: Array("n1".utf8),
                peerAddress: Array("127.0.0.1:2380".utf8),
                clientAddress: Array("127.0.0.1:2379".utf8),
                role: role,
                suffrage: .voter,
                health: .heard,
                matchIndex: 5
            )
        ]
        if !rows.isEmpty { report.rows = rows }
        report.clusterToken = clusterToken
        return report
    }
}

/// One exchange on the stage.
struct Session {
    enum State {
        case answered(Reply)
        case waiting(Wake)
        case streaming(HTTPResponse)
        case finished
        case pending
    }

    var exchange: NativeExchange
    private(set) var state = State.pending
    /// Every command that the exchange proposed.
    private(set) var proposed: [Command] = []

    init(exchange: NativeExchange) { self.exchange = exchange }

    var reply: Reply? {
        if case .answered(let reply) = state { reply } else { nil }
    }

    var wake: Wake? {
        if case .waiting(let wake) = state { wake } else { nil }
    }

    mutating func follow(_ first: NativeStep, _ stage: inout ExchangeHarness) {
        var step = first
        while true {
            switch step {
            case .propose(let request):
                proposed.append(request.command)
                step = resumed(Self.carryOut(request, &stage), stage)
            case .read:
                if case .absent = stage.quorum {
                    step = resumed(.unreadable, stage)
                } else {
                    step = resumed(.readable, stage)
                }
            case .describe: step = resumed(.described(stage.report), stage)
            case .identify(let request):
                step = resumed(.identified(stage.identity(of: request)), stage)
            case .work(.password(let task)):
                let outcome = task.carryOut(
                    salt: [UInt8](repeating: 1, count: 16),
                    secret: [UInt8](repeating: 2, count: 32)
                )
                if case .right = outcome { stage.gate.note(provenBy: task) }
                step = resumed(.worked(.password(outcome)), stage)
            case .handOver(let voter):
                stage.note(handOver: voter)
                step = resumed(.woken, stage)
            case .work(.backup(var drawing)):
                drawing.draw()
                step = resumed(.worked(.backup(drawing)), stage)
            case .wait(let wake):
                state = .waiting(wake)
                return
            case .respond(let response):
                state = .answered(Reply(response))
                return
            case .stream(let head):
                state = .streaming(head)
                return
            case .goOn: return
            case .finish:
                state = .finished
                return
            }
        }
    }

    private static func carryOut(_ request: Request, _ stage: inout ExchangeHarness) -> Resumption {
        switch stage.quorum {
        case .absent(let failure), .lost(let failure): return .unproposed(failure)
        case .present: break
        }
        guard let answer = stage.apply(request) else { return .unproposed(.unknown) }
        return .answered(answer)
    }

    private mutating func resumed(_ resumption: Resumption, _ stage: ExchangeHarness) -> NativeStep
    {
        exchange.resume(
            resumption,
            keyspace: stage.keyspace,
            member: stage.member,
            now: stage.now
        )
    }

    mutating func resume(_ resumption: Resumption, _ stage: inout ExchangeHarness) {
        follow(resumed(resumption, stage), &stage)
    }

    /// Everything that the stream has to say now, and the wake that it then waits for; nil when
    /// the stream has ended.
    mutating func pull(_ stage: inout ExchangeHarness) -> (text: String, wake: Wake?) {
        var bytes: [UInt8] = []
        while true {
            let piece = exchange.nextPiece(
                keyspace: stage.keyspace,
                member: stage.member,
                cache: &stage.encodings,
                now: stage.now
            )
            switch piece {
            case .bytes(let more): bytes += more
            case .idle(let wake): return (String(decoding: bytes, as: UTF8.self), wake)
            case .step(let step): follow(step, &stage)
            case .end(let more):
                return (String(decoding: bytes + more, as: UTF8.self), nil)
            }
        }
    }
}

/// A response as tests look at it.
struct Reply {
    let response: HTTPResponse

    init(_ response: HTTPResponse) { self.response = response }

    var status: UInt16 { response.status }

    var body: [UInt8] {
        if case .bytes(let bytes) = response.body { bytes } else { [] }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// JSON, which ends with a line feed, without it.
    var line: String { text.hasSuffix("\n") ? String(text.dropLast()) : "unended: \(text)" }

    var json: JSONValue? { try? JSONValue(parsing: body) }

    func header(_ name: StaticString) -> String? {
        response.headers[name].map { String(decoding: $0, as: UTF8.self) }
    }

    /// The problem's code; nil when it is none.
    var code: String? {
        guard header("content-type") == "application/problem+json" else { return nil }
        return json?["code"]?.string.map { String(decoding: $0, as: UTF8.self) }
    }
}

func request(
    _ method: Wire.Method,
    _ target: String,
    _ headers: [String: String] = [:],
    body: [UInt8] = []
) -> HTTPRequest {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return HTTPRequest(
        method: method,
        rawPath: parts[0].utf8,
        rawQuery: parts.count == 2 ? Array(parts[1].utf8) : nil,
        headers: headers.sorted { $0.key < $1.key }.map { HeaderField($0.key, value: $0.value) },
        body: body
    )
}

extension JSONValue {
    var text: String? { string.map { String(decoding: $0, as: UTF8.self) } }
}
