@testable import Keyspace

// What came with users and roles.

extension Samples {
    static let rules: [AccessRule] = [
        AccessRule(.allow, to: [.read, .write], in: .keys(.subtree(path("/app")))),
        AccessRule(.allow, to: .read, in: .keys(.key(Key(unchecked: [0, 0xFF])))),
        AccessRule(.deny, to: .write, in: .keys(.prefix(bytes("/app/secret")))),
        AccessRule(.allow, to: .lock, in: .names(NamePattern(name: bytes("deploy/*")))),
        AccessRule(.deny, to: .lock, in: .names(NamePattern(name: bytes("deploy/prod")))),
        AccessRule(.allow, to: [.admin, .metrics], in: .service),
    ]

    static let accessChanges: [AccessChange] = [
        .putUser(name("ann"), password: .kept, roles: .exactly([])),
        .putUser(
            name("spiffe://house/änn"),
            password: .set([UInt8](repeating: 0x24, count: AccessUser.passwordByteCountMax)),
            roles: .adding([name("b"), name("a")])
        ),
        .putUser(name("ann"), password: .removed, roles: .removing([name("a")])),
        .removeUser(name("ann")), .removeRole(name("a")), .enable, .disable,
        .putRole(name("a"), rules: .exactly(rules)), .putRole(name("a"), rules: .adding([])),
        .putRole(name("a"), rules: .removing([rules[0]])),
        .addSigningKey(secret: Array(0..<32)), .retireSigningKey(1 << 50),
    ]

    static let callers: [Caller] = [
        .nobody, .member, .user(name("ann"), asOf: .initial),
        .user(name("ann"), asOf: AuthRevision(rawValue: 1 << 50)),
        .outside(subject: [0xFF], roles: []),
        .outside(subject: bytes("ann"), roles: [name("a"), name("b")]),
    ]

    static let accessRequests: [Request] =
        callers.flatMap { caller in
            [
                Request(.put("/a"), caller: caller),
                Request(
                    .delete("/a"),
                    fences: [Fence(lock: bytes("l"), token: FencingToken(rawValue: 1))],
                    idempotency: IdempotencyStamp(key: [1], fingerprint: Array(0..<32)),
                    caller: caller,
                    note: bytes("n")
                ),
            ]
        } + accessChanges.map { Request(.changeAccess($0), caller: .member) }

    static let accessRefusals: [Refusal] =
        [
            .unauthenticated, .noAdministrator, .accessTooLarge(byteCountMax: 8 << 20),
            .tooManyAccessItems(countMax: 64), .notFound(.user), .notFound(.role),
            .notFound(.signingKey),
        ] + AccessVerb.allCases.map { .denied($0) }
}
