internal import Wire

/// What other programs read: Prometheus' service discovery over HTTP, the servers of an upstream of
/// nginx, a backend of HAProxy.
///
/// Whoever registers an instance writes into configurations with it. Addresses, ports, weights and
/// ids are checked when they are read, and nothing else stands outside the strings of JSON.
enum ServiceFormat: CaseIterable {
    case httpSD
    case nginx
    case haproxy

    /// As it stands in `format`.
    private var name: StaticString {
        switch self {
        case .httpSD: "http-sd"
        case .nginx: "nginx"
        case .haproxy: "haproxy"
        }
    }

    /// Takes `format`.
    init?(_ parameters: inout Parameters) throws(Problem) {
        guard let text = try parameters.text("format") else { return nil }
        guard let format = Self.allCases.first(where: { text.equals($0.name) }) else {
            throw .parameter("format", fault: "is none of http-sd, nginx and haproxy")
        }
        self = format
    }

    func response(_ instances: [KnownInstance], of service: RegisteredService) -> HTTPResponse {
        switch self {
        case .httpSD:
            var json = JSONWriter()
            json.beginArray()
            for known in instances { json.targetGroup(known, of: service) }
            json.endArray()
            return .json(json)
        case .nginx: return .plain(Self.upstream(instances))
        case .haproxy: return .plain(Self.backend(instances, of: service))
        }
    }

    /// One `server` a line. An upstream without servers is an error to nginx, and takes all of its
    /// configuration with it: one that is down stands for none.
    private static func upstream(_ instances: [KnownInstance]) -> [UInt8] {
        var text: [UInt8] = []
        for known in instances {
            text.append("server ")
            known.instance.address.appendEndpoint(port: known.instance.port, to: &text)
            text.append(" weight=")
            text.append(decimal: known.instance.weight)
            text.append(known.health.isHealthy ? ";\n" : " down;\n")
        }
        if instances.isEmpty { text.append("server 127.0.0.1:65535 down;\n") }
        return text
    }

    private static func backend(
        _ instances: [KnownInstance],
        of service: RegisteredService
    ) -> [UInt8] {
        var text = [UInt8]("backend ")
        for byte in service.bytes { text.append(byte.isPlain ? byte : UInt8(ascii: "_")) }
        text.append("\n")
        for known in instances {
            text.append("    server ")
            text.append(contentsOf: known.id.bytes)
            text.append(" ")
            known.instance.address.appendEndpoint(port: known.instance.port, to: &text)
            text.append(" weight ")
            text.append(decimal: known.instance.weight)
            // A name that is not found is no reason not to start.
            if known.instance.address.kind == .name {
                text.append(" init-addr last,libc,none")
            }
            text.append(known.health.isHealthy ? "\n" : " disabled\n")
        }
        return text
    }
}

extension JSONWriter {
    /// A target with its labels, as `http_sd_configs` takes it.
    fileprivate mutating func targetGroup(_ known: KnownInstance, of service: RegisteredService) {
        var endpoint: [UInt8] = []
        known.instance.address.appendEndpoint(port: known.instance.port, to: &endpoint)
        beginObject()
        name("targets")
        beginArray()
        string(endpoint)
        endArray()
        name("labels")
        beginObject()
        member("__meta_roost_service", string: service.bytes)
        member("__meta_roost_id", string: known.id.bytes)
        member("__meta_roost_status", string: known.health.status.name)
        // A comma on both sides, so that a pattern finds each alike.
        let comma = [UInt8(ascii: ",")]
        let tags = known.instance.tags
        member(
            "__meta_roost_tags",
            string: tags.isEmpty ? [] : comma + Array(tags.joined(separator: comma)) + comma
        )
        var labels: Set<[UInt8]> = []
        for entry in known.instance.meta {
            let label = [UInt8]("__meta_roost_meta_") + entry.name.map(\.inLabel)
            // Of names that become the same label, the first counts.
            guard labels.insert(label).inserted else { continue }
            name(bytes: label)
            string(entry.value)
        }
        endObject()
        endObject()
    }
}

extension UInt8 {
    /// A character of a label's name; `_` for what none can have.
    fileprivate var inLabel: UInt8 {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"): UInt8(ascii: "_")
        default: self
        }
    }
}
