internal import Bytes
internal import Certificates
internal import Platform
internal import Wire

/// What is done with certificates that are there.
extension CertsCommand {
    /// Without names, certificates that end within this time are renewed, in milliseconds.
    private static let renewalMilliseconds: UInt64 = 30 * 86_400_000

    static let show = Subcommand(
        Verb(
            "certs",
            "show",
            reach: .machine,
            summary: "tell what certificates say",
            explanation: """
                Names, use, kind of key, times, serial number and fingerprint of each certificate in \
                FILE (PEM). Nothing is verified.
                """,
            operands: [Verb.Operand(name: "FILE", count: .atLeastOne)],
            flags: [Service.outputFlag],
            examples: [
                Verb.Example(
                    command: "roost certs show certs/n1.crt",
                    effect: "whose it is, and until when it holds"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let now = Clock.wallSeconds()
        var reports: [CertificateReport] = []
        for operand in invocation.operands {
            let path = String(decoding: operand, as: UTF8.self)
            for certificate in try certificates(in: path) {
                reports.append(CertificateReport(file: path, certificate: certificate, now: now))
            }
        }
        guard console.format == .json else {
            for (place, report) in reports.enumerated() {
                if place > 0 { try console.line("") }
                try console.write(Array(report.table.lines.map { $0 + "\n" }.joined().utf8))
            }
            return .done
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("certificates")
        writer.beginArray()
        for report in reports { report.append(to: &writer) }
        writer.endArray()
        writer.endObject()
        try console.document(writer.output)
        return .done
    }

    private static func certificates(in path: String) throws(Failure) -> [Certificate] {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: path).readAll(limit: 1 << 20)
        } catch { throw .local("cannot read \(path): \(error)") }
        guard let bytes else { throw .local("\(path) is longer than 1 MiB; it is no certificate") }
        do throws(CertificateFault) { return try Certificate.all(pem: bytes) } catch {
            throw .local("cannot show \(path): \(error.text)")
        }
    }

    static let renew = Subcommand(
        Verb(
            "certs",
            "renew",
            reach: .machine,
            manners: [.remarks],
            summary: "replace certificates by ones that hold longer",
            explanation: """
                The same names, use and kind of key; a new key, and the same length of time from now \
                on. Without NAME all in the directory that the authority issued, did not revoke, and \
                that end soon. Files are replaced in one step each, keep owner and mode, and stay \
                beside as NAME.crt.old and NAME.key.old. Members read them by themselves.
                """,
            operands: [Verb.Operand(name: "NAME", count: .any)],
            flags: [
                directoryFlag,
                Flag("within", value: .required("DURATION"), "what ends soon, without NAME (30d)"),
                Flag("days", value: .required("N"), "how long they hold (as long as the old ones)"),
            ],
            examples: [
                Verb.Example(
                    command: "roost certs renew --dir certs",
                    effect: "renews what ends within 30 days; fit for a timer"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let directory = try CertificateDirectory(invocation.text("dir") ?? ".")
        let renewal = CertificateRenewal(
            issue: CertificateIssue(authority: try directory.authority()),
            revoked: try directory.revocations()?.serials ?? [],
            days: try days(invocation),
            now: Clock.wallSeconds()
        )
        guard invocation.operands.isEmpty else {
            for operand in invocation.operands {
                let name = try fileName(String(decoding: operand, as: UTF8.self))
                try renewal.renew(name, in: directory, on: console)
            }
            return .done
        }
        let within = try invocation.duration("within") ?? renewalMilliseconds
        let deadline = renewal.now.addingReportingOverflow(Int64(clamping: within / 1000))
        var count = 0
        for name in try directory.certificateNames() {
            guard try renewal.wants(name, in: directory, before: deadline.partialValue) else {
                continue
            }
            try renewal.renew(name, in: directory, on: console)
            count += 1
        }
        if count == 0 { try console.confirm("nothing ends so soon") }
        return .done
    }

    static let revoke = Subcommand(
        Verb(
            "certs",
            "revoke",
            reach: .machine,
            manners: [.remarks],
            summary: "declare certificates void",
            explanation: """
                Puts NAME.crt on the list ca.crl, which is made or replaced in one step, and with it \
                those that renewals left beside it (NAME.crt.old). It takes effect where members \
                have the list (serve --tls-crl): bring it there. The certificates' files stay.
                """,
            operands: [Verb.Operand(name: "NAME", count: .any)],
            flags: [
                directoryFlag,
                Flag(
                    "file",
                    value: .required("FILE"),
                    repetition: .repeatable,
                    "a certificate that lies elsewhere"
                ),
                Flag(
                    "serial",
                    value: .required("HEX"),
                    repetition: .repeatable,
                    "a certificate by its serial number ('certs show')"
                ),
            ],
            examples: [
                Verb.Example(
                    command: "roost certs revoke deploy --dir certs",
                    effect: "certs/ca.crl, which names deploy.crt by its serial number"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let directory = try CertificateDirectory(invocation.text("dir") ?? ".")
        let authority = try directory.authority()
        var revocation = CertificateRevocation(issue: CertificateIssue(authority: authority))
        for operand in invocation.operands {
            let name = try fileName(String(decoding: operand, as: UTF8.self))
            try revocation.add(name: name, in: directory)
        }
        for path in invocation.texts("file") { try revocation.add(file: path) }
        for serial in invocation.texts("serial") { try revocation.add(serial: serial) }
        guard !revocation.serials.isEmpty else {
            throw .usage(
                "nothing says which certificate to revoke",
                hint: "write NAME, --file FILE or --serial HEX"
            )
        }
        let earlier = try directory.revocations()
        let list = try made { () throws(CertificateFault) in
            try authority.revocationList(
                adding: revocation.serials,
                to: earlier,
                now: Clock.wallSeconds()
            )
        }
        try directory.replace([.open(CertificateDirectory.revocationsName, bytes: list.pem)])
        for finding in revocation.findings {
            let serial = String(decoding: Hexadecimal.encode(finding.serial), as: UTF8.self)
            try console.confirm("revoked \(serial) (\(finding.words))")
        }
        try console.confirm(
            "\(directory.path(of: CertificateDirectory.revocationsName)): list \(list.number), "
                + "\(list.serials.count) revoked; bring it to every member (--tls-crl)"
        )
        return .done
    }
}
