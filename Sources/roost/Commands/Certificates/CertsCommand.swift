internal import Certificates
internal import Platform

/// `roost certs`: a cluster's own certificates, made without anything else.
enum CertsCommand {
    private static let authorityDays = 3650
    private static let leafDays: UInt64 = 365
    /// What a member is reached under on its own machine.
    private static let loopback = ["localhost", "127.0.0.1", "::1"]

    static let directoryFlag = Flag(
        "dir",
        value: .required("DIR"),
        "where ca.crt, ca.key and the others lie (.)"
    )
    private static let daysFlag = Flag(
        "days",
        value: .required("N"),
        "how long it holds, 1 to 3650 days; never longer than the authority (365)"
    )
    private static let keyFlag = Flag(
        "key",
        value: .required("KIND"),
        "p256, ed25519 or rsa3072 (p256)"
    )
    private static let nameOperand = Verb.Operand(name: "NAME", count: .one)

    static let initialize = Subcommand(
        Verb(
            "certs",
            "init",
            reach: .machine,
            manners: [.remarks],
            summary: "make a cluster's certificate authority",
            explanation: """
                ca.crt, which every member and client trusts, and ca.key (mode 0600), which can make \
                any member and any client: keep it off the members. It holds for 10 years. DIR (.) is \
                made with mode 0700 where it is missing; nothing is ever overwritten.
                """,
            operands: [Verb.Operand(name: "DIR", count: .atMostOne)],
            flags: [
                Flag("cluster", value: .required("NAME"), "the cluster's name (roost)"), keyFlag,
                directoryFlag,
            ],
            examples: [
                Verb.Example(command: "roost certs init certs", effect: "certs/ca.crt and ca.key")
            ]
        )
    ) { invocation, console throws(Failure) in
        let (operand, flag) = (invocation.operand(0), invocation.text("dir"))
        guard operand == nil || flag == nil else {
            throw .usage("DIR and --dir are the same", hint: "leave one of them out")
        }
        let directory = try CertificateDirectory(operand ?? flag ?? ".", creating: true)
        let cluster = invocation.text("cluster") ?? "roost"
        let kind = try keyKind(invocation)
        let validity = Validity(days: authorityDays, now: Clock.wallSeconds())
        let authority = try made {
            () throws(CertificateFault) in
            try CertificateAuthority(founding: cluster, key: kind, validity: validity)
        }
        try directory.add(
            CertificateDirectory.Item.pair(
                authority.pair,
                named: CertificateDirectory.authorityName
            )
        )
        try console.confirm(
            "\(directory.path(of: "ca.crt")) and \(directory.path(of: "ca.key")): the authority of "
                + "cluster \(cluster), until \(CertificateReport.day(validity.until))"
        )
        return .done
    }

