internal import Bytes
internal import Platform
internal import RoostClient
internal import TLS
internal import Wire

/// The service as one command sees it: where it is, how long to try, which fences to name.
struct Service {
    static let timeoutMilliseconds: UInt64 = 10_000
    private static let defaultEndpoints = "127.0.0.1:2379"

    /// Commands that do not ask a service take it too.
    static let outputFlag = Flag(
        "output",
        letter: "o",
        value: .required("FORMAT"),
        "text for people, or json"
    )

    private static let endpointsFlag = Flag(
        "endpoints",
        value: .required("LIST"),
        "[https://]HOST:PORT,... or srv:NAME, tried in turn (ROOST_ENDPOINTS; 127.0.0.1:2379)"
    )
    static let securityFlags = [
        Flag(
            "cacert",
            value: .required("FILE"),
            "authorities to believe at https:// endpoints (ROOST_CACERT; the system's)"
        ),
        Flag("cert", value: .required("FILE"), "certificate to show there (ROOST_CERT)"),
        Flag("key", value: .required("FILE"), "its private key (ROOST_CERT_KEY)"),
        Flag(
            "tls-server-name",
            value: .required("NAME"),
            "name that certificates are to be for (each endpoint's host)"
        ),
        Flag("insecure-skip-verify", "believe whoever answers there: for tests alone"),
    ]
    private static let timeoutFlag = Flag(
        "timeout",
        value: .required("DURATION"),
        "how long to go on trying (10s)"
    )
    private static let fenceFlag = Flag("no-fence", "ignore ROOST_FENCE: writes do not send it")
    private static let quietFlag = Flag(
        "quiet",
        letter: "q",
        repetition: .repeatable,
        "results and errors only"
    )
    private static let verboseFlag = Flag(
        "verbose",
        letter: "v",
        repetition: .repeatable,
        "say what is tried in vain"
    )
    private static let helpFlag = Flag("help", letter: "h", "explain the command")

    /// Flags that every command takes, whether they do something for it or not.
    static let universalFlags = [quietFlag, verboseFlag, helpFlag]
    /// Flags of every command that asks the service.
    static let flags =
        [endpointsFlag, outputFlag, timeoutFlag, fenceFlag] + Login.flags + securityFlags
        + universalFlags

    /// The common flags that do something for a verb.
    static func flags(of verb: Verb) -> [Flag] {
        var flags: [Flag] = []
        if verb.reach == .service {
            flags += [endpointsFlag, outputFlag, timeoutFlag] + Login.flags
        }
        if verb.manners.contains(.fences) { flags.append(fenceFlag) }
        if verb.manners.contains(.remarks) { flags.append(quietFlag) }
        if verb.reach == .service { flags += securityFlags + [verboseFlag] }
        return flags + [helpFlag]
    }

    /// After this long without an answer a person is told what is going on.
    private static let silenceMillisecondsMax: UInt64 = 1_000

    let endpoints: [ServiceAddress]
    /// What counts at `https` addresses, those that members tell included.
    let security: ClientSecurity
    let timeoutMilliseconds: UInt64
    let client: Client
    /// `NAME=TOKEN` of every lock in whose name writes are made.
    private let fences: [[UInt8]]
    /// Why writes are made, where the command takes a note.
    private let note: [UInt8]?

    init(_ invocation: Invocation) throws(Failure) {
        security = try Self.security(invocation)
        endpoints = try Self.endpoints(invocation, security: security)
        timeoutMilliseconds = try invocation.duration("timeout") ?? Self.timeoutMilliseconds
        guard timeoutMilliseconds > 0 else {
            throw .usage("--timeout 0 leaves no time to ask", hint: "write for example 10s")
        }
        note = try WriteNote.text(invocation)
        client = Client(endpoints: endpoints)
        client.witness = Self.witness(invocation, timeoutMilliseconds: timeoutMilliseconds)
        let fence = invocation.has("no-fence") ? nil : Environment.value(of: "ROOST_FENCE")
        fences = (fence ?? "").utf8.split(separator: UInt8(ascii: ",")).map(Array.init)
    }

