import Keyspace
import Testing
import Wire

@testable import API

@Suite("The deny matrix: every call in every form, by everybody who may not")
struct DenyMatrixTests {
    /// What somebody brings along who may not have what is secret.
    enum Credential: CaseIterable {
        case none
        case expired
        case forged
        case wrongSubtree
        case revoked
        case removed

        /// Whether it still says who somebody is.
        var isSomebody: Bool { self == .wrongSubtree }
    }

    /// A key that no request names, and what stands under every secret one.
    private static let marks = ["hidden-sibling", "value-of-it", "$scrypt"]

    private static func stage() throws -> AccessStage {
        var stage = try AccessStage()
        try stage.change(
            .putRole(
                AccessStage.name("secret"),
                rules: .exactly([
                    AccessRule(.allow, to: [.read, .write], in: .keys(.prefix([]))),
                    AccessRule(.allow, to: .lock, in: .names(AccessStage.pattern("*"))),
                    AccessRule(.allow, to: [.admin, .metrics], in: .service),
                ])
            )
        )
        for user in ["eve", "mallory"] {
            try stage.change(
                .putUser(
                    AccessStage.name(user),
                    password: .kept,
                    roles: .exactly([AccessStage.name("secret")])
                )
            )
        }
        for (method, target, body) in [
            (.put, "/v1/kv/secret/named", "value-of-it"),
            (.put, "/v1/kv/secret/hidden-sibling", "value-of-it"),
            (
                .put, "/v1/services/secret/one",
                #"{"address":"192.0.2.1","port":80,"ttl":"1h","meta":{"a":"value-of-it"}}"#
            ),
            (.put, "/v1/services/secret/hidden-sibling", #"{"address":"192.0.2.1","port":80}"#),
            (.post, "/v1/leases", #"{"id":"\#(Attack.lease)","ttl":"1h"}"#),
            (.put, "/v1/kv/secret/tied?lease=\(Attack.lease)", "value-of-it"),
            (.post, "/v1/locks/secret", #"{"ttl":"1h","info":"value-of-it"}"#),
            (.post, "/v1/elections/secret/campaign", #"{"ttl":"1h","value":"value-of-it"}"#),
        ] as [(Wire.Method, String, String)] {
            let reply = try stage.call(method, target, as: "root", body: body)
            #expect([200, 201].contains(reply.status), "\(target): \(reply.text)")
        }
        return stage
    }

    private static func header(
        _ credential: Credential,
        on stage: inout AccessStage
    ) throws -> [String: String] {
        func bearer(_ token: String) -> [String: String] { ["authorization": "Bearer \(token)"] }
        switch credential {
        case .none: return [:]
        case .expired:
            return bearer(try stage.token("eve", issued: AccessStage.now - 7200))
        case .forged:
            var token = Array(try stage.token("eve"))
            token[token.count / 2] = token[token.count / 2] == "A" ? "B" : "A"
            return bearer(String(token))
        case .wrongSubtree: return try stage.bearer("ann")
        case .revoked:
            let token = try stage.token("eve")
            try stage.change(
                .putUser(AccessStage.name("eve"), password: .kept, roles: .exactly([]))
            )
            return bearer(token)
        case .removed:
            let token = try stage.token("mallory")
            try stage.change(.removeUser(AccessStage.name("mallory")))
            return bearer(token)
        }
    }

    @Test("all are refused, change nothing, and are told nothing", arguments: Credential.allCases)
    func refused(_ credential: Credential) throws {
        var stage = try Self.stage()
        let header = try Self.header(credential, on: &stage)
        let access = stage.member.keyspace.access.revision
        for attack in Attack.all {
            let before = stage.member.keyspace.store.revision
            let call = request(
                attack.method,
                attack.target,
                attack.headers.merging(header) { $1 },
                body: Array(attack.body.utf8)
            )
            let session = stage.member.open(call)
            guard let reply = session.reply else {
                Issue.record("\(attack) by \(credential): \(session.state)")
                continue
            }
            let isRefused = [401, 403].contains(reply.status)
            switch attack.reach {
            case .nobodyElse:
                #expect(isRefused, "\(attack) by \(credential): \(reply.status) \(reply.text)")
            case .hidden:
                #expect(
                    credential.isSomebody ? reply.status == 404 : isRefused,
                    "\(attack) by \(credential): \(reply.status) \(reply.text)"
                )
            case .users:
                #expect(
                    isRefused != credential.isSomebody,
                    "\(attack) by \(credential): \(reply.status)"
                )
            case .everybody: break
            }
            let told = reply.text + "\(reply.response.headers)"
            for mark in Self.marks {
                #expect(!told.contains(mark), "\(attack) by \(credential) is told \(mark)")
            }
            if attack.reach == .nobodyElse || attack.reach == .hidden {
                #expect(
                    stage.member.keyspace.store.revision == before,
                    "\(attack) changed something"
                )
            }
        }
        #expect(stage.member.keyspace.access.revision == access)
        #expect(stage.member.handOvers.isEmpty)
    }

    @Test("what is absent and what is forbidden are told alike")
    func alike() throws {
        var stage = try Self.stage()
        for (there, absent) in [
            ("/v1/kv/secret/named", "/v1/kv/secret/absent"), ("/v1/locks/secret", "/v1/locks/free"),
            ("/v1/elections/secret", "/v1/elections/vacant"),
            ("/v1/leases/\(Attack.lease)", "/v1/leases/00000000000000bb"),
            ("/v1/auth/users/root", "/v1/auth/users/absent"),
            ("/v1/services/secret/one", "/v1/services/secret/absent"),
        ] {
            let one = try stage.call(.get, there, as: "ann")
            let other = try stage.call(.get, absent, as: "ann")
            #expect([403, 404].contains(one.status))
            #expect(one.text == other.text)
        }
    }

    @Test("what may be written and not read can't be brought back")
    func undo() throws {
        var stage = try Self.stage()
        let keys = AccessRule.Scope.keys(.subtree(try Key(path: "/blind")))
        try stage.change(
            .putRole(
                AccessStage.name("app"),
                rules: .adding([AccessRule(.allow, to: .write, in: keys)])
            )
        )
        for value in ["old", "new"] {
            #expect(try stage.call(.put, "/v1/kv/blind/a", as: "root", body: value).status < 300)
        }
        let before = stage.member.keyspace.store.revision
        let back = "/v1/kv/blind/a?undo=\(before.rawValue - 1)"
        #expect(try stage.call(.post, back, as: "ann").status == 403)
        #expect(stage.member.keyspace.store.revision == before)
        #expect(try stage.call(.post, back, as: "root").status == 200)
    }

    @Test("a merge's tag tells how much there is to those alone who may read all of it")
    func mergeTag() throws {
        var stage = try Self.stage()
        var tags: [[UInt8]?] = []
        for user in ["ann", "root"] {
            let header = try stage.bearer(user).merging(
                ["content-type": "application/merge-patch+json"]
            ) { $1 }
            let reply = stage.member.call(.patch, "/v1/kv/", header, body: #"{"app":{"a":"x"}}"#)
            #expect(reply.status == 200, "\(reply.text)")
            tags.append(reply.response.headers["etag"].map(Array.init))
        }
        #expect(tags[0] == nil && tags[1] != nil)
    }

    @Test("every call is attacked, in every method that it has")
    func isWhole() {
        for resource in Resource.allCases {
            let prefix = "\(resource.template)".prefix { $0 != "{" }
            for method in resource.methods where ![.head, .options].contains(method) {
                let isAttacked = Attack.all.contains {
                    $0.method == method && $0.target.hasPrefix(prefix)
                }
                #expect(isAttacked, "\(method.rawValue) \(resource.template)")
            }
        }
    }

    @Test("whoever may gets all of it: the matrix refuses for want of a right alone")
    func allowed() throws {
        var stage = try Self.stage()
        let header = try stage.bearer("root")
        for attack in Attack.all where attack.method == .get && attack.reach == .nobodyElse {
            let call = request(attack.method, attack.target, attack.headers.merging(header) { $1 })
            let session = stage.member.open(call)
            if let reply = session.reply {
                #expect(![401, 403].contains(reply.status), "\(attack): \(reply.text)")
            }
        }
    }
}
