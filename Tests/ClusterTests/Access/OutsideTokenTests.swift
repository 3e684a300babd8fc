import Foundation
import TestCluster
import Testing

@Suite("Tokens of an outside issuer (security.md), with a real member")
struct OutsideTokenTests {
    /// Makes key pairs, tokens of them, and a member's file of keys.
    private static let issuer = """
        text() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
        pair() { openssl genpkey -algorithm ed25519 -out $1.key; openssl pkey -in $1.key -pubout -out $1.pub; }
        token() {
            head=$(printf '{"alg":"EdDSA"}' | text)
            claims=$(printf '{"iss":"%s","aud":"roost","sub":"robot","roles":["app"],"exp":%s}' \
                "$2" $(($(date +%s) + 3600)) | text)
            printf %s "$head.$claims" >message
            openssl pkeyutl -sign -inkey $1.key -rawin -in message -out signature
            printf %s "$head.$claims.$(text <signature)"
        }
        code() {
            curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $1" "http://$ROOST_ENDPOINTS/v1/kv/app/a"
        }
        trust() { cat "$@" >draft; mv draft "$KEYS"; }
        """

    @Test(
        "an issuer's key is replaced under load and no request fails; the one before counts no more"
    )
    func rotation() throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-issuer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let keys = place.appending(path: "keys.pem").path
        let setting = "cd '\(place.path)'; KEYS='\(keys)'\n\(Self.issuer)\n"
        let made = try Script.run("\(setting)set -e; pair one; pair two; trust one.pub")
        try #require(made.status == 0, "\(made.error)")
        let cluster = try Cluster.started(
            count: 1,
            flags: ["--jwt-keys", keys, "--jwt-issuer", "it", "--jwt-audience", "roost"]
        )
        let result = try Script.run(
            """
            \(setting)
            until "$ROOST" settings feature-level | grep -qx '[3-9]'; do :; done
            "$ROOST" role allow root admin -q; "$ROOST" role allow app read,write /app -r -q
            echo 'the root password' | "$ROOST" user add root --role root -q
            "$ROOST" put -q /app/a 1; "$ROOST" auth enable -q
            one=$(token one it); two=$(token two it); foreign=$(token one other)
            echo 'robot password' | ROOST_USER=root ROOST_PASSWORD='the root password' \\
                "$ROOST" user add robot -q
            ROOST_TOKEN=$one "$ROOST" whoami | sed 's/^/whoami /'
            ROOST_TOKEN=$one "$ROOST" put /app/by-robot 1 -q
            ROOST_TOKEN=$one "$ROOST" get /app/by-robot -o json --meta | grep -o '"author":"[a-z:]*"'
            echo "one $(code $one) two $(code $two) foreign $(code $foreign)"
            printf %s "$one" >current
            (while [ ! -e over ]; do code "$(cat current)"; echo; done >load) &
            until [ "$(wc -l <load)" -ge 5 ]; do :; done
            trust one.pub two.pub
            until [ "$(code $two)" = 200 ]; do :; done
            printf %s "$two" >draft; mv draft current
            before=$(wc -l <load); until [ "$(wc -l <load)" -gt $((before + 2)) ]; do :; done
            trust two.pub
            until [ "$(code $one)" = 401 ]; do :; done
            before=$(wc -l <load); until [ "$(wc -l <load)" -gt $((before + 5)) ]; do :; done
            touch over; wait
            echo "load $(sort load | uniq -c | tr -s ' ' | cut -d' ' -f3 | tr '\\n' ' ')"
            echo "since one $(code $one) two $(code $two)"
            """,
            endpoints: cluster.endpoints
        )
        let lines = result.text.split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        // As nobody could be called whom the cluster knows itself.
        for line in [#""author":"jwt:robot""#, "whoami jwt:robot (app)"] {
            #expect(lines.contains(line), "\(line): \(result.text) \(result.error)")
        }
        for line in ["one 200 two 401 foreign 401", "load 200", "since one 401 two 200"] {
            #expect(lines.contains(line), "\(line): \(result.text) \(result.error)")
        }
    }
}
