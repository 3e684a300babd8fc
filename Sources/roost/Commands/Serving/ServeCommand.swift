internal import Server

/// `roost serve`: runs one member.
enum ServeCommand {
    /// What is used where a flag is not given.
    private static let defaults = Configuration()

    static let command = Subcommand(
        Verb(
            "serve",
            reach: .machine,
            summary: "run a member",
            explanation: """
                Alone without --cluster; with it, the same list is given to every member, and the
                cluster forms once all have started empty. With --join it waits until 'roost member
                add' or 'member replace' names it. Later the members are read from the data.
                Standard error says 'listening' once connections are taken, 'ready' once it serves,
                and what changes later. SIGTERM and SIGINT end it in order. Exit codes: 65 data
                damaged, 74 disk failed, 78 this directory may not join, or is not Roost's.
                Each flag may also be written as a line 'name = value' of --config, or as a variable
                such as ROOST_DATA_DIR: the flag wins, then the variable, then the file. SIGHUP reads
                the file anew.
                """,
            flags: [
                Flag(
                    "config",
                    value: .required("FILE"),
                    "settings, 'name = value' a line (ROOST_CONFIG)"
                ),
                Flag("check-config", "look at all settings, say what is wrong, and run nothing"),
                Flag("print-config", "print what is in force and from where, and run nothing"),
                Flag(
                    "name",
                    value: .required("NAME"),
                    "this member in --cluster (\(defaults.name))"
                ),
                Flag("data-dir", value: .required("DIRECTORY"), "its data (./NAME.roost)"),
                Flag(
                    "listen",
                    value: .required("ADDRESS"),
                    repetition: .repeatable,
                    "HOST:PORT, *:PORT or unix:PATH for clients (\(defaults.listen[0]))"
                ),
                Flag(
                    "peer-listen",
                    value: .required("HOST:PORT"),
                    "for the other members (\(defaults.peerListen))"
                ),
                Flag(
                    "health-listen",
                    value: .required("ADDRESS"),
                    "for /livez, /readyz, /health, /version and /metrics alone"
                ),
                Flag(
                    "cluster",
                    value: .required("LIST"),
                    "NAME=HOST:PORT,... of every founding member"
                ),
                Flag(
                    "join",
                    value: .required("LIST"),
                    "HOST:PORT,... of members to ask, or srv:NAME, for a newcomer (roost member add)"
                ),
                Flag(
                    "cluster-token",
                    value: .required("TEXT"),
                    "the same on all members, so that two clusters never meet (none)"
                ),
                Flag(
                    "feature-level-max",
                    value: .required("N"),
                    "act as a member of an earlier feature level (\(defaults.featureLevelMax))"
                ),
                Flag("advertise", value: .required("HOST:PORT"), "where clients find it"),
                Flag(
                    "heartbeat",
                    value: .required("DURATION"),
                    "between heartbeats (\(defaults.heartbeatMilliseconds)ms)"
                ),
                Flag(
                    "election-timeout",
                    value: .required("DURATION"),
                    "the shortest silence before an election (\(defaults.electionTimeoutMilliseconds)ms)"
                ),
                Flag(
                    "disk-reserve",
                    value: .required("BYTES"),
                    "refuse writes below this much free space (\(defaults.diskReserveByteCount >> 20)MiB)"
                ),
                Flag(
                    "max-value",
                    value: .required("BYTES"),
                    "longest value of a new cluster (\(defaults.valueByteCountMax >> 20)MiB, up to 16MiB)"
                ),
                Flag(
                    "max-txn-ops",
                    value: .required("NUMBER"),
                    "operations of a transaction in a new cluster (\(defaults.transactionOperationCountMax))"
                ),
                Flag(
                    "quota",
                    value: .required("BYTES"),
                    "bytes of keys and values in a new cluster (0, which is any)"
                ),
                Flag(
                    "log-format",
                    value: .required("FORMAT"),
                    "of what it says: text, logfmt or json (\(defaults.logFormat.rawValue))"
                ),
                Flag(
                    "log-level",
                    value: .required("LEVEL"),
                    "debug, info, notice, warning or error (notice; info but for text)"
                ),
                Flag(
                    "log-file",
                    value: .required("FILE"),
                    "in place of standard error; five of 64 MiB are kept beside it"
                ),
                Flag(
                    "slow",
                    value: .required("DURATION"),
                    "tell of requests that take so long, and of what was slow (none)"
                ),
                Flag(
                    "audit-log",
                    value: .required("FILE"),
                    "write down what clients change, or are denied: a file, or 'journal' (none)"
                ),
                Flag(
                    "audit",
                    value: .required("WHAT"),
                    repetition: .repeatable,
                    "reads: those too; required: no writes while they can't be written down"
                ),
                Flag(
                    "audit-keep",
                    value: .required("NUMBER"),
                    "how many days or full files of it are kept (\(defaults.auditKeepCount))"
                ),
                Flag(
                    "backup-dir",
                    value: .required("DIRECTORY"),
                    "where regular backups are written (none are)"
                ),
                Flag(
                    "backup-every",
                    value: .required("DURATION"),
                    "from one of them to the next (6h)"
                ),
                Flag(
                    "backup-keep",
                    value: .required("NUMBER"),
                    "how many of them are kept (\(defaults.backupKeepCount))"
                ),
                Flag(
                    "backup-from",
                    value: .required("ROLE"),
                    "who makes them: leader or observer (\(defaults.backupSource))"
                ),
                Flag("tls-cert", value: .required("FILE"), "certificate for clients, PEM (none)"),
                Flag("tls-key", value: .required("FILE"), "its private key"),
                Flag(
                    "tls-ca",
                    value: .required("FILE"),
                    "authorities of clients' certificates, and of members'"
                ),
                Flag("tls-crl", value: .required("FILE"), "lists of revoked certificates"),
                Flag(
                    "client-cert",
                    value: .required("WHEN"),
                    "clients show certificates: optional or required (they are not asked)"
                ),
                Flag(
                    "cert-user",
                    value: .required("NAME"),
                    "which name of theirs is the user's: cn, uri or dns (cn)"
                ),
                Flag(
                    "peer-tls-cert",
                    value: .required("FILE"),
                    "certificate for members (that of --tls-cert)"
                ),
                Flag("peer-tls-key", value: .required("FILE"), "its private key"),
                Flag("peer-tls-ca", value: .required("FILE"), "authorities of members (--tls-ca)"),
                Flag(
                    "peer-tls-crl",
                    value: .required("FILE"),
                    "revoked ones of theirs (--tls-crl)"
                ),
                Flag(
                    "peer-name",
                    value: .required("PATTERN"),
                    "DNS name of members' certificates, * is their name (*.CLUSTER.roost)"
                ),
                Flag("insecure", "let other machines reach listeners that have no TLS"),
                Flag(
                    "jwt-keys",
                    value: .required("FILE"),
                    "public keys of an issuer whose tokens are believed, JWKS or PEM (none)"
                ),
                Flag("jwt-issuer", value: .required("TEXT"), "what their 'iss' is"),
                Flag("jwt-audience", value: .required("TEXT"), "what their 'aud' is or holds"),
                Flag(
                    "jwt-user-claim",
                    value: .required("NAME"),
                    "the claim with the name (\(defaults.outsideUserClaim))"
                ),
                Flag(
                    "jwt-roles-claim",
                    value: .required("NAME"),
                    "the claim with the roles (\(defaults.outsideRolesClaim))"
                ),
                Flag(
                    "allow-host",
                    value: .required("HOST"),
                    repetition: .repeatable,
                    "a host name that requests may name (any, but none on loopback)"
                ),
                Flag(
                    "cors-origin",
                    value: .required("ORIGIN"),
                    repetition: .repeatable,
                    "SCHEME://HOST[:PORT] whose pages may use this member (none)"
                ),
                Flag(
                    "trusted-proxy",
                    value: .required("ADDRESS"),
                    repetition: .repeatable,
                    "proxies (10.0.0.0/8, unix) whose X-Forwarded-For counts (none)"
                ),
                Flag(
                    "limit-connections",
                    value: .required("NUMBER"),
                    "connections that one address may have (0: any)"
                ),
                Flag(
                    "limit-under-way",
                    value: .required("NUMBER"),
                    "its requests under way, watches and waits among them (0: any)"
                ),
                Flag(
                    "limit-requests",
                    value: .required("NUMBER"),
                    "requests a second that it may send (0: any)"
                ),
                Flag(
                    "limit-bytes",
                    value: .required("SIZE"),
                    "bytes a second that it may send (0: any)"
                ),
            ],
            examples: [
                Verb.Example(
                    command: "roost serve --data-dir ./default.roost",
                    effect: "a member alone on 127.0.0.1:2379"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let gathered = ServeConfiguration(invocation)
        let layers: ConfigurationLayers
        let configuration: Configuration
        do throws(ConfigurationMistakes) {
            layers = try gathered.layers()
            configuration = try layers.configuration()
            if invocation.has("check-config") {
                try layers.checkList(of: configuration)
                try Server.checkFiles(of: configuration)
            }
        } catch { throw failure(error) }
        if invocation.has("print-config") {
            try console.write(Array(gathered.listing(layers, of: configuration).utf8))
        } else if invocation.has("check-config") {
            try console.line("the configuration can be used")
        } else {
            let reload = gathered.reload(of: configuration)
            return ExitCode(rawValue: Server.run(configuration, reloading: reload))
        }
        return .done
    }

    private static func failure(_ mistakes: ConfigurationMistakes) -> Failure {
        // The last is the failure's own; the others come before it.
        for mistake in mistakes.all.dropLast() { Console.note("\(mistake)") }
        return .usage(mistakes.all.last?.description ?? "", hint: "see 'roost help serve'")
    }
}
