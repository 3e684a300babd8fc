internal import Bytes
internal import Keyspace
internal import Wire

// PUT, POST and DELETE of /v1/kv/PATH as commands.

extension WriteCall {
    /// The body's bytes become the value.
    static func put(
        _ key: Key,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        try expectWritable(key)
        let put = Put(
            key: key,
            value: try value(request),
            lease: try attachment(&parameters),
            condition: try Conditions(request).ofWrite
        )
        return try WriteCall(
            .put(put),
            request: request,
            subject: .key(key),
            valueByteCount: request.body.count
        )
    }

    /// A sequential child of `parent`.
    static func create(
        under parent: Key,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        try expectWritable(parent)
        try Conditions.expectNone(request)
        let command = Command.createChild(
            parent: parent,
            value: try value(request),
            lease: try attachment(&parameters)
        )
        return try WriteCall(
            command,
            request: request,
            subject: .key(parent),
            valueByteCount: request.body.count
        )
    }

    /// One record, a subtree, or a range of any keys.
    static func delete(
        _ range: KeyRange,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) -> WriteCall {
        if range.beginsInsideReserved { throw .reserved(Key(unchecked: range.lowerBound)) }
        let confirmation = try parameters.text("confirm")
        if range.covers(.subtree(.root)), confirmation?.equals("all") != true {
            throw .bad("To delete every key, add confirm=all.")
        }
        if case .interval = range { try Conditions.expectNone(request) }
        return try WriteCall(
            .delete(range, condition: try Conditions(request).ofWrite),
            request: request,
            subject: .none
        )
    }

    /// What is there already cannot be written through the keys' calls.
    private static func expectWritable(_ key: Key) throws(Problem) {
        if key.isReserved { throw .reserved(key) }
    }

    private static func value(_ request: HTTPRequest) throws(Problem) -> [UInt8] {
        guard request.body.count <= ClusterSettings.valueByteCountLimit else {
            throw .valueTooLarge(request.body.count)
        }
        return request.body
    }

    private static func attachment(
        _ parameters: inout Parameters
    ) throws(Problem) -> LeaseAttachment {
        let lease = try parameters.lease("lease")
        let timeToLive = try parameters.timeToLive("ttl")
        switch (lease, timeToLive) {
        case (nil, nil): return .none
        case (let lease?, nil): return .lease(lease)
        case (nil, let timeToLive?): return .own(timeToLiveMilliseconds: timeToLive)
        case (.some, .some):
            throw .parameter("ttl", fault: "excludes \"lease\": a lease has its own")
        }
    }
}
