internal import Keyspace
internal import Wire

// What is written only in the name of a lock: `/v1/guards`.

extension WriteCall {
    /// `PUT /v1/guards/PATH {"lock":NAME}`, and `DELETE`.
    static func changeGuard(_ root: Key, request: HTTPRequest) throws(Problem) -> WriteCall {
        guard !root.isReserved else { throw .reserved(root) }
        let change: GuardChange
        if request.method == .delete {
            change = .remove(root)
        } else {
            let body = try Body(request, known: ["lock"])
            guard let lock = try body.string("lock") else {
                throw body.fault("lock", fault: "is missing")
            }
            guard Contest.isValid(name: lock) else { throw .contestName(lock) }
            change = .put(root, lock: lock)
        }
        return try WriteCall(.changeGuard(change), request: request, subject: .guarded(change))
    }
}

extension JSONWriter {
    /// A guard as it was set, or the path of which there is none any more.
    init(_ change: GuardChange) {
        self.init()
        switch change {
        case .put(let root, let lock): writeGuard(root, lock: lock)
        case .remove(let root):
            beginObject()
            member("path", string: root.bytes)
            endObject()
        }
    }

    mutating func writeGuard(_ root: Key, lock: [UInt8]) {
        beginObject()
        member("path", string: root.bytes)
        member("lock", string: lock)
        endObject()
    }
}

extension Lookup {
    static func guarded(_ root: Key, in keyspace: Keyspace) throws(Problem) -> HTTPResponse {
        guard let lock = keyspace.guards[root] else { throw Problem(.notFound(.writeGuard)) }
        var json = JSONWriter()
        json.writeGuard(root, lock: lock)
        return .json(json)
    }

    static func guards(in keyspace: Keyspace) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.name("guards")
        json.beginArray()
        for guarded in keyspace.guards.all { json.writeGuard(guarded.root, lock: guarded.lock) }
        json.endArray()
        json.endObject()
        return .json(json)
    }
}