    static let issueMember = Subcommand(
        Verb(
            "certs",
            "issue",
            "member",
            reach: .machine,
            manners: [.remarks],
            summary: "make a member's certificate and key",
            explanation: """
                NAME is the member's name (serve --name): other members know it as \
                NAME.CLUSTER.roost, clients by each --host and by localhost, 127.0.0.1 and ::1. A \
                host is a DNS name, which may begin with *., or an address. Writes NAME.crt and \
                NAME.key (mode 0600); nothing is ever overwritten.
                """,
            operands: [nameOperand],
            flags: [
                Flag(
                    "host",
                    value: .required("HOST"),
                    repetition: .repeatable,
                    "a name or an address under which it is reached; once at least"
                ), directoryFlag, daysFlag, keyFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost certs issue member n1 --host n1.example.com --dir certs",
                    effect: "certs/n1.crt and n1.key, for n1.roost.roost and n1.example.com"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let hosts = invocation.texts("host")
        guard !hosts.isEmpty else {
            throw .usage(
                "no --host is given",
                hint: "name what clients and other members reach it under, "
                    + "for example --host n1.example.com --host 10.0.0.1"
            )
        }
        let name = invocation.operand(0) ?? ""
        return try issue(invocation, on: console) { cluster throws(CertificateFault) in
            try CertificateTerms.member(name, cluster: cluster, hosts: hosts + loopback)
        }
    }

    static let issueClient = Subcommand(
        Verb(
            "certs",
            "issue",
            "client",
            reach: .machine,
            manners: [.remarks],
            summary: "make a client's certificate and key",
            explanation: """
                NAME, 1 to 64 bytes, is the user as whom the client is known. Such a certificate never \
                passes for a member's. Writes NAME.crt and NAME.key (mode 0600); nothing is ever \
                overwritten.
                """,
            operands: [nameOperand],
            flags: [directoryFlag, daysFlag, keyFlag],
            examples: [
                Verb.Example(
                    command: "roost certs issue client deploy --dir certs",
                    effect: "certs/deploy.crt and deploy.key, for a year"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let name = invocation.operand(0) ?? ""
        return try issue(invocation, on: console) { cluster throws(CertificateFault) in
            try CertificateTerms.client(name, cluster: cluster)
        }
    }

    private static func issue(
        _ invocation: Invocation,
        on console: Console,
        terms: (String) throws(CertificateFault) -> CertificateTerms
    ) throws(Failure) -> ExitCode {
        let name = try fileName(invocation.operand(0) ?? "")
        let directory = try CertificateDirectory(invocation.text("dir") ?? ".")
        let authority = try directory.authority()
        guard let cluster = authority.cluster else {
            throw .local(
                "\(directory.path(of: "ca.crt")) names no cluster (its organization); "
                    + "'roost certs init' makes one that does, in another directory"
            )
        }
        let wanted = try made { () throws(CertificateFault) in try terms(cluster) }
        let validity = Validity(
            days: try days(invocation) ?? Int(leafDays),
            now: Clock.wallSeconds()
        )
        let pair = try CertificateIssue(authority: authority).pair(
            wanted,
            key: try keyKind(invocation),
            validity: validity
        )
        try directory.add(CertificateDirectory.Item.pair(pair, named: name))
        let certificate = try made { () throws(CertificateFault) in
            try Certificate(pem: pair.certificate)
        }
        try console.confirm(
            "\(directory.path(of: "\(name).crt")) and \(directory.path(of: "\(name).key")): "
                + "\(CertificateReport.names(of: certificate)), "
                + "until \(CertificateReport.day(certificate.validity.until))"
        )
        return .done
    }

    /// The name under which a certificate lies in its directory.
    static func fileName(_ name: String) throws(Failure) -> String {
        guard CertificateDirectory.isFileName(name), name != CertificateDirectory.authorityName
        else {
            throw .usage(
                "'\(name)' cannot be the name of files",
                hint: "take one without a slash that does not begin with a dot and is not 'ca'"
            )
        }
        return name
    }

    static func days(_ invocation: Invocation) throws(Failure) -> Int? {
        guard let days = try invocation.number("days") else { return nil }
        guard (1...UInt64(authorityDays)).contains(days) else {
            throw .usage("--days \(days) is out of range", hint: "write 1 to \(authorityDays)")
        }
        return Int(days)
    }

    private static func keyKind(_ invocation: Invocation) throws(Failure) -> KeyKind {
        guard let name = invocation.text("key") else { return .p256 }
        guard let kind = KeyKind(name: name) else {
            throw .usage(
                "'\(name)' is no kind of key",
                hint: "write " + KeyKind.made.map(\.name).joined(separator: ", ")
            )
        }
        return kind
    }

    /// Tells a fault of what was asked for as such, and one of OpenSSL as one of this machine.
    static func made<Value>(
        _ body: () throws(CertificateFault) -> Value
    ) throws(Failure) -> Value {
        do throws(CertificateFault) { return try body() } catch {
            guard case .unfitName = error else { throw .local(error.text) }
            throw .usage(error.text, hint: "'roost help certs' tells what fits")
        }
    }
}
