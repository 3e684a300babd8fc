internal import Bytes
internal import Keyspace
internal import Wire

// Which call a request about keys is: those of /v1/kv/PATH, and those of /v1/kv, whose query names
// keys of any bytes.

extension NativeCall {
    /// A call of `/v1/kv/PATH`.
    static func path(
        _ key: Key,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        switch request.method {
        case .put:
            guard try takesTree(&parameters) else {
                return .write(try .put(key, request: request, parameters: &parameters))
            }
            return .tree(
                try TreeCall(.replace, root: key, request: request, parameters: &parameters)
            )
        case .patch:
            _ = try takesTree(&parameters)
            return .tree(
                try TreeCall(.merge, root: key, request: request, parameters: &parameters)
            )
        case .post where try parameters.has("undo"):
            return .undo(try UndoCall(key, request: request, parameters: &parameters))
        case .post:
            return .write(try .create(under: key, request: request, parameters: &parameters))
        case .delete:
            let range: KeyRange = try parameters.flag("recursive") ? .subtree(key) : .key(key)
            return .write(try .delete(range, request: request, parameters: &parameters))
        case .get, .head, .options, .other: break
        }
        if try parameters.has("diff") {
            try Conditions.expectNone(request)
            return .difference(
                try DifferenceCall(key, parameters: &parameters, options: options)
            )
        }
        if try parameters.has("history") {
            var address = [UInt8]("/v1/kv")
            PercentEncoding.append(path: key.bytes, to: &address)
            address.append("?history")
            return try past(
                key,
                address: address,
                request: request,
                parameters: &parameters,
                options: options
            )
        }
        let children = try parameters.flag("children")
        let recursive = try parameters.flag("recursive")
        if children, recursive { throw .parameter("children", fault: "excludes \"recursive\"") }
        guard children || recursive else {
            return .keyRead(
                try KeyRead(
                    key,
                    request: request,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            )
        }
        var address = [UInt8]("/v1/kv")
        PercentEncoding.append(path: key.bytes, to: &address)
        address.append(children ? "?children" : "?recursive")
        return .listing(
            try KeyListing(
                children ? .children(of: key) : .range(.subtree(key)),
                address: address,
                request: request,
                parameters: &parameters,
                options: options,
                now: now
            )
        )
    }

    /// A call of `/v1/kv`.
    static func selection(
        _ request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        switch (try KeySelection(&parameters), request.method) {
        case (.key(let key), .put):
            return .write(try .put(key, request: request, parameters: &parameters))
        case (.key(let key), .delete):
            return .write(try .delete(.key(key), request: request, parameters: &parameters))
        case (.key(let key), _) where try parameters.has("history"):
            var address = [UInt8]("/v1/kv?key=")
            PercentEncoding.append(component: key.bytes, to: &address)
            address.append("&history")
            return try past(
                key,
                address: address,
                request: request,
                parameters: &parameters,
                options: options
            )
        case (.key(let key), _):
            return .keyRead(
                try KeyRead(
                    key,
                    request: request,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            )
        case (.range, .put): throw .bad("A value is written under one key: name it with key=.")
        case (.range(let range, _), .delete):
            return .write(try .delete(range, request: request, parameters: &parameters))
        case (.range(let range, let address), _):
            return .listing(
                try KeyListing(
                    .range(range),
                    address: address,
                    request: request,
                    parameters: &parameters,
                    options: options,
                    now: now
                )
            )
        }
    }

    /// What became of a key.
    private static func past(
        _ key: Key,
        address: [UInt8],
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) -> NativeCall {
        try Conditions.expectNone(request)
        return .history(
            try HistoryCall(key, address: address, parameters: &parameters, options: options)
        )
    }

    /// Takes `format`, which can only be `tree` where something is written.
    private static func takesTree(_ parameters: inout Parameters) throws(Problem) -> Bool {
        guard let format = try parameters.text("format") else { return false }
        guard format.equals("tree") else { throw .parameter("format", fault: "can only be tree") }
        return true
    }
}