    /// Every member that the endpoints name; a service that DNS does not list stays as it is.
    var members: [ServiceAddress] {
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: timeoutMilliseconds)
        return endpoints.flatMap { name in
            do throws(LinkError) {
                return try name.members(until: deadline)
            } catch { return [name] }
        }
    }

    /// What the flags say of TLS, or else the environment.
    private static func security(_ invocation: Invocation) throws(Failure) -> ClientSecurity {
        func text(_ flag: String, or variable: String) -> String? {
            let written = invocation.text(flag) ?? Environment.value(of: variable)
            return written.flatMap { $0.isEmpty ? nil : $0 }
        }
        var files = ClientFiles()
        files.authorities = text("cacert", or: "ROOST_CACERT")
        files.certificate = text("cert", or: "ROOST_CERT")
        files.key = text("key", or: "ROOST_CERT_KEY")
        files.serverName = text("tls-server-name", or: "ROOST_TLS_SERVER_NAME")
        guard (files.certificate == nil) == (files.key == nil) else {
            throw .usage("--cert and --key belong together", hint: "give both")
        }
        if invocation.has("insecure-skip-verify") {
            files.verification = .none
            Console.note("--insecure-skip-verify: whoever answers is believed")
        }
        if files.areUnsaid { return .standard }
        do throws(ClientFilesError) { return try ClientSecurity(files) } catch {
            throw .usage("\(error)", hint: "--cacert, --cert and --key name PEM files")
        }
    }

    static func endpoints(
        _ invocation: Invocation,
        security: ClientSecurity = .standard
    ) throws(Failure) -> [ServiceAddress] {
        let variable = Environment.value(of: "ROOST_ENDPOINTS") ?? ""
        let isBlank = variable.allSatisfy { $0.isWhitespace || $0 == "," }
        let written = invocation.text("endpoints")
        do {
            let endpoints = try EndpointList.parse(
                written ?? (isBlank ? defaultEndpoints : variable),
                security: security
            )
            let flag = securityFlags.first { invocation.has($0.name) }
            guard let flag, endpoints.allSatisfy({ $0.security == nil }) else { return endpoints }
            throw Failure.usage(
                "--\(flag.name) does nothing: no endpoint begins with https://",
                hint: "write for example --endpoints https://127.0.0.1:2379"
            )
        } catch let error as EndpointListError {
            let place = written == nil ? "ROOST_ENDPOINTS" : "--endpoints"
            throw .usage("\(place): \(error)", hint: "write for example 127.0.0.1:2379")
        } catch let failure as Failure { throw failure } catch { throw .local("\(error)") }
    }

    /// Tells of what is tried in vain: everything that is new with `--verbose`, else, on a terminal,
    /// that it takes long.
    private static func witness(
        _ invocation: Invocation,
        timeoutMilliseconds: UInt64
    ) -> Client.Witness? {
        if invocation.has("verbose") {
            var told: [ServiceAddress: String] = [:]
            return { setback in
                guard told.updateValue(setback.why, forKey: setback.endpoint) != setback.why else {
                    return
                }
                Console.note("\(setback.endpoint): \(setback.why); trying on")
            }
        }
        guard StandardStream.error.isTerminal, !invocation.has("quiet") else { return nil }
        var isTold = false
        return { setback in
            guard !isTold, setback.elapsedMilliseconds >= silenceMillisecondsMax else { return }
            isTold = true
            Console.note(
                "no answer yet (\(setback.endpoint): \(setback.why)); trying for "
                    + "\(People.duration(milliseconds: timeoutMilliseconds)) in all"
            )
        }
    }

    /// The answer to a call that changes nothing.
    func read(_ call: Call) throws(Failure) -> Response { try decided(call) }

    /// The answer to a write, made once however often it must be sent.
    ///
    /// - Parameter note: why it is made; nil is what the user said of all the command's writes.
    func write(
        _ method: Wire.Method,
        path: [UInt8],
        body: [UInt8] = [],
        note: [UInt8]? = nil,
        _ detail: (inout Call) -> Void = { _ in }
    ) throws(Failure) -> Response {
        var call = Call.write(method, path: path, body: body, key: try Self.freshKey())
        for fence in fences { call.setHeader("Roost-Lock", value: fence) }
        if let note = note ?? self.note { call.setHeader("Roost-Note", value: note) }
        detail(&call)
        return try decided(call)
    }

    /// The answer to a write that changes nothing more when it is repeated.
    func repeatable(
        _ method: Wire.Method,
        path: [UInt8],
        body: [UInt8] = []
    ) throws(Failure) -> Response {
        try decided(.repeatable(method, path: path, body: body))
    }

    /// What one write is known by, however often it is sent.
    static func freshKey() throws(Failure) -> IdempotencyKey {
        do throws(SystemError) { return try .fresh() } catch {
            throw .local("no randomness for an idempotency key: \(error)")
        }
    }

    /// The answer to a call, a refusal too.
    func answer(to call: Call) throws(Failure) -> Response {
        do throws(ClientError) {
            return try client.perform(call, timeoutMilliseconds: timeoutMilliseconds)
        } catch { throw .client(error) }
    }

    private func decided(_ call: Call) throws(Failure) -> Response {
        let reply = try answer(to: call)
        guard reply.isSuccess else { throw .answer(reply) }
        return reply
    }

    /// Every page of a listing as if it were one.
    ///
    /// - Parameters:
    ///   - member: the name of the array in the answer.
    ///   - limit: after so many items the listing ends, its `next` going on after them.
    ///   - item: what is kept of each item.
    func listing(
        _ call: Call,
        of member: StaticString = "items",
        limit: UInt64? = nil,
        keeping item: (JSONValue) -> JSONValue = { $0 }
    ) throws(Failure) -> JoinedListing {
        var call = call
        if let limit { call.add("limit", value: min(limit, JoinedListing.pageItemCountMax)) }
        var listing = try JoinedListing(page: read(call), member: member).map(item)
        while let next = listing.next, let more = listing.missing(of: limit) {
            let page = JoinedListing.target(next, limit: limit == nil ? nil : more)
            listing.append(try JoinedListing(page: read(.read(page)), member: member).map(item))
        }
        return listing
    }

    /// One page of a listing after another, each forgotten before the next is asked for.
    func pages(
        _ call: Call,
        _ body: (JoinedListing) throws(Failure) -> Void
    ) throws(Failure) {
        var next: Call? = call
        while let call = next {
            let page = try JoinedListing(page: read(call), member: "items")
            try body(page)
            next = page.next.map(Call.read)
        }
    }
}
