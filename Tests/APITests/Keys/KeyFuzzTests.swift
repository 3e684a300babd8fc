import API
import Bytes
import Fuzzing
import Keyspace
import Testing
import Wire

/// The parsers of what names and writes keys besides plain paths.
@Suite("Fuzzing: trees, merge patches, and keys of any bytes")
struct KeyFuzzTests {
    private static let bodies = [
        #"{"a":"1","b":{"":"own","c":{"d":"2"}},"e":"data:application/octet-stream;base64,/w=="}"#,
        #"{"a":null,"b":{"":null,"c":{}},"n":[1,true,{"x":null}],"é":"\u00e9"}"#, "{}",
        #"{"port":5432,"on":true,"":"v","deep":{"deep":{"deep":{"deep":"x"}}}}"#,
    ]
    private static let tokens = [
        "{", "}", "\"\":", ":null", "\"a\":", "/", "..", "data:application/octet-stream;base64,",
        "\\u0000", "{}", ".roost", "\"\\u002f\":", "1e3", "[]",
    ]

    /// History is not kept for ever: the member starts anew now and then.
    private func renewed(_ stage: inout ExchangeHarness) {
        if stage.keyspace.appliedIndex > 4000 { stage = ExchangeHarness() }
    }

    /// A refusal by the end of its sentence, where no names stand.
    private func fault(_ reply: Reply?) -> String {
        "\(reply?.code ?? "unanswered") \(reply?.json?["detail"]?.text?.suffix(24) ?? "")"
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("whatever tree comes, what was written reads as a tree that changes nothing again")
    func trees() {
        var stage = ExchangeHarness()
        var fuzzer = Fuzzer(
            "tree",
            corpus: Self.bodies.map { Array($0.utf8) },
            tokens: Self.tokens
        )
        fuzzer.run { input in
            renewed(&stage)
            let put = request(.put, "/v1/kv/t?format=tree&values=json", body: input)
            guard let reply = stage.open(put).reply, reply.status == 200 else {
                return fault(stage.open(put).reply)
            }
            let tree = stage.call(.get, "/v1/kv/t?recursive&format=tree")
            guard tree.status == 200 else { return "unreadable \(tree.code ?? "")" }
            let again = stage.open(request(.put, "/v1/kv/t?format=tree", body: tree.body)).reply
            #expect(
                again?.text.contains(#""created":0,"changed":0,"deleted":0"#) == true,
                "\(tree.text) \(again?.text ?? "")"
            )
            return "written \(tree.text.filter { "{}".contains($0) }.prefix(12))"
        }
    }

    @Test("whatever patch comes, a dry run says what the patch then does")
    func patches() {
        var stage = ExchangeHarness()
        let type = ["content-type": "application/merge-patch+json"]
        var fuzzer = Fuzzer(
            "merge-patch",
            corpus: Self.bodies.map { Array($0.utf8) },
            tokens: Self.tokens
        )
        fuzzer.run { input in
            renewed(&stage)
            let dry = stage.open(
                request(.patch, "/v1/kv/t?values=json&dry-run", type, body: input)
            ).reply
            let reply = stage.open(
                request(.patch, "/v1/kv/t?values=json", type, body: input)
            ).reply
            #expect(dry?.status == reply?.status)
            var shape = ""
            for list in ["created", "changed", "deleted"] as [StaticString] {
                let forecast = dry?.json?[list]?.array?.count
                #expect(reply?.json?[list]?.whole == forecast.map { UInt64($0) })
                shape += String(repeating: "x", count: min(forecast ?? 0, 4)) + "|"
            }
            return reply?.status == 200 ? shape : fault(reply)
        }
    }

    @Test("whatever query names keys, the call answers, and pages stay in their range")
    func queries() {
        var stage = ExchangeHarness()
        for key in ["%00", "a", "a%00", "%2Fa%2Fb", "%2Fa%2F%2F", "%FF"] {
            _ = stage.call(.put, "/v1/kv?key=\(key)", body: "v")
        }
        var fuzzer = Fuzzer(
            "key-query",
            corpus: [
                "key=%00%FF", "prefix=%2Fa&limit=1&keys", "from=a&to=b&count", "prefix=",
                "from=%FF&wait=1s&since=1", "key=a&meta&values=json", "prefix=a&after=a&limit=2",
                "to=%2F&revision=3&consistency=stale",
            ].map { Array($0.utf8) },
            tokens: [
                "%", "%00", "%FF", "&key=", "&prefix=", "&from=", "&to=", "&after=", "&limit=1",
                "&count", "&revision=", "18446744073709551615", "&wait=9s", "&since=0", "+",
            ]
        )
        fuzzer.run { input in
            let request = HTTPRequest(
                method: .get,
                rawPath: "/v1/kv".utf8,
                rawQuery: input,
                headers: [HeaderField("host", value: "h")]
            )
            var session = stage.open(request)
            let reply = session.reply
            session.resume(.disconnected, &stage)
            if let next = reply?.json?["next"]?.text {
                let page = stage.call(.get, next)
                #expect(page.status == 200, "\(next) \(page.text)")
            }
            let members = reply?.json?.object?.members.map { text($0.name) } ?? []
            return reply?.code == nil ? "\(members)" : fault(reply)
        }
    }
}
