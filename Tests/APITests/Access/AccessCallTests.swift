import API
import Credentials
import Keyspace
import Testing
import Wire

@Suite("Users, roles and logins over HTTP")
struct AccessCallTests {
    @Test("what is no proof is 401, and says how one is given")
    func refused() throws {
        var stage = try AccessStage()
        let token = try stage.token("ann")
        let over = try stage.token("ann", issued: AccessStage.now - 3600)
        for field in [
            "Bearer \(token.dropLast())A", "Bearer \(over)", "Bearer ", "Bearer x.y.z", "Basic !",
            "Digest \(token)", token, "",
        ] {
            let reply = stage.member.call(.get, "/v1/kv/app", ["authorization": field])
            #expect(reply.status == 401, "\(field)")
            #expect(reply.code == "unauthenticated")
            #expect(reply.header("www-authenticate") == "Bearer realm=\"roost\"")
            #expect(!reply.text.contains(token))
        }
        #expect(try stage.call(.get, "/v1/kv/app").status == 401)
        let wrong = stage.member.call(
            .get,
            "/v1/kv/app",
            AccessStage.basic("ann", password: "wrong horse")
        )
        #expect(wrong.code == "unauthenticated")
    }

    @Test("a password is looked at once, until it changes")
    func passwordsAreRemembered() throws {
        var stage = try AccessStage()
        let asked = request(.get, "/v1/kv/app", AccessStage.basic("ann"))
        guard case .toProve = stage.member.identity(of: asked) else {
            Issue.record("nothing was proven yet")
            return
        }
        #expect(stage.member.call(.get, "/v1/kv/app", AccessStage.basic("ann")).status == 404)
        guard case .known = stage.member.identity(of: asked) else {
            Issue.record("it was proven")
            return
        }
        // A change of roles leaves the password what it is; a change of the password does not.
        try stage.change(
            .putUser(AccessStage.name("ann"), password: .kept, roles: .exactly([]))
        )
        guard case .known = stage.member.identity(of: asked) else {
            Issue.record("the password is the same")
            return
        }
        #expect(stage.member.call(.get, "/v1/kv/app", AccessStage.basic("ann")).status == 403)
        try stage.change(
            .putUser(AccessStage.name("ann"), password: .removed, roles: .adding([]))
        )
        guard case .toProve = stage.member.identity(of: asked) else {
            Issue.record("the password has changed")
            return
        }
        #expect(stage.member.call(.get, "/v1/kv/app", AccessStage.basic("ann")).status == 401)
    }

