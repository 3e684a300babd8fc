internal import Platform
internal import RoostClient
internal import Wire

/// `roost services` and `roost resolve`: what the registry has.
enum ServicesCommand {
    private static let filters = [
        Flag("healthy", "only those to be used"),
        Flag("tag", value: .required("TAG"), repetition: .repeatable, "only those that have it"),
    ]

    static let list = Subcommand(
        Verb(
            "services",
            summary: "list the services, or the instances of one",
            explanation: """
                --format prints the instances of NAME as other programs read them: http-sd
                (Prometheus), nginx (the servers of an upstream) or haproxy (a backend); what is not
                healthy is down or disabled there.
                """,
            operands: [Verb.Operand(name: "NAME", count: .atMostOne)],
            flags: filters + [
                Flag("format", value: .required("FORMAT"), "http-sd, nginx or haproxy")
            ],
            examples: [
                Verb.Example(command: "roost services", effect: "one line a service"),
                Verb.Example(
                    command: "roost services web --healthy --format nginx",
                    effect: "the servers of an upstream of nginx",
                ),
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        guard let name = invocation.operands.first else {
            let flag = ["healthy", "tag", "format"].first { invocation.has($0) }
            if let flag {
                throw .usage("--\(flag) is about one service", hint: "write its NAME")
            }
            let listing = try service.listing(.read(Array("/v1/services".utf8)), of: "services")
            let table = Table(
                listing.items,
                columns: [
                    ("NAME", "name"), ("HEALTHY", "healthy"), ("INSTANCES", "instances"),
                    ("TAGS", "tags"),
                ]
            )
            try console.show(table.text(for: console), or: listing.json)
            return .done
        }
        var call = call(name, by: invocation)
        if let format = invocation.text("format") {
            call.add("format", value: format)
            try console.write(service.read(call).body)
            return .done
        }
        let listing = try service.listing(call, of: "instances")
        try console.show(table(listing.items).text(for: console), or: listing.json)
        return .done
    }

    static let resolve = Subcommand(
        Verb(
            "resolve",
            summary: "print where a service is reached",
            explanation: """
                The address and port of one healthy instance, drawn by lot according to the weights,
                or with --all of every one. Exit code 3 where there is none.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: [filters[1], Flag("all", "every healthy instance")],
            examples: [
                Verb.Example(
                    command: "roost register web --port 8080 -- roost resolve web --all",
                    effect: "prints where every healthy instance of web is reached"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        var call = call(invocation.operands[0], by: invocation)
        call.add("healthy")
        var listing = try Service(invocation).listing(call, of: "instances")
        guard !listing.items.isEmpty else {
            throw .missing(
                "the service \(TerminalText.word(invocation.operands[0])) has no healthy instance"
            )
        }
        if invocation.has("all") {
            let text = listing.items.map { "\(endpoint($0))\n" }.joined()
            try console.show(text, or: listing.json)
            return .done
        }
        let chosen = try drawn(from: listing.items)
        guard console.format == .text else {
            var json = JSONWriter()
            json.value(chosen)
            try console.document(json.output)
            return .done
        }
        try console.line(endpoint(chosen))
        return .done
    }

    private static func call(_ name: [UInt8], by invocation: Invocation) -> Call {
        var call = Call.read(Call.path("/v1/services", segment: name))
        if invocation.has("healthy") { call.add("healthy") }
        for tag in invocation.texts("tag") { call.add("tag", value: tag) }
        return call
    }

    private static func table(_ instances: [JSONValue]) -> Table {
        var table = Table(titles: ["ID", "ADDRESS", "STATUS", "WEIGHT", "TAGS", "OUTPUT"])
        for instance in instances {
            table.append([
                instance["id"]?.plainText ?? "-", endpoint(instance),
                instance["status"]?.plainText ?? "-", instance["weight"]?.plainText ?? "-",
                (instance["tags"]?.array ?? []).map(\.plainText).joined(separator: ","),
                instance["output"]?.plainText ?? "-",
            ])
        }
        return table
    }

    private static func endpoint(_ instance: JSONValue) -> String {
        let host = instance["address"]?.plainText ?? "?"
        let port = instance["port"]?.plainText ?? "?"
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// One of them, each as often as its weight says.
    private static func drawn(from instances: [JSONValue]) throws(Failure) -> JSONValue {
        func weight(_ instance: JSONValue) -> UInt64 {
            min(instance["weight"]?.whole ?? 1, 1 << 16)
        }
        var lot: UInt64
        do throws(SystemError) { lot = try Entropy.word() } catch {
            throw .local("no randomness to draw a lot: \(error)")
        }
        let sum = instances.reduce(0) { $0 + weight($1) }
        guard sum > 0 else { return instances[0] }
        lot %= sum
        for instance in instances {
            if lot < weight(instance) { return instance }
            lot -= weight(instance)
        }
        return instances[0]
    }
}
