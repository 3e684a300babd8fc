import Foundation
import TestCluster
import Testing

@Suite("Who asks, in everything that tells of it, with real members under TLS")
struct PrincipalTests {
    private static let rootPassword = "the root password"

    /// Three members that write an audit log, `root` who may do everything by its password, and
    /// `ann` who may read and write below /app and shows a certificate.
    private static func controlled() throws -> SecureCluster {
        let secure = try SecureCluster()
        for member in secure.members {
            let log = ["--audit-log", secure.path("audit-\(member.name)")]
            try member.start(flags: secure.flags(member.name) + log)
        }
        try secure.start()
        let made = try run(
            """
            set -e
            until "$ROOST" settings feature-level | grep -qx '[3-9]'; do :; done
            "$ROOST" role allow root admin,metrics
            "$ROOST" role allow root read,write / -r
            "$ROOST" role allow app read,write /app -r
            echo '\(rootPassword)' | "$ROOST" user add root --role root
            "$ROOST" user add ann --no-password --role app
            "$ROOST" put /other 1
            "$ROOST" auth enable
            """,
            on: secure
        )
        try #require(made.status == 0, "\(made.error)")
        return secure
    }

    /// Runs a script whose commands show `ann`'s certificate.
    private static func run(_ script: String, on secure: SecureCluster) throws -> Script.Result {
        let exports = secure.environment.map { "export \($0)='\($1)'\n" }.joined()
        return try Script.run(
            """
            \(exports)export XDG_CONFIG_HOME="$PWD"
            root() { ROOST_USER=root ROOST_PASSWORD='\(rootPassword)' "$ROOST" "$@"; }
            \(script)
            """,
            endpoints: secure.endpoints
        )
    }

    @Test("a certificate's name is who asks, writes, and stands in the audit log")
    func certificate() throws {
        let secure = try Self.controlled()
        let logs = secure.members.map { "'\(secure.path("audit-\($0.name)"))'" }
            .joined(separator: " ")
        let result = try Self.run(
            """
            "$ROOST" whoami
            "$ROOST" put /app/a 1; echo "put $?"
            "$ROOST" put /other 2; echo "other $?"
            root put /app/b 1; echo "root $?"
            "$ROOST" get /app/a -o json --meta | grep -o '"author":"[a-z]*"'
            "$ROOST" lease list; echo "leases $?"
            "$ROOST" audit --user ann \(logs) | sed 's/^/of ann: /'
            "$ROOST" audit --user root \(logs) | sed 's/^/of root: /'
            echo 'first password' | "$ROOST" user passwd ann; echo "passwd $?"
            echo 'first password' | root user passwd ann -q; echo "passwd by root $?"
            printf 'first password\\nsecond one\\n' | "$ROOST" user passwd ann -q; echo "old $?"
            root user revoke ann app -q
            "$ROOST" get /app/a; echo "revoked $?"
            """,
            on: secure
        )
        let lines = result.text.split(separator: "\n").map(String.init)
        for expected in [
            "ann (app)", "put 0", "other 7", "root 0", #""author":"ann""#, "leases 7", "revoked 7",
            "passwd 7", "passwd by root 0", "old 0",
        ] {
            #expect(lines.contains(expected), "\(expected): \(result.text) \(result.error)")
        }
        // Its files were made as everybody may read them.
        let words = "n1.key is open to every user of the machine (mode 0"
        #expect(secure.members[0].standardError.contains(words))
        let ofAnn = lines.filter { $0.hasPrefix("of ann: ") }
        #expect(ofAnn.contains { $0.contains("/app/a") && $0.contains("done") }, "\(result.text)")
        #expect(ofAnn.contains { $0.contains("/other") && $0.contains("denied") }, "\(result.text)")
        #expect(ofAnn.allSatisfy { !$0.contains("/app/b") })
        #expect(lines.contains { $0.hasPrefix("of root: ") && $0.contains("/app/b") })
    }
}