    @Test("a login gives a token that is believed, also where no key signs yet")
    func login() throws {
        var stage = try AccessStage()
        let key = try #require(stage.member.keyspace.access.signingKeys.last)
        try stage.change(.retireSigningKey(key.id))
        for _ in 0..<2 {
            let reply = stage.member.call(
                .post,
                "/v1/auth/login",
                body: #"{"user":"ann","password":"correct horse","ttl":"1h"}"#
            )
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json?["expires"]?.whole == AccessStage.now + 3600)
            let token = try #require(reply.json?["token"]?.text)
            let used = stage.member.call(
                .get,
                "/v1/auth/whoami",
                ["authorization": "Bearer \(token)"]
            )
            #expect(used.line.contains(#""name":"ann""#))
            #expect(stage.member.keyspace.access.signingKeys.count == 1)
        }
    }

    @Test("a new key signs what is new; tokens of the one before hold until that one is retired")
    func keys() throws {
        var stage = try AccessStage()
        let before = try stage.bearer("ann")
        let old = try #require(stage.member.keyspace.access.signingKeys.last).id
        let rotated = try stage.call(.post, "/v1/auth/keys/rotate", as: "root")
        #expect(rotated.status == 200, "\(rotated.text)")
        let new = try #require(stage.member.keyspace.access.signingKeys.last).id
        #expect(new != old)
        #expect(
            rotated.line
                == #"{"keys":[{"id":\#(old),"age":0,"signs":false},{"id":\#(new),"age":0,"signs":true}]}"#
        )
        #expect(try stage.call(.get, "/v1/auth/keys", as: "root").line == rotated.line)
        let since = try stage.bearer("ann")
        #expect(since != before)
        for header in [before, since] {
            #expect(stage.member.call(.get, "/v1/kv/app", header).status == 404)
        }
        let retired = try stage.call(.delete, "/v1/auth/keys/\(old)", as: "root")
        #expect(retired.line == #"{"keys":[{"id":\#(new),"age":0,"signs":true}]}"#)
        #expect(stage.member.call(.get, "/v1/kv/app", before).status == 401)
        #expect(stage.member.call(.get, "/v1/kv/app", since).status == 404)
        let again = try stage.call(.delete, "/v1/auth/keys/\(old)", as: "root")
        #expect(again.status == 404 && again.json?["what"]?.text == "signing key")
        for target in ["/v1/auth/keys/x", "/v1/auth/keys/-1", "/v1/auth/keys/"] {
            let reply = try stage.call(.delete, target, as: "root")
            #expect([400, 404].contains(reply.status), "\(target): \(reply.status)")
        }
        #expect(!(rotated.text + retired.text).contains("WlpaWlpa"), "a secret is never told")
    }

    @Test("who changes its own password with a token says the old one; an administrator need not")
    func oldPassword() throws {
        var stage = try AccessStage()
        let target = "/v1/auth/users/ann"
        let header = try stage.bearer("ann")
        func put(_ body: String, _ header: [String: String]) -> Reply {
            stage.member.call(.put, target, header, body: body)
        }
        let without = put(#"{"password":"battery staple"}"#, header)
        #expect(without.status == 403 && without.json?["field"]?.text == "old_password")
        let wrong = put(#"{"password":"battery staple","old_password":"wrong horse"}"#, header)
        #expect(wrong.status == 401, "\(wrong.text)")
        #expect(stage.member.call(.get, target, AccessStage.basic("ann")).status == 200)
        let right = put(#"{"password":"battery staple","old_password":"correct horse"}"#, header)
        #expect(right.status == 200, "\(right.text)")
        #expect(stage.member.call(.get, target, header).status == 401, "its tokens are over")
        let basic = AccessStage.basic("ann", password: "battery staple")
        #expect(put(#"{"password":"third password"}"#, basic).status == 200, "it was said")
        let root = try stage.bearer("root")
        #expect(put(#"{"password":"fourth password"}"#, root).status == 200)
        let own = stage.member.call(
            .put,
            "/v1/auth/users/root",
            root,
            body: #"{"password":"another one"}"#
        )
        #expect(own.status == 200, "an administrator may set any")
        let stray = put(#"{"old_password":"x","roles":["app"]}"#, try stage.bearer("root"))
        #expect(stray.status == 400, "\(stray.text)")
    }

    @Test("a wrong password and no such user are told alike")
    func loginRefused() throws {
        var stage = try AccessStage()
        let wrong = stage.member.call(
            .post,
            "/v1/auth/login",
            body: #"{"user":"ann","password":"battery staple"}"#
        )
        let nobody = stage.member.call(
            .post,
            "/v1/auth/login",
            body: #"{"user":"eve","password":"battery staple"}"#
        )
        #expect(wrong.status == 401)
        #expect(wrong.text == nobody.text)
        for body in [
            "{}", #"{"user":"ann"}"#, #"{"user":"","password":"x"}"#,
            #"{"user":"ann","password":"x","ttl":"31d"}"#, #"{"user":"ann","password":7}"#,
        ] {
            #expect(stage.member.call(.post, "/v1/auth/login", body: body).status == 400, "\(body)")
        }
    }

    @Test("users are made, changed, listed and removed; no proof of a password is told")
    func users() throws {
        var stage = try AccessStage()
        let made = try stage.call(
            .put,
            "/v1/auth/users/eve",
            as: "root",
            body: #"{"password":"12345678","roles":["app"]}"#
        )
        #expect(made.line == #"{"name":"eve","roles":["app"],"password":true}"#)
        #expect(
            stage.member.call(
                .get,
                "/v1/auth/whoami",
                AccessStage.basic("eve", password: "12345678")
            ).status == 200
        )
        let granted = try stage.call(
            .put,
            "/v1/auth/users/eve",
            as: "root",
            body: #"{"grant":["root"]}"#
        )
        #expect(granted.line == #"{"name":"eve","roles":["app","root"],"password":true}"#)
        let revoked = try stage.call(
            .put,
            "/v1/auth/users/eve",
            as: "root",
            body: #"{"revoke":["root","app"]}"#
        )
        #expect(revoked.line == #"{"name":"eve","roles":[],"password":true}"#)
        let list = try stage.call(.get, "/v1/auth/users?limit=2&after=ann", as: "root")
        #expect(list.line.hasPrefix(#"{"users":[{"name":"bob","roles":["app"],"password":true},{"#))
        #expect(!list.text.contains("scrypt"))
        #expect(try stage.call(.delete, "/v1/auth/users/eve", as: "root").status == 200)
        #expect(try stage.call(.get, "/v1/auth/users/eve", as: "root").status == 404)
        for body in [
            #"{"password":"short"}"#, #"{"roles":["no-such-role"]}"#, #"{"roles":[7]}"#,
            #"{"roles":[],"grant":[]}"#, #"{"passwd":"12345678"}"#,
        ] {
            let reply = try stage.call(.put, "/v1/auth/users/ann", as: "root", body: body)
            #expect([400, 404].contains(reply.status), "\(body): \(reply.status)")
        }
    }

    @Test("a user may see itself and what it may do, and nobody else")
    func ownUser() throws {
        var stage = try AccessStage()
        #expect(try stage.call(.get, "/v1/auth/users/ann", as: "ann").status == 200)
        #expect(try stage.call(.get, "/v1/auth/users/bob", as: "ann").status == 403)
        #expect(try stage.call(.get, "/v1/auth/users/nobody", as: "ann").status == 403)
        let yes = try stage.call(.get, "/v1/auth/can?user=ann&verb=read&path=/app/x", as: "ann")
        #expect(
            yes.line
                == #"{"allowed":true,"role":"app","rule":{"allow":["read","write"],"path":"/app","recursive":true}}"#
        )
        let no = try stage.call(.get, "/v1/auth/can?user=ann&verb=write&path=/", as: "ann")
        #expect(no.line == #"{"allowed":false}"#)
        #expect(try stage.call(.get, "/v1/auth/can?user=bob&verb=admin", as: "ann").status == 403)
        #expect(
            try stage.call(.get, "/v1/auth/can?user=bob&verb=lock&name=app/x", as: "root").line
                .hasPrefix(#"{"allowed":true"#)
        )
        for query in ["verb=read", "user=ann&verb=read", "user=ann&verb=lock&path=/a", "user=ann"] {
            #expect(try stage.call(.get, "/v1/auth/can?\(query)", as: "root").status == 400)
        }
    }

    @Test(
        "rules are read as they are written",
        arguments: [
            #"{"allow":["read","write"],"path":"/app","recursive":true}"#,
            #"{"deny":["read"],"path":"/app/secret"}"#,
            #"{"allow":["read"],"prefix":"app-"}"#, #"{"allow":["read"],"from":"a","to":"c"}"#,
            #"{"allow":["read"],"from":"a"}"#, #"{"allow":["write"],"key":"k"}"#,
            #"{"allow":["read"],"prefix":"/w==","encoding":"base64"}"#,
            #"{"allow":["lock"],"name":"deploy/*"}"#,
            #"{"allow":["admin","metrics"]}"#,
        ]
    )
    func rules(_ rule: String) throws {
        var stage = try AccessStage()
        let reply = try stage.call(
            .put,
            "/v1/auth/roles/new",
            as: "root",
            body: #"{"rules":[\#(rule)]}"#
        )
        #expect(reply.line == #"{"name":"new","rules":[\#(rule)]}"#)
        #expect(try stage.call(.get, "/v1/auth/roles/new", as: "root").line == reply.line)
        let removed = try stage.call(
            .put,
            "/v1/auth/roles/new",
            as: "root",
            body: #"{"remove":[\#(rule)]}"#
        )
        #expect(removed.line == #"{"name":"new","rules":[]}"#)
    }

    @Test(
        "what is no rule is refused",
        arguments: [
            #"{}"#, #"{"allow":[]}"#, #"{"allow":["fly"]}"#, #"{"allow":["read"]}"#,
            #"{"allow":["admin"],"path":"/a"}"#, #"{"allow":["read"],"deny":["read"],"path":"/a"}"#,
            #"{"allow":["lock"],"path":"/a"}"#, #"{"allow":["read"],"path":"/a","key":"b"}"#,
            #"{"allow":["read"],"path":"a"}"#, #"{"allow":["lock"],"name":"a*b"}"#,
            #"{"allow":["read"],"prefix":"a","recursive":true}"#, #"{"allow":["read"],"key":""}"#,
        ]
    )
    func badRules(_ rule: String) throws {
        var stage = try AccessStage()
        let reply = try stage.call(
            .put,
            "/v1/auth/roles/new",
            as: "root",
            body: #"{"rules":[\#(rule)]}"#
        )
        #expect(reply.status == 400, "\(reply.text)")
    }

    @Test("control is not given to nobody, and everybody may ask whether there is any")
    func enabling() throws {
        var member = ExchangeHarness()
        member.apply(Request(.raiseFeatureLevel(to: FeatureLevel.newest)))
        #expect(member.call(.get, "/v1/auth/status").line == #"{"enabled":false,"revision":0}"#)
        #expect(member.call(.post, "/v1/auth/enable").code == "no-administrator")
        #expect(
            member.call(.get, "/v1/auth/whoami").line == #"{"kind":"anonymous","enabled":false}"#
        )
        var stage = try AccessStage()
        #expect(try stage.call(.get, "/v1/auth/status").line.hasPrefix(#"{"enabled":true"#))
        #expect(try stage.call(.post, "/v1/auth/disable", as: "ann").status == 403)
        #expect(
            try stage.call(.post, "/v1/auth/disable", as: "root").line.hasPrefix(
                #"{"enabled":false"#
            )
        )
        #expect(try stage.call(.get, "/v1/kv/anything").status == 404)
    }

    @Test(
        "control needs a password of somebody who may admin, unless it is said that there is more"
    )
    func enablingWithoutPassword() {
        var member = ExchangeHarness()
        member.apply(Request(.raiseFeatureLevel(to: FeatureLevel.newest)))
        let rules = #"{"rules":[{"allow":["admin"]}]}"#
        #expect(member.call(.put, "/v1/auth/roles/root", body: rules).status == 200)
        let user = member.call(.put, "/v1/auth/users/root", body: #"{"roles":["root"]}"#)
        #expect(user.status == 200, "\(user.text)")
        let refused = member.call(.post, "/v1/auth/enable")
        #expect(refused.code == "no-administrator" && refused.text.contains("force"))
        #expect(member.call(.post, "/v1/auth/enable?force").status == 200)
    }

    @Test("members of an earlier level know nothing of users")
    func level() {
        var member = ExchangeHarness()
        member.apply(Request(.raiseFeatureLevel(to: 2)))
        #expect(member.call(.post, "/v1/auth/enable").code == "feature-level")
    }
}
