internal import Wire

/// `/openapi.json`: OpenAPI 3.1 of every call, written from the same table that routes requests.
enum OpenAPI {
    static let response: HTTPResponse = {
        var json = JSONWriter()
        json.beginObject()
        json.member("openapi", string: "3.1.0")
        json.name("info")
        json.beginObject()
        json.member("title", string: "Roost")
        json.member("version", string: "v1")
        json.member(
            "description",
            string: "Locks, leader election and configuration over HTTP/JSON."
        )
        json.endObject()
        json.name("paths")
        json.beginObject()
        for resource in Resource.allCases {
            json.name(resource.template)
            json.path(of: resource)
        }
        json.endObject()
        json.name("components")
        json.components()
        json.endObject()
        return .json(json)
    }()
}

extension JSONWriter {
    fileprivate mutating func path(of resource: Resource) {
        beginObject()
        for method in resource.methods where method != .head && method != .options {
            guard let operation = OperationDescription(resource, method: method) else { continue }
            name(method.openAPIName)
            write(operation, of: resource)
        }
        endObject()
    }

    private mutating func write(_ operation: OperationDescription, of resource: Resource) {
        beginObject()
        member("summary", string: operation.summary)
        name("parameters")
        beginArray()
        for variable in resource.variables {
            beginObject()
            member("name", string: variable)
            member("in", string: "path")
            member("required", bool: true)
            name("schema")
            schema("string")
            endObject()
        }
        for parameter in operation.parameters + ["timeout", "timing", "pretty"] {
            beginObject()
            member("name", string: parameter.name)
            member("in", string: "query")
            name("schema")
            schema(parameter.type)
            endObject()
        }
        for header in operation.headers {
            beginObject()
            member("name", string: header)
            member("in", string: "header")
            name("schema")
            schema("string")
            endObject()
        }
        endArray()
        body(operation.body)
        name("responses")
        beginObject()
        for answer in operation.answers {
            name(answer.code)
            beginObject()
            member("description", string: answer.says)
            endObject()
        }
        name("default")
        beginObject()
        member("$ref", string: "#/components/responses/Problem")
        endObject()
        endObject()
        endObject()
    }

    private mutating func body(_ body: OperationDescription.Body) {
        switch body {
        case .none: return
        case .bytes: content(["application/octet-stream"]) { _ in }
        case .bytesOrTree:
            content(["application/octet-stream", "application/json"]) { _ in }
        case .tree(let types):
            content(types) { json in
                json.name("schema")
                json.schema("object")
            }
        case .fields(let fields):
            content(["application/json"]) { json in
                json.name("schema")
                json.beginObject()
                json.member("type", string: "object")
                json.member("additionalProperties", bool: false)
                json.name("properties")
                json.beginObject()
                for field in fields {
                    json.name(field)
                    json.beginObject()
                    json.endObject()
                }
                json.endObject()
                json.endObject()
            }
        }
    }

    /// A body of one of these types, each with the same schema.
    private mutating func content(
        _ types: [StaticString],
        schema: (inout JSONWriter) -> Void
    ) {
        name("requestBody")
        beginObject()
        name("content")
        beginObject()
        for type in types {
            name(type)
            beginObject()
            schema(&self)
            endObject()
        }
        endObject()
        endObject()
    }

    private mutating func schema(_ type: QueryParameter.ValueType) {
        switch type {
        case .string: schema("string")
        case .flag: schema("boolean")
        case .number:
            beginObject()
            member("type", string: "integer")
            member("minimum", number: 0)
            endObject()
        case .choice(let choices):
            beginObject()
            member("type", string: "string")
            name("enum")
            beginArray()
            for choice in choices { string(choice) }
            endArray()
            endObject()
        }
    }

    private mutating func schema(_ type: StaticString) {
        beginObject()
        member("type", string: type)
        endObject()
    }

    fileprivate mutating func components() {
        beginObject()
        name("responses")
        beginObject()
        name("Problem")
        beginObject()
        member("description", string: "What was wrong, as RFC 9457 has it.")
        name("content")
        beginObject()
        name("application/problem+json")
        beginObject()
        name("schema")
        beginObject()
        member("type", string: "object")
        name("properties")
        beginObject()
        for (field, type) in [
            ("type", "string"), ("code", "string"), ("title", "string"), ("status", "integer"),
            ("detail", "string"),
        ] as [(StaticString, StaticString)] {
            name(field)
            schema(type)
        }
        endObject()
        endObject()
        endObject()
        endObject()
        endObject()
        endObject()
        endObject()
    }
}

extension Method {
    fileprivate var openAPIName: StaticString {
        switch self {
        case .get: "get"
        case .put: "put"
        case .post: "post"
        case .patch: "patch"
        case .delete: "delete"
        case .head: "head"
        case .options: "options"
        case .other: "x-other"
        }
    }
}

extension Resource {
    /// The names of the variable parts of the address.
    fileprivate var variables: [StaticString] {
        switch self {
        case .key, .quota, .guarded: ["path"]
        case .lease, .leaseKeepAlive, .authKey: ["id"]
        case .serviceInstance, .instanceHealth: ["name", "id"]
        case .lock, .lockHold, .lockVerify, .counter, .election, .campaign, .observe, .electionHold,
            .proclaim, .resign, .handOver, .authUser, .authRole, .service, .serviceWatch, .queue,
            .queueTake, .queueAck, .queueNack, .queueExtend, .barrier, .barrierEnter, .barrierLeave:
            ["name"]
        default: []
        }
    }
}
