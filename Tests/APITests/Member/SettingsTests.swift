import API
import Keyspace
import Testing
import Wire

@Suite("Settings: /v1/settings, and what is told of history")
struct SettingsTests {
    private static let defaults =
        #"{"max_value":1048576,"max_txn_ops":512,"history_age":604800,"history_revisions":1000000,"history_bytes":268435456,"quota":0}"#

    /// As they are read: with what the members share of later releases.
    private static func whole(_ settings: String, level: String = first) -> String {
        settings.dropLast() + ",\(level)}"
    }

    private static let first = #""feature_level":{"level":1,"newest":4,"held":false}"#

    @Test("the feature level is told, and held or let go by a call of its own, from level 2 on")
    func featureLevel() {
        var stage = ExchangeHarness()
        let hold = #"{"hold_feature_level":true}"#
        let early = stage.call(.patch, "/v1/settings", body: hold)
        #expect(early.code == "feature-level" && early.status == 409, "\(early.text)")
        stage.apply(Request(.raiseFeatureLevel(to: 2)))
        let held = #""feature_level":{"level":2,"newest":4,"held":true}"#
        #expect(stage.call(.patch, "/v1/settings", body: hold).line == "{\(held)}")
        let read = stage.call(.get, "/v1/settings").line
        #expect(read == Self.whole(Self.defaults, level: held))
        let free = #"{"hold_feature_level":false}"#
        #expect(stage.call(.patch, "/v1/settings", body: free).status == 200)
        #expect(stage.keyspace.featureLevel.hold == .free)
        let both = #"{"hold_feature_level":true,"max_value":2048}"#
        #expect(stage.call(.patch, "/v1/settings", body: both).code == "bad-request")
        #expect(stage.keyspace.settings.valueByteCountMax == 1 << 20)
        let neither = #"{"hold_feature_level":null,"max_value":2048}"#
        #expect(stage.call(.patch, "/v1/settings", body: neither).status == 200)
        #expect(stage.keyspace.settings.valueByteCountMax == 2048)
    }

