internal import Keyspace
internal import Wire

// Counters: `/v1/counters/NAME`.

extension WriteCall {
    /// `POST` adds, `PUT` sets.
    static func count(_ name: [UInt8], request: HTTPRequest) throws(Problem) -> WriteCall {
        let change: CounterChange
        if request.method == .post {
            let body = try Body(request, known: ["add"], presence: .optional)
            change = .add(try body.integer("add") ?? 1)
        } else {
            let body = try Body(request, known: ["value"])
            guard let value = try body.integer("value") else {
                throw body.fault("value", fault: "is missing")
            }
            change = .set(value)
        }
        return try WriteCall(.count(name, change), request: request, subject: .counter(name))
    }
}

extension JSONWriter {
    /// What a counter showed before a change, and shows after it.
    init(counter name: [UInt8], from before: Int64, to after: Int64, at revision: Revision) {
        self.init()
        beginObject()
        member("name", string: name)
        member("before", integer: before)
        member("value", integer: after)
        member("revision", number: revision.rawValue)
        endObject()
    }
}

extension Lookup {
    static func counter(_ name: [UInt8], in keyspace: Keyspace) throws(Problem) -> HTTPResponse {
        guard let counter = keyspace.counter(name) else { throw Problem(.notFound(.counter)) }
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: name)
        json.member("value", integer: counter.value)
        json.member("revision", number: counter.revision.rawValue)
        json.endObject()
        return .json(json)
    }
}
