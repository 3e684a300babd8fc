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

    /// How long a stream has to be quiet before a key that is gone is taken to have no later event:
    /// only a key that is there has one whose revision is known.
    private static let quietMilliseconds: UInt64 = 500

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
        let present = try Self.found(call, service: service)
        try readOldest(call, service: service)
        let last = present?["mod_revision"]?.whole
        // What was written before history begins is known already.
        if let last, steps.last?.revision == last { return }
        try follow(key, to: last, service: service, news: news)
    }

    /// The key object, nil where there is none.
    private static func found(_ call: Call, service: Service) throws(Failure) -> JSONObject? {
        do throws(Failure) {
            return try service.read(call).json?.object
        } catch {
            guard case .answer = error, error.exitCode == .notFound else { throw error }
            return nil
        }
    }

    /// Finds where history begins, and the version that the key had then.
    private mutating func readOldest(_ call: Call, service: Service) throws(Failure) {
        while true {
            var call = call
            call.add("revision", value: max(compactRevision, 1))
            do throws(Failure) {
                if let object = try Self.found(call, service: service) {
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

    /// Takes the events from where history begins to that of revision `last`, or of a key that is
    /// gone to the last one.
    private mutating func follow(
        _ key: [UInt8],
        to last: UInt64?,
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
            return call
        }
        while true {
            let isAtEnd = last == nil && steps.last?.isPut != true
            let events = try stream.nextEvents(
                quietMilliseconds: isAtEnd ? Self.quietMilliseconds : nil
            )
            if events.isEmpty { return }
            for event in events {
                guard !event.event.equals("compacted") else {
                    throw .local("history was compacted meanwhile; ask again")
                }
                guard let step = Step(event), step.revision > steps.last?.revision ?? 0 else {
                    continue
                }
                steps.append(step)
                if step.revision == last { return }
            }
        }
    }
}

extension KeyPast.Step {
    /// Nil for an event that is no change.
    fileprivate init?(_ event: ServerSentEvent) {
        isPut = event.event.equals("put")
        guard isPut || event.event.equals("delete"), let data = event.data else { return nil }
        do throws(JSONError) {
            guard let object = try JSONValue(parsing: data).object else { return nil }
            self.object = object
        } catch { return nil }
    }

    var revision: UInt64 { object["mod_revision"]?.whole ?? 0 }
}
