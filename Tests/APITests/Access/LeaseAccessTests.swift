import API
import Keyspace
import Testing
import Wire

@Suite("Leases of users over HTTP")
struct LeaseAccessTests {
    private static let lease = "00000000000000aa"

    /// A lease of ann's, with a key that ann may read and one that it may not.
    private static func stage() throws -> AccessStage {
        var stage = try AccessStage()
        for (user, method, target, body) in [
            ("ann", Wire.Method.post, "/v1/leases", #"{"id":"\#(lease)","ttl":"1h"}"#),
            ("ann", .put, "/v1/kv/app/mine?lease=\(lease)", "x"),
            ("root", .put, "/v1/kv/hidden?lease=\(lease)", "x"),
        ] {
            let reply = try stage.call(method, target, as: user, body: body)
            #expect([200, 201].contains(reply.status), "\(reply.text)")
        }
        return stage
    }

    @Test("a lease tells of its keys those that the caller may read")
    func keys() throws {
        var stage = try Self.stage()
        func keys(_ user: String) throws -> [String?]? {
            let reply = try stage.call(.get, "/v1/leases/\(Self.lease)", as: user)
            return reply.status == 200 ? reply.json?["keys"]?.array?.map(\.text) : nil
        }
        #expect(try keys("ann") == ["/app/mine"])
        #expect(try keys("root") == ["/app/mine", "/hidden"])
        #expect(try keys("bob") == nil)
        try stage.change(
            .putRole(
                AccessStage.name("root"),
                rules: .exactly([AccessRule(.allow, to: .admin, in: .service)])
            )
        )
        #expect(try keys("root") == [], "to administer is not to read")
    }

    @Test(
        "its creator keeps it alive while it may have what it holds, and may end it whatever that is"
    )
    func keeping() throws {
        var stage = try Self.stage()
        let target = "/v1/leases/\(Self.lease)"
        #expect(try stage.call(.post, target + "/keepalive", as: "ann").status == 404)
        #expect(try stage.call(.delete, "/v1/kv/hidden", as: "root").status == 200)
        #expect(try stage.call(.post, target + "/keepalive", as: "ann").status == 200)
        let lock = try stage.call(
            .post,
            "/v1/locks/app%2Fl",
            as: "ann",
            body: #"{"lease":"\#(Self.lease)"}"#
        )
        #expect(lock.status == 200, "\(lock.text)")
        try stage.change(
            .putUser(AccessStage.name("ann"), password: .kept, roles: .exactly([]))
        )
        #expect(try stage.call(.post, target + "/keepalive", as: "ann").status == 404)
        try stage.change(.removeUser(AccessStage.name("ann")))
        try stage.change(
            .putUser(AccessStage.name("ann"), password: .kept, roles: .exactly([]))
        )
        #expect(try stage.call(.get, target, as: "ann").status == 404)
        #expect(try stage.call(.delete, target, as: "ann").status == 404)
        #expect(try stage.call(.get, target, as: "root").status == 200)
    }

    @Test("a stranger ties nothing to it, and asks for no lock in its name")
    func ties() throws {
        var stage = try Self.stage()
        for (method, path, body) in [
            (Wire.Method.put, "/v1/kv/app/bobs?lease=\(Self.lease)", "x"),
            (.post, "/v1/locks/app%2Fl", #"{"lease":"\#(Self.lease)"}"#),
        ] {
            let reply = try stage.call(method, path, as: "bob", body: body)
            #expect(reply.status == 404 && reply.json?["what"]?.text == "lease", "\(reply.text)")
        }
        #expect(try stage.call(.delete, "/v1/leases/\(Self.lease)", as: "bob").status == 404)
        #expect(try stage.call(.delete, "/v1/leases/\(Self.lease)", as: "ann").status == 200)
    }
}