    @Test("the defaults; a change is one command, and tells all of them")
    func change() {
        var stage = ExchangeHarness()
        #expect(stage.call(.get, "/v1/settings").line == Self.whole(Self.defaults))
        let changed = stage.call(
            .patch,
            "/v1/settings",
            body: #"{"max_value":"64KiB","history_age":"1h","history_revisions":5000}"#
        )
        #expect(
            changed.line
                == #"{"max_value":65536,"max_txn_ops":512,"history_age":3600,"history_revisions":5000,"history_bytes":268435456,"quota":0}"#
        )
        #expect(stage.call(.get, "/v1/settings").line == Self.whole(changed.line))
        #expect(stage.keyspace.settings.valueByteCountMax == 65_536)
        let big = String(repeating: "x", count: 65_537)
        #expect(stage.call(.put, "/v1/kv/a", body: big).code == "too-large")
    }

    @Test(
        "what is refused, by the field",
        arguments: [
            ("{}", nil), (#"{"hold_feature_level":null}"#, nil), (#"{"size":1}"#, "size"),
            (#"{"quota":"4194305GiB"}"#, "quota"),
            (#"{"max_value":1}"#, "max_value"),
            (#"{"max_value":"17MiB"}"#, "max_value"), (#"{"max_value":"1 MiB"}"#, "max_value"),
            (#"{"max_txn_ops":0}"#, "max_txn_ops"), (#"{"max_txn_ops":"5"}"#, "max_txn_ops"),
            (#"{"history_age":"500ms"}"#, "history_age"), (#"{"history_age":{}}"#, "history_age"),
            (#"{"history_revisions":999}"#, "history_revisions"),
            (#"{"history_bytes":"99999999999999999999GiB"}"#, "history_bytes"),
        ] as [(String, String?)]
    )
    func refused(_ body: String, _ field: String?) {
        var stage = ExchangeHarness()
        let reply = stage.call(.patch, "/v1/settings", body: body)
        #expect(reply.code == "bad-request" && reply.json?["field"]?.text == field, "\(reply.text)")
        #expect(stage.call(.get, "/v1/settings").line == Self.whole(Self.defaults))
    }

    @Test("status, metrics and the compacted problem say what is kept")
    func history() {
        var stage = ExchangeHarness()
        for _ in 0..<4 { _ = stage.call(.put, "/v1/kv/a", body: "v") }
        stage.advance(milliseconds: 2500)
        _ = stage.call(.post, "/v1/compact", body: #"{"revision":3}"#)
        let history = stage.call(.get, "/v1/status").json?["history"]
        #expect(history?["revisions"]?.whole == 3)
        #expect(history?["limits"]?["revisions"]?.whole == 1_000_000)
        #expect(history?["limits"]?["age"]?.whole == 604_800)
        let status = stage.call(.get, "/v1/status")
        #expect(status.text.contains(#""age":2.5,"limits":"#), "\(status.text)")
        #expect(status.json?["settings"]?["max_value"]?.whole == 1_048_576)
        let metrics = stage.call(.get, "/metrics").text
        for line in [
            "roost_history_revisions 3", "roost_history_age_seconds 2",
            "roost_history_limit_bytes 268435456", "roost_history_limit_seconds 604800",
            "roost_history_limit_revisions 1000000",
        ] { #expect(metrics.contains("\n\(line)\n"), "\(line)") }
        let gone = stage.call(.get, "/v1/kv/a?revision=2")
        #expect(gone.status == 410 && gone.json?["compact_revision"]?.whole == 3)
        #expect(gone.json?["limits"]?["bytes"]?.whole == 268_435_456, "\(gone.text)")
        let again = stage.call(.post, "/v1/compact", body: #"{"revision":2}"#)
        #expect(again.json?["limits"]?["age"]?.whole == 604_800, "\(again.text)")
    }

    @Test("beyond the quota a write that grows the data is told what there is and what to do")
    func quota() {
        var stage = ExchangeHarness()
        let early = stage.call(.patch, "/v1/settings", body: #"{"quota":"1KiB"}"#)
        #expect(early.code == "feature-level", "\(early.text)")
        stage.apply(Request(.raiseFeatureLevel(to: 2)))
        _ = stage.call(.put, "/v1/kv/a", body: "1234567890")
        _ = stage.call(.patch, "/v1/settings", body: #"{"quota":"1KiB"}"#)
        let key = ["Idempotency-Key": "k"]
        let big = String(repeating: "x", count: 1024)
        for body in [big, #"{"b":"\#(big)"}"#] {
            let target = body == big ? "/v1/kv/a" : "/v1/kv/t?format=tree"
            let refused = stage.call(.put, target, key, body: body)
            #expect(refused.status == 507 && refused.code == "no-space", "\(refused.text)")
            #expect(refused.json?["used"]?.whole == 12 && refused.json?["quota"]?.whole == 1024)
            #expect(refused.text.contains(#""applied":null,"sending_applied":false"#))
            #expect(refused.text.contains("Delete keys, or raise the quota"), "\(refused.text)")
        }
        let plain = stage.call(.put, "/v1/kv/a", body: big)
        #expect(plain.text.contains(#""quota":1024,"applied":false"#), "\(plain.text)")
        let dry = stage.call(
            .put,
            "/v1/kv/t?format=tree&dry-run",
            body: #"{"b":"\#(big)"}"#
        )
        #expect(dry.code == "no-space", "\(dry.text)")
        let metrics = stage.call(.get, "/metrics").text
        #expect(metrics.contains("\nroost_quota_bytes 1024\n"))
        #expect(metrics.contains("\nroost_key_bytes 12\n"))
        #expect(stage.call(.put, "/v1/kv/a", body: "1").status == 200)
        _ = stage.call(.patch, "/v1/settings", body: #"{"quota":0}"#)
        // What was refused for space is decided anew.
        #expect(stage.call(.put, "/v1/kv/a", key, body: big).status == 200)
    }

    @Test("sizes with and without a unit")
    func sizes() {
        let rows: [(String, UInt64?)] = [
            ("0", 0), ("7", 7), ("1KiB", 1 << 10), ("16MiB", 16 << 20), ("3GiB", 3 << 30),
            ("", nil), ("KiB", nil), ("1kb", nil), ("1MB", nil), ("-1", nil), ("1.5MiB", nil),
            ("18446744073709551616", nil),
            ("17179869184GiB", nil),
        ]
        for (text, expected) in rows {
            #expect(ByteSize(parsing: Array(text.utf8))?.byteCount == expected, "\(text)")
        }
    }
}
