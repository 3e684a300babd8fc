import API
import Keyspace
import Replica
import Testing
import Wire

@Suite("Members: /v1/members and /v1/leader/transfer (Docs/http-api.md)")
struct MemberCallTests {
    private static let add = #"{"name":"n4","peer":"h9:2380"}"#

    /// Three voters, of whom the third is silent, and an observer.
    private func stage(silent: Set<Int> = [2]) -> ExchangeHarness {
        var stage = ExchangeHarness()
        let roles: [MemberStatus.Role] = [.leader, .follower, .follower, .learner]
        let names = ["n1", "n2", "n3", "watcher"]
        for number in 0..<4 {
            stage.rows.append(
                MemberReport.Row(
                    id: 0xA1 + UInt64(number),
                    name: Array(names[number].utf8),
                    peerAddress: Array("h\(number + 1):2380".utf8),
                    clientAddress: [],
                    role: roles[number],
                    suffrage: number == 3 ? .observer : .voter,
                    health: silent.contains(number) ? .silent : .heard,
                    matchIndex: number == 2 ? nil : 5
                )
            )
        }
        return stage
    }

    @Test("the list says of each what is known, and what is under way")
    func list() {
        var stage = stage()
        let list = stage.call(.get, "/v1/members")
        #expect(list.json?["members"]?.array?.count == 4)
        #expect(list.json?["members"]?.array?[3]["kind"]?.text == "observer")
        #expect(list.json?["changes"]?.array?.isEmpty == true)
        let added = stage.call(.post, "/v1/members", body: Self.add)
        #expect(added.status == 201, "\(added.text)")
        #expect(
            added.json?["command"]?.text
                == "roost serve --name n4 --peer-listen h9:2380 --join h1:2380,h2:2380,h3:2380,h4:2380"
        )
        let changes = stage.call(.get, "/v1/members").json?["changes"]?.array
        #expect(changes?.count == 1 && changes?[0]["change"]?.text == "add")
        #expect(changes?[0]["newcomer"] == .null && changes?[0]["kind"]?.text == "voter")
    }

    @Test("who lacks the log's beginning is listed with what it has of a snapshot")
    func snapshot() {
        var stage = stage()
        stage.rows[3].transfer = .init(sentByteCount: 1_048_576, byteCount: 4_194_304)
        let rows = stage.call(.get, "/v1/members").json?["members"]?.array
        #expect(rows?[0]["snapshot"] == .null)
        #expect(rows?[3]["snapshot"]?["sent_bytes"]?.whole == 1_048_576)
        #expect(rows?[3]["snapshot"]?["bytes"]?.whole == 4_194_304)
    }

    @Test("the command that starts a newcomer has the cluster's token, as one word for a shell")
    func token() {
        var stage = stage()
        stage.clusterToken = Array("o'er $there".utf8)
        let added = stage.call(.post, "/v1/members", body: Self.add)
        let end = #" --cluster-token 'o'\''er $there'"#
        #expect(added.json?["command"]?.text?.hasSuffix(end) == true, "\(added.text)")
    }

    @Test("a name or an address that is taken, and an order that stands, are 409")
    func taken() {
        var stage = stage()
        let name = stage.call(.post, "/v1/members", body: #"{"name":"n1","peer":"h9:1"}"#)
        #expect(name.status == 409 && name.code == "member-exists")
        let address = stage.call(.post, "/v1/members", body: #"{"name":"n9","peer":"h1:2380"}"#)
        #expect(address.code == "member-exists")
        let first = stage.call(.post, "/v1/members", body: #"{"name":"n9","peer":"h9:2380"}"#)
        #expect(first.status == 201)
        let again = stage.call(.post, "/v1/members", body: #"{"name":"n9","peer":"h8:2380"}"#)
        #expect(again.status == 409 && again.code == "change-pending", "\(again.text)")
        // Awaited no more.
        #expect(stage.call(.delete, "/v1/members/n9").status == 202)
        #expect(stage.keyspace.memberOrders.isEmpty)
    }

    @Test("the only voter is not replaced at its own address: nobody could be asked there")
    func onlyVoter() {
        var stage = stage()
        stage.rows.removeSubrange(1...)
        let own = #"{"name":"n1","peer":"h1:2380"}"#
        let refused = stage.call(.post, "/v1/members/n1/replace", body: own)
        #expect(refused.status == 409 && refused.code == "quorum-at-risk", "\(refused.text)")
        let other = #"{"name":"n1","peer":"h9:2380"}"#
        #expect(stage.call(.post, "/v1/members/n1/replace", body: other).status == 201)
    }

    @Test("what would leave too few that are heard is refused, unless it is forced")
    func quorum() {
        var stage = stage()
        let risky = stage.call(.delete, "/v1/members/n2")
        #expect(risky.status == 409 && risky.code == "quorum-at-risk", "\(risky.text)")
        #expect(risky.text.contains("n3"))
        let demotion = stage.call(.patch, "/v1/members/n2", body: #"{"kind":"observer"}"#)
        #expect(demotion.code == "quorum-at-risk")
        #expect(stage.keyspace.memberOrders.isEmpty)
        // The silent one itself may go, and so may who does not vote.
        #expect(stage.call(.delete, "/v1/members/n3").status == 202)
        #expect(stage.call(.delete, "/v1/members/watcher").status == 202)
        #expect(stage.call(.delete, "/v1/members/n2?force").status == 202)
        #expect(stage.keyspace.memberOrders.count == 3)
    }

    @Test("each call becomes its order, by id or by name")
    func orders() {
        var stage = stage(silent: [])
        #expect(stage.call(.patch, "/v1/members/n2", body: #"{"peer":"h7:2380"}"#).status == 202)
        let promotion = stage.call(
            .patch,
            "/v1/members/00000000000000a4",
            body: #"{"kind":"voter"}"#
        )
        #expect(promotion.status == 202, "\(promotion.text)")
        let replacement = stage.call(
            .post,
            "/v1/members/n3/replace",
            body: #"{"name":"n3","peer":"h3:2380"}"#
        )
        #expect(replacement.status == 201, "\(replacement.text)")
        let aims = stage.keyspace.memberOrders.map(\.aim)
        #expect(
            aims == [
                .move(0xA2, to: Array("h7:2380".utf8)), .assign(0xA4, as: .voter),
                .replace(
                    0xA3,
                    by: MemberOrder.Place(
                        name: Array("n3".utf8),
                        peerAddress: Array("h3:2380".utf8)
                    )
                ),
            ]
        )
    }

    @Test("a retry under its key gets the first answer, though all is done by then")
    func retries() {
        var stage = stage(silent: [])
        let key = ["Idempotency-Key": "k1"]
        let first = stage.call(.delete, "/v1/members/n2", key)
        #expect(first.status == 202)
        let number = stage.keyspace.memberOrders[0].number
        stage.apply(Request(.orderMembers(.close(order: number))))
        stage.rows.removeAll { $0.id == 0xA2 }
        let again = stage.call(.delete, "/v1/members/n2", key)
        #expect(
            again.status == 202 && again.header("idempotent-replayed") == "true",
            "\(again.text)"
        )
        #expect(stage.keyspace.memberOrders.isEmpty)
    }

    @Test("under a key nobody says that a request was certainly not carried out")
    func unknownFate() {
        var stage = stage(silent: [])
        stage.quorum = .lost(.notApplied(.noLeader))
        let plain = stage.call(.post, "/v1/members", body: Self.add)
        #expect(plain.status == 503 && plain.text.contains(#""applied":false"#), "\(plain.text)")
        let keyed = stage.call(.post, "/v1/members", ["Idempotency-Key": "k"], body: Self.add)
        #expect(keyed.text.contains(#""applied":null"#), "\(keyed.text)")
    }

    @Test("a name that two have is told apart by the order's number")
    func ambiguous() {
        var stage = stage(silent: [])
        let place = #"{"name":"n3","peer":"h3:2380"}"#
        #expect(stage.call(.post, "/v1/members/n3/replace", body: place).status == 201)
        let number = stage.keyspace.memberOrders[0].number
        let either = stage.call(.delete, "/v1/members/n3")
        #expect(either.code == "change-pending" && either.text.contains("change=\(number)"))
        let other = stage.call(.delete, "/v1/members/n2?change=\(number)")
        #expect(other.status == 404 && other.text.contains("not about n2"), "\(other.text)")
        #expect(stage.call(.delete, "/v1/members/n3?change=\(number)").status == 202)
        #expect(stage.keyspace.memberOrders.isEmpty)
        #expect(stage.call(.delete, "/v1/members/n3?change=\(number)").status == 404)
    }

    @Test("a voter without which the others can't decide is not looked for elsewhere")
    func moveAtRisk() {
        var stage = stage()
        let risky = stage.call(.patch, "/v1/members/n2", body: #"{"peer":"h7:2380"}"#)
        #expect(risky.status == 409 && risky.code == "quorum-at-risk", "\(risky.text)")
        #expect(stage.call(.patch, "/v1/members/n3", body: #"{"peer":"h7:2380"}"#).status == 202)
    }

    @Test("who is not there is 404, with who is")
    func unknown() {
        var stage = stage()
        for reply in [
            stage.call(.delete, "/v1/members/n9"),
            stage.call(.patch, "/v1/members/00000000000000ff", body: #"{"kind":"voter"}"#),
            stage.call(.post, "/v1/members/n9/replace", body: Self.add),
            stage.call(.post, "/v1/leader/transfer", body: #"{"to":"n9"}"#),
        ] {
            #expect(reply.status == 404 && reply.text.contains("n1, n2, n3"), "\(reply.text)")
        }
    }

    @Test(
        "what is refused, by the field",
        arguments: [
            (#"{"peer":"h:1"}"#, "name"), (#"{"name":"x"}"#, "peer"),
            (#"{"name":"","peer":"h:1"}"#, "name"), (#"{"name":"a b","peer":"h:1"}"#, "name"),
            (#"{"name":"a,b","peer":"h:1"}"#, "name"), (#"{"name":"x","peer":"h"}"#, "peer"),
            (#"{"name":"a/b","peer":"h:1"}"#, "name"), (#"{"name":"-a","peer":"h:1"}"#, "name"),
            (#"{"name":"00000000000000a1","peer":"h:1"}"#, "name"),
            (#"{"name":"x","peer":"h;sh:1"}"#, "peer"),
            (#"{"name":"x","peer":"http://h:1"}"#, "peer"),
            (#"{"name":"x","peer":":1"}"#, "peer"), (#"{"name":"x","peer":"h:0"}"#, "peer"),
            (#"{"name":"x","peer":"h:65536"}"#, "peer"),
            (#"{"name":"x","peer":"h:1","kind":"king"}"#, "kind"),
            (#"{"name":"x","peer":"h:1","id":"1"}"#, "id"),
        ]
    )
    func refused(_ body: String, _ field: String) {
        var stage = stage()
        let reply = stage.call(.post, "/v1/members", body: body)
        #expect(reply.code == "bad-request" && reply.json?["field"]?.text == field, "\(reply.text)")
        #expect(stage.keyspace.memberOrders.isEmpty)
    }

    @Test("a hand-over is asked of the member, and only to a voter")
    func transfer() {
        var stage = stage()
        let observer = stage.call(.post, "/v1/leader/transfer", body: #"{"to":"watcher"}"#)
        #expect(observer.code == "bad-request" && observer.json?["field"]?.text == "to")
        #expect(stage.call(.post, "/v1/leader/transfer", body: #"{"to":"n2"}"#).status == 202)
        #expect(stage.call(.post, "/v1/leader/transfer").status == 202)
        #expect(stage.handOvers == [0xA2, nil])
    }
}
