internal import Bytes
internal import Keyspace
internal import Wire

// Queues: `/v1/queues/NAME`, and what follows a take.

extension NativeCall {
    /// The calls of a queue of that name.
    static func queue(
        _ name: [UInt8],
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        let queue = QueueName(name)
        switch resource {
        case .queueTake:
            return .take(try TakeCall(name, request: request, options: options, now: now))
        case .queueAck:
            return .write(
                try .settle(queue, request: request, parameters: &parameters) { _ in .acknowledged }
            )
        case .queueNack:
            return .write(
                try .settle(queue, request: request, parameters: &parameters) {
                    parameters throws(Problem) in
                    .failed(delayMilliseconds: try parameters.delay() ?? 0)
                }
            )
        case .queueExtend:
            return .write(
                try .settle(queue, request: request, parameters: &parameters) {
                    parameters throws(Problem) in
                    .extended(
                        visibleMilliseconds: try parameters.timeToLive("visible")
                            ?? TakeCall.visibleMillisecondsDefault
                    )
                }
            )
        default: break
        }
        switch request.method {
        case .post: return .write(try .push(to: queue, request: request, parameters: &parameters))
        case .delete:
            return .write(
                try WriteCall(
                    .queue(QueueRequest(queue, act: .purge)),
                    request: request,
                    subject: .queue(queue)
                )
            )
        default:
            let isPeek = try parameters.flag("peek")
            return .lookup(Lookup(isPeek ? .firstItem(queue) : .queue(queue)))
        }
    }
}

extension WriteCall {
    /// `POST /v1/queues/NAME?priority=&delay=&key=&tries=&dead=`
    fileprivate static func push(
        to queue: QueueName,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        guard request.body.count <= ClusterSettings.valueByteCountLimit else {
            throw .valueTooLarge(request.body.count)
        }
        let push = QueuePush(
            value: request.body,
            key: try parameters.itemKey(),
            priority: try parameters.priority(),
            delayMilliseconds: try parameters.delay() ?? 0,
            settings: try parameters.queueSettings(of: queue)
        )
        return try WriteCall(
            .queue(QueueRequest(queue, act: .push(push))),
            request: request,
            subject: .queue(queue),
            valueByteCount: request.body.count
        )
    }

    /// What becomes of an item that was taken: `POST …/ack?token=T`, `…/nack`, `…/extend`.
    fileprivate static func settle(
        _ queue: QueueName,
        request: HTTPRequest,
        parameters: inout Parameters,
        as settlement: (inout Parameters) throws(Problem) -> QueueRequest.Settlement
    ) throws(Problem) -> WriteCall {
        _ = try Body(request, known: [], presence: .optional)
        guard let token = try parameters.number("token") else {
            throw .parameter("token", fault: "is missing")
        }
        let act = QueueRequest.Act.settle(
            QueueToken(rawValue: token),
            try settlement(&parameters)
        )
        return try WriteCall(
            .queue(QueueRequest(queue, act: act)),
            request: request,
            subject: .queue(queue)
        )
    }

    /// What the client of a step hears; nil for what is no step's own.
    static func response(_ outcome: QueueOutcome, of queue: QueueName) -> HTTPResponse? {
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: queue.bytes)
        var status: UInt16 = 200
        switch outcome {
        case .pushed(let id, let presence):
            json.member("id", number: id)
            json.member("new", bool: presence == .new)
            if presence == .new { status = 201 }
        case .acknowledged: json.member("state", string: "done")
        case .returned(let whereabouts): json.member("state", string: whereabouts.name)
        case .extended(let milliseconds): json.member("visible", milliseconds: milliseconds)
        case .purged(let count): json.member("deleted", number: count)
        case .taken, .empty: return nil
        }
        json.endObject()
        return .json(json, status: status)
    }
}

extension QueueOutcome.Whereabouts {
    fileprivate var name: StaticString {
        switch self {
        case .ready: "ready"
        case .delayed: "delayed"
        case .dead: "dead"
        }
    }
}

extension Parameters {
    fileprivate mutating func delay() throws(Problem) -> UInt64? {
        guard let span = try duration("delay") else { return nil }
        guard span.milliseconds <= QueueRequest.delayMillisecondsMax else {
            throw .parameter("delay", fault: "is longer than 30d")
        }
        return span.milliseconds
    }

    fileprivate mutating func priority() throws(Problem) -> Int32 {
        guard let priority = try integer("priority") else { return 0 }
        guard let number = Int32(exactly: priority) else {
            throw .parameter("priority", fault: "lies outside -2147483648 to 2147483647")
        }
        return number
    }

