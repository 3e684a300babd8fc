internal import Bytes
package import Wire

/// One request to the service, whichever endpoint will carry it.
package struct Call: Sendable {
    package let method: Method
    package let safety: Attempts.Safety
    package let body: [UInt8]
    package private(set) var headers = HeaderFields()
    /// How long the service is asked to wait for something to happen, beyond its own working time.
    package private(set) var waitMilliseconds: UInt64 = 0
    /// Path and query, percent-encoded.
    package private(set) var target: [UInt8]
    private var hasQuery: Bool

    private init(_ method: Method, path: [UInt8], safety: Attempts.Safety, body: [UInt8]) {
        self.method = method
        self.safety = safety
        self.body = body
        target = path
        hasQuery = path.contains(UInt8(ascii: "?"))
    }

    /// A call that changes nothing; the path may have a query already.
    package static func read(_ path: [UInt8]) -> Call {
        Call(.get, path: path, safety: .read, body: [])
    }

    /// A write that may be repeated under its key: the service carries it out once.
    package static func write(
        _ method: Method,
        path: [UInt8],
        body: [UInt8] = [],
        key: IdempotencyKey
    ) -> Call {
        var call = Call(method, path: path, safety: .repeatableWrite, body: body)
        call.headers.append("Idempotency-Key", value: key.text)
        return call
    }

    /// A write whose repetition changes nothing more, so that it needs no key.
    package static func repeatable(
        _ method: Method,
        path: [UInt8],
        body: [UInt8] = []
    ) -> Call {
        Call(method, path: path, safety: .repeatableWrite, body: body)
    }

    /// Adds a query parameter; the value is encoded here.
    package mutating func add(_ name: StaticString, value: some Collection<UInt8>) {
        beginParameter(name)
        target.append(UInt8(ascii: "="))
        PercentEncoding.append(component: value, to: &target)
    }

    /// Adds a query parameter that is text.
    package mutating func add(_ name: StaticString, value: String) { add(name, value: value.utf8) }

    /// Adds a query parameter that is a number.
    package mutating func add(_ name: StaticString, value: UInt64) {
        add(name, value: String(value))
    }

    /// Adds a bare query parameter.
    package mutating func add(_ name: StaticString) { beginParameter(name) }

    /// Asks the service to wait up to this long for what the call is about.
    package mutating func add(waitMilliseconds: UInt64) {
        add("wait", value: "\(waitMilliseconds)ms")
        self.waitMilliseconds = waitMilliseconds
    }

    /// Says that the body asks the service to wait up to this long.
    package mutating func note(waitMillisecondsInBody milliseconds: UInt64) {
        waitMilliseconds = milliseconds
    }

    /// Adds a header field; the value holds no line break.
    package mutating func setHeader(_ name: StaticString, value: some Collection<UInt8>) {
        headers.append(name, value: Array(value))
    }

    /// The same call of another path; its own query, if it has one, comes first.
    package func at(_ path: [UInt8]) -> Call {
        var call = self
        let query = target.drop { $0 != UInt8(ascii: "?") }
        let isContinued = path.contains(UInt8(ascii: "?")) && !query.isEmpty
        call.target = path + (isContinued ? [UInt8(ascii: "&")] + query.dropFirst() : query)
        call.hasQuery = call.target.contains(UInt8(ascii: "?"))
        return call
    }

    private mutating func beginParameter(_ name: StaticString) {
        target.append(UInt8(ascii: hasQuery ? "&" : "?"))
        target.append(name)
        hasQuery = true
    }

    /// `/v1/kv` and a key, which begins with `/`.
    package static func path(ofKey key: [UInt8]) -> [UInt8] {
        var path = Array("/v1/kv".utf8)
        PercentEncoding.append(path: key, to: &path)
        return path
    }

    /// A path followed by one segment of any bytes.
    package static func path(_ collection: StaticString, segment: some Collection<UInt8>)
        -> [UInt8]
    {
        var path = [UInt8](collection)
        path.append(UInt8(ascii: "/"))
        PercentEncoding.append(component: segment, to: &path)
        return path
    }
}
