import API
import Keyspace
import Testing
import Wire

@Suite("Keys in the reference: /openapi.json says what the calls take and answer")
struct KeyReferenceTests {
    private static let patch = ["content-type": "application/merge-patch+json"]

    private func operation(_ path: String, _ method: Wire.Method) throws -> JSONValue {
        var stage = ExchangeHarness()
        let document = try #require(stage.call(.get, "/openapi.json").json)
        let paths = try #require(document["paths"]?.object)
        let methods = try #require(paths[bytes: Array(path.utf8)]?.object)
        return try #require(methods[bytes: Array(method.rawValue.lowercased().utf8)])
    }

    @Test("every answer of a call stands there by its code")
    func codes() throws {
        var stage = ExchangeHarness()
        let rows: [(Wire.Method, String, [String: String], String, UInt16)] = [
            (.put, "/v1/kv/a", [:], "v", 201), (.put, "/v1/kv/a", [:], "v", 200),
            (.put, "/v1/kv/a", ["if-none-match": "*"], "v", 412),
            (.put, "/v1/kv/a", [:], String(repeating: "v", count: 1 << 20 + 1), 413),
            (.put, "/v1/kv/t?format=tree", [:], "{}", 200),
            (.put, "/v1/kv?key=b", [:], "v", 201), (.put, "/v1/kv?key=b", [:], "v", 200),
            (.put, "/v1/kv?key=b", ["if-match": "\"1\""], "v", 412),
            (.patch, "/v1/kv/t", Self.patch, "{}", 200), (.patch, "/v1/kv/t", [:], "{}", 415),
            (.patch, "/v1/kv/t", Self.patch.merging(["if-match": "*"]) { $1 }, "{}", 412),
            (.post, "/v1/kv/q", [:], "v", 201), (.get, "/v1/kv/a", [:], "", 200),
            (.get, "/v1/kv/a", ["if-none-match": "*"], "", 304),
            (.get, "/v1/kv/a", ["if-match": "\"1\""], "", 412),
            (.get, "/v1/kv/none", [:], "", 404), (.get, "/v1/kv?prefix=", [:], "", 200),
            (.get, "/v1/kv?prefix=", ["if-none-match": "*"], "", 304),
            (.delete, "/v1/kv/a", ["if-match": "\"1\""], "", 412),
            (.delete, "/v1/kv/a", [:], "", 200), (.delete, "/v1/kv/a", [:], "", 404),
            (.delete, "/v1/kv?prefix=b", [:], "", 200),
            (.delete, "/v1/kv?prefix=b", [:], "", 404),
        ]
        for (method, target, headers, body, status) in rows {
            let reply = stage.call(method, target, headers, body: body)
            #expect(reply.status == status, "\(method.rawValue) \(target) \(reply.text)")
            let path = target.hasPrefix("/v1/kv?") ? "/v1/kv" : "/v1/kv/{path}"
            let answers = try operation(path, method)["responses"]?.object
            #expect(
                answers?[bytes: Array("\(status)".utf8)] != nil,
                "\(method.rawValue) \(target): \(status) is not told"
            )
        }
    }

    @Test("parameters have types")
    func types() throws {
        let parameters = try operation("/v1/kv", .get)["parameters"]?.array ?? []
        for (name, type) in [
            ("key", "string"), ("from", "string"), ("to", "string"), ("limit", "integer"),
            ("since", "integer"), ("meta", "boolean"), ("count", "boolean"), ("wait", "string"),
            ("values", "string"), ("pretty", "boolean"), ("timeout", "string"),
        ] {
            let parameter = parameters.first { $0["name"]?.text == name }
            #expect(parameter?["schema"]?["type"]?.text == type, "\(name)")
            #expect(parameter?["in"]?.text == "query")
        }
        let values = parameters.first { $0["name"]?.text == "values" }
        #expect(values?["schema"]?["enum"]?.array == [.string(Array("json".utf8))])
        let note = try operation("/v1/kv/{path}", .patch)["parameters"]?.array?
            .first { $0["name"]?.text == "Roost-Note" }
        #expect(note?["in"]?.text == "header")
    }

    @Test(
        "an unknown parameter is refused by name",
        arguments: [
            (.get, "/v1/kv?key=a"), (.get, "/v1/kv?prefix=a"), (.get, "/v1/kv?from=a"),
            (.get, "/v1/kv/a?recursive"), (.get, "/v1/kv/a?recursive&count"),
            (.put, "/v1/kv?key=a"), (.delete, "/v1/kv?key=a"), (.delete, "/v1/kv?prefix=a"),
            (.put, "/v1/kv/a?format=tree"), (.patch, "/v1/kv/a"), (.patch, "/v1/kv/a?dry-run"),
        ] as [(Wire.Method, String)]
    )
    func unknownParameter(_ method: Wire.Method, _ target: String) {
        var stage = ExchangeHarness()
        let separator = target.contains("?") ? "&" : "?"
        let reply = stage.call(
            method,
            "\(target)\(separator)frobnicate=1",
            Self.patch,
            body: "{}"
        )
        #expect(reply.json?["parameter"]?.text == "frobnicate", "\(reply.text)")
        #expect(stage.keyspace.appliedIndex == 0)
    }
}
