internal import Bytes
internal import RoostClient
internal import Wire

/// Everything that history still has of one key, oldest first.
struct KeyPast {
    /// A version that was written, or the end of one.
    struct Step {
        let isPut: Bool
        /// The key object with its meta, or what is told of a delete.
        let object: JSONObject
    }

    private(set) var steps: [Step] = []
    /// What was before this revision is forgotten; 0 where nothing is.
    private(set) var compactRevision: UInt64 = 0

    /// Reads it.
    ///
    /// - Complexity: the member sends all that it has of the key.
    init(of key: [UInt8], service: Service, news: @escaping (EventSubscription.News) -> Void)
        throws(Failure)
    {
        var call = Call.read(KeyNotation.escapes.address(of: key))
        call.add("meta")
        let (present, revision) = try Self.found(call, service: service)
        try readOldest(call, service: service)
        // What was written before history begins is known already.
        if let last = present?["mod_revision"]?.whole, steps.last?.revision == last { return }
        try follow(key, through: revision, service: service, news: news)
    }

    /// The key object, nil where there is none, and the store's revision as of which that is so.
    private static func found(
        _ call: Call,
        service: Service
    ) throws(Failure) -> (JSONObject?, revision: UInt64) {
        let reply: Response
        var object: JSONObject?
        do throws(Failure) {
            reply = try service.read(call)
            object = reply.json?.object
        } catch {
            guard case .answer(let refusal) = error, error.exitCode == .notFound else {
                throw error
            }
            reply = refusal
        }
        guard let revision = reply.headers["roost-revision"]?.decimalValue else {
            throw .answer(reply)
        }
        return (object, revision)
    }

    /// Finds where history begins, and the version that the key had then.
    private mutating func readOldest(_ call: Call, service: Service) throws(Failure) {
        while true {
            var call = call
            call.add("revision", value: max(compactRevision, 1))
            do throws(Failure) {
                if let object = try Self.found(call, service: service).0 {
                    steps = [Step(isPut: true, object: object)]
                }
                return
            } catch {
                guard case .answer(let reply) = error,
                    let problem = ServiceProblem(reply), problem.has("compacted"),
                    let revision = problem.document["compact_revision"]?.whole,
                    revision > compactRevision
                else { throw error }
                compactRevision = revision
            }
        }
    }

    /// Takes the events from where history begins to that of revision `last`: what comes later is
    /// the next question's, so that a key which changes all the time has an end as well.
    private mutating func follow(
        _ key: [UInt8],
        through last: UInt64,
        service: Service,
        news: @escaping (EventSubscription.News) -> Void
    ) throws(Failure) {
        let first = max(compactRevision, 1)
        let stream = EventSubscription(
            client: service.client,
            start: .changes,
            timeoutMilliseconds: service.timeoutMilliseconds,
            news: news
        ) { _ in
            var call = Call.read(Array("/v1/watch".utf8))
            call.add("key", value: key)
            call.add("meta")
            call.add("from", value: first)
            call.add("to", value: last)
            return call
        }
        while true {
            let events = try stream.nextEvents()
            if events.isEmpty { return }
            for event in events {
                guard !event.event.equals("compacted") else {
                    throw .local("history was compacted meanwhile; ask again")
                }
                guard let step = Step(event), step.revision > steps.last?.revision ?? 0 else {
                    continue
                }
                steps.append(step)
            }
        }
    }
}

extension KeyPast.Step {
    /// Nil for an event that is no change.
    fileprivate init?(_ event: ServerSentEvent) {
        isPut = event.event.equals("put")
        guard isPut || event.event.equals("delete"), let object = event.object else { return nil }
        self.object = object
    }

    var revision: UInt64 { object["mod_revision"]?.whole ?? 0 }
}
