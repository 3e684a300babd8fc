import API
import Credentials
import Keyspace
import Testing
import Wire

@Suite("Who asks over HTTP, by what, and what is said of what is no proof")
struct IdentityCallTests {
    @Test("who asks is told by a token, a name with a password, or a certificate")
    func whoAmI() throws {
        var stage = try AccessStage()
        let byToken = try stage.call(.get, "/v1/auth/whoami", as: "ann")
        #expect(
            byToken.line
                == #"{"kind":"user","name":"ann","roles":["app"],"by":"token","expires":1800003600,"enabled":true}"#
        )
        func plain(_ means: String) -> String {
            #"{"kind":"user","name":"ann","roles":["app"],"by":"\#(means)","enabled":true}"#
        }
        let byPassword = stage.member.call(.get, "/v1/auth/whoami", AccessStage.basic("ann"))
        #expect(byPassword.line == plain("password"))
        stage.member.certificate = Array("ann".utf8)
        #expect(try stage.call(.get, "/v1/auth/whoami").line == plain("certificate"))
        #expect(try stage.call(.get, "/v1/auth/whoami", as: "bob").line.contains("\"bob\""))
        stage.member.certificate = Array("nobody-known".utf8)
        for target in ["/v1/auth/whoami", "/v1/kv/app"] {
            let stranger = try stage.call(.get, target)
            #expect(stranger.status == 401)
            let words = "the certificate names 'nobody-known', and there is no user of that name"
            #expect(stranger.text.contains(words), "\(stranger.text)")
        }
        #expect(try stage.call(.get, "/v1/auth/whoami", as: "bob").line.contains("\"bob\""))
        stage.member.certificate = nil
        let nobody = #"{"kind":"anonymous","enabled":true}"#
        #expect(try stage.call(.get, "/v1/auth/whoami").line == nobody)
        #expect(try stage.call(.get, "/v1/kv/app").status == 401)
        try stage.change(.putRole(.anonymous, rules: .exactly([])))
        #expect(
            try stage.call(.get, "/v1/auth/whoami").line
                == #"{"kind":"anonymous","roles":["anonymous"],"enabled":true}"#
        )
    }

    @Test("a user that came after this member looked is known once it has asked the leader")
    func certificateOfANewUser() throws {
        var stage = try AccessStage()
        stage.member.certificate = Array("eve".utf8)
        let behind = stage.member.identity(of: request(.get, "/v1/kv/app"))
        guard case .unsettled(.unknownUser) = behind else {
            Issue.record("\(behind)")
            return
        }
        try stage.change(
            .putUser(AccessStage.name("eve"), password: .kept, roles: .exactly([]))
        )
        #expect(try stage.call(.get, "/v1/kv/app").status == 403)
    }

    @Test(
        "what is wrong with Authorization is said in its own words",
        arguments: [
            ("Basic !", "base64 (RFC 7617)"), ("Basic bm9jb2xvbg==", "base64 (RFC 7617)"),
            ("Digest x", "neither one Bearer nor one Basic"), ("Bearer x.y.z", "token"),
        ]
    )
    func words(_ field: String, words: String) throws {
        var stage = try AccessStage()
        let reply = stage.member.call(.get, "/v1/kv/app", ["authorization": field])
        #expect(reply.status == 401 && reply.text.contains(words), "\(reply.text)")
    }

    @Test("no new user has a name that is another kind's, or that looks like another one")
    func userNames() throws {
        var stage = try AccessStage()
        for name in ["jwt%3Aann", "ann%20", "%20ann"] {
            let reply = try stage.call(
                .put,
                "/v1/auth/users/\(name)",
                as: "root",
                body: #"{"password":"12345678"}"#
            )
            #expect(reply.status == 400 && reply.text.contains("jwt:"), "\(reply.text)")
        }
        // A URI of a certificate; Basic would end it at its colon.
        let uri = "/v1/auth/users/spiffe%3A%2F%2Fx%2Fann"
        #expect(try stage.call(.put, uri, as: "root", body: "{}").status == 200)
        let colon = try stage.call(.put, uri, as: "root", body: #"{"password":"12345678"}"#)
        #expect(colon.status == 400 && colon.text.contains("colon"), "\(colon.text)")
        let nul = try stage.call(
            .put,
            "/v1/auth/users/eve",
            as: "root",
            body: #"{"password":"12345678\u0000"}"#
        )
        #expect(nul.status == 400 && nul.text.contains("zero"), "\(nul.text)")
        let blank = try stage.call(.put, "/v1/auth/users/Ann%20Lee", as: "root", body: "{}")
        #expect(blank.status == 200, "\(blank.text)")
    }

    @Test("a certificate gives no first password, and changes none without the old one")
    func certifiedPassword() throws {
        var stage = try AccessStage()
        func put(_ body: String) throws -> Reply {
            try stage.call(.put, "/v1/auth/users/ann", body: body)
        }
        stage.member.certificate = Array("ann".utf8)
        let without = try put(#"{"password":"battery staple"}"#)
        #expect(without.status == 403 && without.json?["field"]?.text == "old_password")
        let right = try put(#"{"password":"battery staple","old_password":"correct horse"}"#)
        #expect(right.status == 200, "\(right.text)")
        try stage.change(.putUser(AccessStage.name("ann"), password: .removed, roles: .adding([])))
        for body in [
            #"{"password":"third password"}"#,
            #"{"password":"third password","old_password":"battery staple"}"#,
        ] {
            let first = try put(body)
            #expect(
                first.status == 403 && first.json?["field"]?.text == "password",
                "\(first.text)"
            )
        }
        #expect(try stage.call(.get, "/v1/auth/users/ann").line.contains(#""password":false"#))
        let given = try stage.call(
            .put,
            "/v1/auth/users/ann",
            as: "root",
            body: #"{"password":"third password"}"#
        )
        #expect(given.status == 200, "\(given.text)")
        stage.member.certificate = Array("root".utf8)
        try stage.change(.putUser(AccessStage.name("root"), password: .removed, roles: .adding([])))
        let own = try stage.call(
            .put,
            "/v1/auth/users/root",
            body: #"{"password":"fourth password"}"#
        )
        #expect(own.status == 200, "who administers gives itself one: \(own.text)")
    }

    @Test("an Idempotency-Key is its user's own, also at another login")
    func idempotencyKeys() throws {
        var stage = try AccessStage()
        func put(_ header: [String: String]) -> Reply {
            let key = header.merging(["idempotency-key": "k"]) { $1 }
            return stage.member.call(.put, "/v1/kv/app/a", key, body: "x")
        }
        #expect(put(try stage.bearer("ann")).status == 201)
        let other = put(try stage.bearer("bob"))
        #expect(other.status == 200 && other.header("idempotent-replayed") == nil)
        let again = put(AccessStage.basic("ann"))
        #expect(again.status == 201 && again.header("idempotent-replayed") == "true")
    }
}
