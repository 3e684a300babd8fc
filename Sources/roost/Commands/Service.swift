internal import Platform
internal import RoostClient
internal import Wire

/// The service as one command sees it: where it is, how long to try, which fences to name.
struct Service {
    static let timeoutMilliseconds: UInt64 = 10_000
    private static let defaultEndpoints = "127.0.0.1:2379"

    /// Of commands that do not ask a service, too.
    static let outputFlag = Flag(
        "output",
        letter: "o",
        value: .required("FORMAT"),
        "text for people, or json"
    )

    static let flags = [
        Flag(
            "endpoints",
            value: .required("LIST"),
            "HOST:PORT,... of members, tried in turn (ROOST_ENDPOINTS; 127.0.0.1:2379)"
        ),
        outputFlag,
        Flag("timeout", value: .required("DURATION"), "how long to go on trying (10s)"),
        Flag("no-fence", "do not send ROOST_FENCE with writes"),
        Flag("help", letter: "h", "explain the command"),
    ]

    let endpoints: [Endpoint]
    let timeoutMilliseconds: UInt64
    let client: Client
    /// `NAME=TOKEN` of every lock in whose name writes are made.
    private let fences: [[UInt8]]

    init(_ invocation: Invocation) throws(Failure) {
        let listed = invocation.text("endpoints") ?? Environment.value(of: "ROOST_ENDPOINTS")
        let text = listed.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultEndpoints
        do throws(EndpointListError) {
            endpoints = try EndpointList.parse(text)
        } catch { throw .usage("--endpoints \(error)", hint: "for example 127.0.0.1:2379") }
        timeoutMilliseconds = try invocation.duration("timeout") ?? Self.timeoutMilliseconds
        guard timeoutMilliseconds > 0 else {
            throw .usage("--timeout 0 leaves no time to ask", hint: "write for example 10s")
        }
        client = Client(endpoints: endpoints)
        let fence = invocation.has("no-fence") ? nil : Environment.value(of: "ROOST_FENCE")
        fences = (fence ?? "").utf8.split(separator: UInt8(ascii: ",")).map(Array.init)
    }

    /// The answer to a call that changes nothing.
    func read(_ call: Call) throws(Failure) -> Reply { try decided(call) }

    /// The answer to a write, made once however often it must be sent.
    func write(
        _ method: Wire.Method,
        _ path: [UInt8],
        body: [UInt8] = [],
        _ detail: (inout Call) -> Void = { _ in }
    ) throws(Failure) -> Reply {
        let key: IdempotencyKey
        do throws(SystemError) {
            key = try .fresh()
        } catch { throw .local("no randomness for an idempotency key: \(error)") }
        var call = Call.write(method, path, body: body, key: key)
        for fence in fences { call.setHeader("Roost-Lock", fence) }
        detail(&call)
        return try decided(call)
    }

    /// The answer to a write that changes nothing more when it is repeated.
    func repeatable(_ method: Wire.Method, _ path: [UInt8]) throws(Failure) -> Reply {
        try decided(.repeatable(method, path))
    }

    private func decided(_ call: Call) throws(Failure) -> Reply {
        let reply: Reply
        do throws(ClientError) {
            reply = try client.perform(call, timeoutMilliseconds: timeoutMilliseconds)
        } catch { throw .client(error) }
        guard reply.isSuccess else { throw .answer(reply) }
        return reply
    }

    /// Every page of a listing as if it were one.
    ///
    /// - Parameter member: the name of the array in the answer.
    func listing(_ call: Call, of member: StaticString = "items") throws(Failure) -> Listing {
        var listing = try Listing(page: read(call), member: member)
        while let next = listing.next {
            listing.append(try Listing(page: read(.read(next)), member: member))
        }
        return listing
    }
}

/// The items of a listing, pages joined.
struct Listing: Sendable {
    private(set) var items: [JSONValue]
    /// The path and query of the next page.
    private(set) var next: [UInt8]?
    private let first: JSONObject
    private let member: StaticString

    init(page reply: Reply, member: StaticString) throws(Failure) {
        guard let object = reply.json?.object, let items = object[member]?.array else {
            throw .answer(reply)
        }
        first = object
        self.member = member
        self.items = items
        next = object["next"]?.string
    }

    mutating func append(_ page: Listing) {
        items += page.items
        next = page.next
    }

    /// The HTTP object, as if it had been one page.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for entry in first.members {
            writer.name(bytes: entry.name)
            if entry.name.equals(member) {
                writer.value(.array(items))
            } else if entry.name.equals("next") {
                writer.null()
            } else {
                writer.value(entry.value)
            }
        }
        writer.endObject()
        return writer.output
    }
}