    fileprivate mutating func itemKey() throws(Problem) -> Key? {
        guard let text = try text("key") else { return nil }
        guard (1...QueuePush.keyByteCountMax).contains(text.count) else {
            throw .parameter("key", fault: "has not 1 to \(QueuePush.keyByteCountMax) bytes")
        }
        do { return try Key(bytes: text) } catch {
            throw .parameter("key", fault: "is no key")
        }
    }

    fileprivate mutating func queueSettings(
        of queue: QueueName
    ) throws(Problem) -> QueueSettings? {
        let (tries, dead) = (try number("tries"), try text("dead"))
        guard let tries, let dead else {
            if tries == nil, dead == nil { return nil }
            throw .parameter(
                tries == nil ? "tries" : "dead",
                fault: "is missing: items go to \"dead\" after \"tries\""
            )
        }
        guard (1...UInt64(QueueSettings.tryCountLimit)).contains(tries) else {
            throw .parameter("tries", fault: "lies outside 1 to \(QueueSettings.tryCountLimit)")
        }
        guard Contest.isValid(name: dead) else {
            throw .parameter("dead", fault: "is no name that a queue can have")
        }
        guard dead != queue.bytes else {
            throw .parameter("dead", fault: "is the queue itself; name another one")
        }
        return QueueSettings(tryCountMax: UInt32(tries), dead: QueueName(dead))
    }
}

// MARK: - Looks

extension Lookup {
    static func queues(_ parameters: inout Parameters) throws(Problem) -> Lookup {
        let after = QueueName(try parameters.text("after") ?? [])
        return Lookup(.queues(after: after, limit: try parameters.limit()))
    }

    static func queues(
        after name: QueueName,
        limit: Int,
        in keyspace: Keyspace
    ) -> HTTPResponse {
        page(
            "queues",
            of: keyspace.queues(after: name, countMax: limit),
            limit: limit,
            name: \.name.bytes
        ) { standing, json in json.queue(standing) }
    }

    static func queue(_ name: QueueName, in keyspace: Keyspace) -> HTTPResponse {
        var json = JSONWriter()
        json.queue(keyspace.queue(name))
        return .json(json)
    }

    /// The item that the next take would get; no content where there is none.
    static func firstItem(of name: QueueName, in keyspace: Keyspace) -> HTTPResponse {
        guard let item = keyspace.firstItem(of: name) else { return HTTPResponse(status: 204) }
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: name.bytes)
        json.member("id", number: item.id)
        json.value(item.value)
        if let key = item.key { json.text("key", bytes: key.bytes) }
        json.member("priority", integer: Int64(item.priority))
        json.member("tries", number: UInt64(item.tryCount))
        json.member("age", milliseconds: item.ageMilliseconds)
        json.endObject()
        return .json(json)
    }
}

extension JSONWriter {
    fileprivate mutating func queue(_ standing: QueueStanding) {
        beginObject()
        member("name", string: standing.name.bytes)
        member("length", number: UInt64(standing.readyCount))
        member("delayed", number: UInt64(standing.delayedCount))
        member("taken", number: UInt64(standing.takenCount))
        if let oldest = standing.oldestMilliseconds { member("oldest", milliseconds: oldest) }
        if let settings = standing.settings {
            member("tries", number: UInt64(settings.tryCountMax))
            member("dead", string: settings.dead.bytes)
            member("dead_length", number: UInt64(standing.deadCount))
        }
        endObject()
    }

    /// An item as who took it gets it.
    init(_ delivery: QueueDelivery, from queue: QueueName) {
        self.init()
        beginObject()
        member("name", string: queue.bytes)
        member("id", number: delivery.id)
        member("token", number: delivery.token.rawValue)
        value(delivery.value)
        if let key = delivery.key { text("key", bytes: key.bytes) }
        member("priority", integer: Int64(delivery.priority))
        member("tries", number: UInt64(delivery.tryCount))
        member("visible", milliseconds: delivery.visibleMilliseconds)
        member("age", milliseconds: delivery.ageMilliseconds)
        endObject()
    }
}

extension Problem {
    /// A queue's step that changed nothing.
    init(_ refusal: QueueRefusal, of queue: QueueName) {
        switch refusal {
        case .tokenLost(let token):
            self.init(
                .preconditionFailed,
                "Token \(token.rawValue) does not have an item of queue \(text(queue.bytes)) any more: it is done, was given back, or was hidden no longer and taken again. Take anew."
            )
        case .full(let byteCountMax):
            self.init(
                .noSpace,
                "The items of all queues may take \(byteCountMax) bytes, and this one would take them beyond; it was not pushed. Take items, or push smaller ones, such as the keys of values."
            )
        }
    }
}
