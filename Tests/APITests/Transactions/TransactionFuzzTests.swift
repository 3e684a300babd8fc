import API
import Bytes
import Fuzzing
import Keyspace
import Testing
import Wire

@Suite("Fuzzing: transactions, and which keys a watch follows")
struct TransactionFuzzTests {
    private static let bodies = [
        #"{"compare":[{"prefix":"a","target":"mod_revision","op":"<","value":9}],"#
            + #""then":[{"put":{"key":"a","value":"x","previous":true}},"#
            + #"{"get":{"from":"a","to":"z","sort":"value","order":"descending","limit":3}}]}"#,
        #"{"then":[{"txn":{"compare":[{"key":"/a","target":"exists","op":"==","value":true}],"#
            + #""then":[{"put":{"key":"/a","keep_value":true,"keep_lease":true}}],"#
            + #""else":[{"put":{"key_base64":"/w==","value":"YQ==","encoding":"base64"}}]}}]}"#,
        #"{"compare":[{"key":"/a","target":"child_version","op":"!=","value":0}],"#
            + #""else":[{"delete":{"prefix_base64":"YQ==","previous":true}},"#
            + #"{"get":{"key":"/a","recursive":true,"keys":true,"min_mod_revision":2}},"#
            + #"{"get":{"prefix":"","count":true,"revision":1}}]}"#,
    ]
    private static let tokens = [
        "{", "}", "[", "]", ",", "\"key\":\"a\"", "\"prefix\":\"\"", "\"txn\":{\"then\":[", "null",
        "\"recursive\":true", "9007199254740991", "-1", "\"previous\":true", "/.roost",
        "\"to\":\"\"",
    ]

    /// History is not kept for ever: the member starts anew now and then.
    private func renewed(_ stage: inout ExchangeHarness) {
        if stage.keyspace.appliedIndex > 4000 { stage = ExchangeHarness() }
    }

    @Test("whatever transaction comes, it is answered in the shape of what it asks, or refused")
    func transactions() {
        var stage = ExchangeHarness()
        var fuzzer = Fuzzer(
            "transaction",
            corpus: Self.bodies.map { Array($0.utf8) },
            tokens: Self.tokens
        )
        fuzzer.run { input in
            renewed(&stage)
            let before = stage.keyspace.store.revision
            let reply = stage.open(request(.post, "/v1/txn", body: input)).reply
            let after = stage.keyspace.store.revision
            guard reply?.status == 200, let answer = reply?.json else {
                #expect(after == before, "refused, yet it changed something")
                return
                    "\(reply?.code ?? "unanswered") \(reply?.json?["detail"]?.text?.suffix(20) ?? "")"
            }
            #expect(answer["revision"]?.whole == after.rawValue)
            let asked = (try? JSONValue(parsing: input))
                .flatMap { $0[answer["succeeded"]?.bool == true ? "then" : "else"]?.array }
            let results = answer["results"]?.array ?? []
            #expect(asked?.count ?? 0 == results.count)
            for (operation, result) in zip(asked ?? [], results) {
                #expect(operation.object?.members.first?.name == result.object?.members.first?.name)
            }
            return "\(results.count) \(reply?.text.filter { "{[".contains($0) }.prefix(12) ?? "")"
        }
    }

    @Test("whatever query comes, a watch streams or says what is wrong")
    func watches() {
        var stage = ExchangeHarness()
        _ = stage.call(.put, "/v1/kv/a", body: "v")
        var fuzzer = Fuzzer(
            "watch-query",
            corpus: [
                "path=/a&recursive&initial", "key=%FF&prefix=a&events=put&keys", "prefix=&meta",
                "key=a&key=b&prefix=%2F&events=delete&previous&from=1",
            ].map { Array($0.utf8) },
            tokens: ["path=", "&key=", "&prefix=", "%00", "%", "&recursive", "events=", "=", "&"]
        )
        fuzzer.run { input in
            let target = Array("/v1/watch?".utf8) + input.filter { $0 > 0x20 && $0 != 0x7F }
            let text = String(decoding: target, as: UTF8.self)
            var session = stage.open(request(.get, text))
            guard case .streaming = session.state else {
                return "\(session.reply?.code ?? "unanswered")"
            }
            let told = session.pull(&stage).text
            return "streams \(told.prefix(24))"
        }
    }
}
