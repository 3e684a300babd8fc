import Foundation
import TestCluster
import Testing

/// Every call that a real member says it has, by everybody who may not. The calls come from the
/// member's own OpenAPI document, which a test holds against the list of calls.
@Suite("The deny matrix, with a real member")
struct RealDenyTests {
    /// What the key and the value below /secret are made of.
    private static let mark = "hushhush"

    /// Open to everybody, in every state: they tell nothing of what is kept.
    private static let openCalls: Set<String> = [
        "get /", "get /livez", "get /readyz", "get /health", "get /version", "get /openapi.json",
        "get /v1/auth/status", "post /v1/auth/login", "get /v1/auth/whoami",
    ]
    /// What every user may ask: of itself, how the cluster is, for a lease of its own.
    private static let usersCalls: Set<String> = [
        "get /v1/cluster", "get /v1/status", "get /v1/settings",
        "get /v1/members", "get /v1/revision", "post /v1/leases",
    ]

    private static let get = #"{"get":{"key":"/secret/\#(mark)"}}"#
    private static let place = #"{"name":"n9","peer":"127.0.0.1:9"}"#
    private static let bodies: [String: [String]] = [
        "/v1/txn": [
            #"{"then":[\#(get)]}"#, #"{"then":[{"txn":{"then":[\#(get)]}}]}"#,
            #"{"then":[{"txn":{"else":[{"txn":{"else":[\#(get)]}}]}}]}"#,
            #"{"compare":[{"key":"/secret/\#(mark)","target":"version","op":">","value":0}]}"#,
            #"{"then":[{"put":{"key":"/secret/\#(mark)","value":"x","previous":true}}]}"#,
        ],
        "/v1/leases": [#"{"ttl":"10s"}"#], "/v1/compact": [#"{"revision":2}"#],
        "/v1/settings": [#"{"quota":"1GiB"}"#], "/v1/members": [place],
        "/v1/members/{id}": [#"{"kind":"observer"}"#], "/v1/members/{id}/replace": [place],
        "/v1/locks/{name}": [#"{"ttl":"10s"}"#], "/v1/guards/{path}": [#"{"lock":"l"}"#],
        "post /v1/counters/{name}": [#"{"add":1}"#], "put /v1/counters/{name}": [#"{"value":1}"#],
        "/v1/elections/{name}/campaign": [#"{"ttl":"10s"}"#],
        "/v1/services/{name}/{id}": [#"{"address":"192.0.2.1","port":80,"ttl":"10s"}"#],
        "/v1/services/{name}/{id}/health": [#"{"status":"passing"}"#],
        "/v1/auth/users/{name}": [#"{"grant":["root"]}"#, #"{"password":"another one"}"#],
        "patch /v1/kv/{path}": [#"{"a":"b"}"#],
        "/v1/auth/roles/{name}": [#"{"add":[{"allow":["admin"]}]}"#],
        "/v1/quotas/{path}": [#"{"keys":1}"#],
        "/v1/barriers/{name}/enter": [#"{"parties":1}"#, #"{"parties":2,"wait":"5s"}"#],
        "/v1/barriers/{name}/leave": [#"{"lease":"aa"}"#],
    ]
    private static let queries: [String: [String]] = [
        "get /v1/kv": ["?key=/secret/\(mark)", "?prefix=", "?from=/a&to=/z"],
        "put /v1/kv": ["?key=/secret/\(mark)"], "delete /v1/kv": ["?prefix=/secret"],
        "get /v1/kv/{path}": [
            "", "?raw", "?meta", "?revision=2", "?consistency=stale", "?wait=5s&since=1",
            "?recursive", "?children", "?diff=1", "?history",
        ],
        "get /v1/services/{name}": ["", "?healthy&tag=a", "?format=nginx", "?wait=5s&since=1"],
        "get /v1/watch": [
            "?path=/secret&recursive", "?prefix=&from=1", "?path=/secret/\(mark)&previous&from=1",
        ],
        "post /v1/kv/{path}": ["", "?undo=1"], "get /v1/auth/can": ["?user=root&verb=admin"],
        "get /v1/locks/{name}/hold": ["?ttl=10s"],
        "get /v1/locks/{name}/verify": ["?token=1", "?token=1&at_least=1"],
        "get /v1/elections/{name}/hold": ["?ttl=10s"], "delete /v1/locks/{name}": ["?token=1"],
        "put /v1/elections/{name}/proclaim": ["?token=1"],
        "post /v1/elections/{name}/resign": ["?token=1"],
        "post /v1/elections/{name}/handover": ["?token=1"],
        "post /v1/queues/{name}": ["", "?tries=1&dead=other"],
        "get /v1/queues/{name}": ["", "?peek"], "post /v1/queues/{name}/ack": ["?token=1"],
        "post /v1/queues/{name}/nack": ["?token=1"], "post /v1/queues/{name}/extend": ["?token=1"],
    ]

    /// A request that has to be refused, of one of the member's calls.
    private struct Attack {
        let call: String
        let method: String
        let target: String
        let body: String
    }

    private static func attacks(onAllOf document: [String: Any]) throws -> [Attack] {
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        return paths.sorted { $0.key < $1.key }.flatMap { path, methods in
            methods.keys.sorted().flatMap { method -> [Attack] in
                let call = "\(method) \(path)"
                guard !openCalls.contains(call) else { return [] }
                let target = path.replacing("{path}", with: "secret/\(mark)")
                    .replacing("{id}", with: id(in: path))
                    .replacing("{name}", with: path.contains("auth") ? "root" : "secret")
                return (queries[call] ?? [""]).flatMap { query in
                    (method == "get" ? [""] : bodies[call] ?? bodies[path] ?? [""]).map {
                        Attack(
                            call: call,
                            method: method.uppercased(),
                            target: target + query,
                            body: $0
                        )
                    }
                }
            }
        }
    }

    private static func id(in path: String) -> String {
        if path.contains("auth") { return "1" }
        return path.contains("lease") ? "00000000000000aa" : "n1"
    }

    /// What came is told: a refusal, unless a user may have it, and nothing of the secret.
    private static func check(_ attack: Attack, by name: String, _ answer: Answer) {
        let isUser = name == "ann"
        let right: [Int] =
            if isUser, usersCalls.contains(attack.call) {
                [200, 201]
            } else if isUser, attack.call.contains("/v1/leases/{id}") {
                // One that may not be seen is not there.
                [404]
            } else {
                isUser ? [403] : [401]
            }
        let what = "\(name): \(attack.method) \(attack.target) \(attack.body)"
        #expect(right.contains(answer.status), "\(what): \(answer.status) \(answer.text)")
        let told = answer.text + "\(answer.headers)"
        #expect(!told.contains(mark), "\(what): \(told)")
    }

    /// A controlled member, and what each of those who may not have /secret shows.
    private static func prepare(_ cluster: Cluster) throws -> [(name: String, token: String?)] {
        let result = try Script.run(
            """
            set -e
            until "$ROOST" settings feature-level | grep -qx '[4-9]'; do :; done
            "$ROOST" role allow root admin,metrics -q; "$ROOST" role allow root read,write / -r -q
            "$ROOST" role allow root lock '*' -q; "$ROOST" role allow app read,write /app -r -q
            for user in root eve mallory; do
                echo 'the long password' | "$ROOST" user add $user --role root -q
            done
            echo 'the long password' | "$ROOST" user add ann --role app -q
            "$ROOST" put -q '/secret/\(mark)' 'value-\(mark)'
            "$ROOST" auth enable -q
            login() {
                curl -s -d "{\\"user\\":\\"$1\\",\\"password\\":\\"the long password\\"$2}" \
                    "http://$ROOST_ENDPOINTS/v1/auth/login" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/'
            }
            root() { ROOST_USER=root ROOST_PASSWORD='the long password' "$ROOST" "$@"; }
            expired=$(login root ',"ttl":"1s"'); revoked=$(login eve); removed=$(login mallory)
            root user revoke eve root -q; root user remove mallory -q
            while curl -sf -o body -H "Authorization: Bearer $expired" \
                "http://$ROOST_ENDPOINTS/v1/auth/whoami"; do :; done
            printf '%s\\n' "$expired" "$revoked" "$removed" "$(login ann)"
            """,
            endpoints: cluster.endpoints
        )
        let tokens = result.text.split(separator: "\n").suffix(4).map(String.init)
        try #require(tokens.count == 4 && tokens.allSatisfy { $0.count > 40 }, "\(result.error)")
        let root = tokens[0]
        let forged = String(root.dropLast(8)) + String(root.suffix(8).reversed())
        return [("nobody", nil), ("forged", forged)]
            + zip(["expired", "revoked", "removed", "ann"], tokens).map { ($0, Optional($1)) }
    }

    @Test("all are refused, and nothing in a head, a body or a metric tells of a key or a value")
    func refused() throws {
        let cluster = try Cluster.started(count: 1)
        let credentials = try Self.prepare(cluster)
        let port = try #require(cluster.endpoints.split(separator: ":").last.flatMap { UInt16($0) })
        let document = try HTTPConnection(port: port).request("GET", target: "/openapi.json").json
        let attacks = try Self.attacks(onAllOf: document)
        #expect(attacks.count > 70)
        for attack in attacks {
            for (name, token) in credentials {
                var headers = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
                if attack.call == "patch /v1/kv/{path}" {
                    headers["Content-Type"] = "application/merge-patch+json"
                }
                let answer = try HTTPConnection(port: port).request(
                    attack.method,
                    target: attack.target,
                    headers: headers,
                    body: Data(attack.body.utf8)
                )
                Self.check(attack, by: name, answer)
            }
        }
        let basic = Data("root:the long password".utf8).base64EncodedString()
        for (target, isThere) in [("/metrics", false), ("/v1/kv/secret/\(Self.mark)", true)] {
            let answer = try HTTPConnection(port: port).request(
                "GET",
                target: target,
                headers: ["Authorization": "Basic \(basic)"]
            )
            #expect(answer.status == 200 && answer.text.contains(Self.mark) == isThere)
        }
        #expect(cluster.members.allSatisfy { !$0.standardError.contains(Self.mark) })
    }
}
