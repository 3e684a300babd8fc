import API
import Bytes
import Keyspace
import Testing
import Wire

@Suite("Whole trees: PATCH with a merge patch (RFC 7396)")
struct MergePatchTests {
    private static let patch = ["content-type": "application/merge-patch+json"]

    private func tree(_ stage: inout ExchangeHarness) -> String {
        stage.call(.get, "/v1/kv/t?recursive&format=tree").line
    }

    /// RFC 7396, appendix A, as far as its values are trees of keys.
    @Test(
        "the examples of RFC 7396",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":"x"}"#, #"{"a":"x"}"#),
            (#"{"a":"x"}"#, #"{"a":{"b":"c"}}"#, #"{"a":{"b":"c"}}"#),
            (#"{"a":"foo"}"#, #"{"a":{"bb":{"ccc":null}}}"#, "{}"),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, "{}"),
            (#"{"a":{"":"own","b":"c"}}"#, #"{"a":{"":null}}"#, #"{"a":{"b":"c"}}"#),
            (#"{"a":{"":"own","b":"c"}}"#, #"{"a":{"":"new"}}"#, #"{"a":{"":"new","b":"c"}}"#),
            (#"{"a":"own"}"#, #"{"a":{}}"#, "{}"),
            (#"{"a":{"b":"c"}}"#, #"{"a":{}}"#, #"{"a":{"b":"c"}}"#),
            (#"{"a":"b"}"#, "{}", #"{"a":"b"}"#),
        ]
    )
    func examples(_ target: String, _ patch: String, _ result: String) {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/t?format=tree", body: target)
        #expect(stage.call(.patch, "/v1/kv/t", Self.patch, body: patch).status == 200)
        #expect(tree(&stage) == result)
    }

    @Test("random patches leave what the algorithm of RFC 7396 leaves")
    func model() throws {
        var random = Draws(state: 7)
        for round in 0..<300 {
            var stage = ExchangeHarness()
            let before = random.object(depth: 3, nulls: false)
            let patch = random.object(depth: 3, nulls: true)
            _ = stage.call(.put, "/v1/kv/t?format=tree", body: before.written)
            let canonical = try JSONValue(parsing: Array(tree(&stage).utf8))
            #expect(canonical == before.asKeys, "\(round)")
            let dry = stage.call(.patch, "/v1/kv/t?dry-run", Self.patch, body: patch.written)
            let reply = stage.call(.patch, "/v1/kv/t", Self.patch, body: patch.written)
            #expect(reply.status == 200, "\(round) \(reply.text)")
            for list in ["created", "changed", "deleted"] as [StaticString] {
                let forecast = dry.json?[list]?.array?.count
                #expect(reply.json?[list]?.whole == forecast.map { UInt64($0) })
            }
            let after = try JSONValue(parsing: Array(tree(&stage).utf8))
            let expected = canonical.merged(with: patch).asKeys
            #expect(
                after == expected,
                "\(round): \(canonical.written) patched with \(patch.written)"
            )
        }
    }

    @Test("a patch says its type")
    func types() {
        var stage = ExchangeHarness()
        for type in [nil, "application/json", "application/json-patch+json", ""] {
            let headers = type.map { ["content-type": $0] } ?? [:]
            let reply = stage.call(.patch, "/v1/kv/t", headers, body: #"{"a":"b"}"#)
            #expect(reply.status == 415 && reply.code == "unsupported-type")
        }
        let typed = ["content-type": "Application/Merge-Patch+JSON; charset=utf-8"]
        #expect(stage.call(.patch, "/v1/kv/t", typed, body: #"{"a":"b"}"#).status == 200)
    }
}

// MARK: - A model of RFC 7396

extension JSONValue {
    var written: String {
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.output, as: UTF8.self)
    }

    /// RFC 7396, section 2, word by word.
    fileprivate func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = object?.members ?? []
        for change in changes.members {
            let place = members.firstIndex { $0.name == change.name }
            if change.value == .null {
                if let place { members.remove(at: place) }
                continue
            }
            let target = place.map { members[$0].value } ?? .null
            let member = JSONObject.Member(
                name: change.name,
                value: target.merged(with: change.value)
            )
            if let place { members[place] = member } else { members.append(member) }
        }
        return .object(JSONObject(members: members))
    }

    /// As keys can hold it, and as it is read back: no empty objects, an object of an own value
    /// alone is that value, members in order.
    fileprivate var asKeys: JSONValue { .object(JSONObject(members: keptMembers)) }

    private var keptMembers: [JSONObject.Member] {
        let members = (object?.members ?? []).compactMap { member -> JSONObject.Member? in
            guard member.value.object != nil else { return member }
            let kept = member.value.keptMembers
            guard let first = kept.first else { return nil }
            if kept.count == 1, first.name.isEmpty {
                return .init(name: member.name, value: first.value)
            }
            return .init(name: member.name, value: .object(JSONObject(members: kept)))
        }
        return members.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}

/// Small random objects with few names, so that they meet.
private struct Draws {
    var state: UInt64

    mutating func next(_ bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }

    mutating func object(depth: Int, nulls: Bool) -> JSONValue {
        var members: [JSONObject.Member] = []
        for name in ["", "a", "b", "c"] where next(3) > 0 {
            let bytes = Array(name.utf8)
            switch next(4) {
            case 0 where nulls: members.append(.init(name: bytes, value: .null))
            case 1 where depth > 1 && !name.isEmpty:
                members.append(.init(name: bytes, value: object(depth: depth - 1, nulls: nulls)))
            default: members.append(.init(name: bytes, value: .string(Array("\(next(3))".utf8))))
            }
        }
        return .object(JSONObject(members: members))
    }
}
