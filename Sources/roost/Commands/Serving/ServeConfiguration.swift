internal import Platform
internal import Server

/// The configuration of `roost serve`, gathered from the command line, the environment and a file.
struct ServeConfiguration: Sendable {
    /// Flags that only a command line, or for the file its variable, can give.
    static let ownFlags: Set<String> = ["config", "check-config", "print-config"]

    /// What other commands read, or set for those that they run.
    private static let otherVariables = [
        "ROOST_ENDPOINTS", "ROOST_FENCE", "ROOST_HELD", "ROOST_LOCK_NAME", "ROOST_LOCK_TOKEN",
        "ROOST_LOCK_LEASE", "ROOST_CACERT", "ROOST_CERT", "ROOST_CERT_KEY", "ROOST_TLS_SERVER_NAME",
        "ROOST_KEY",
        "ROOST_EVENT", "ROOST_REVISION",
    ]
    private static let prefix = "ROOST_"

    private let names: [ConfigurationName]
    private let flags: [(name: String, value: String)]
    /// The file of settings; nil where there is none.
    let path: String?

    init(_ invocation: Invocation) {
        names = invocation.verb.flags.filter { !Self.ownFlags.contains($0.name) }.map {
            ConfigurationName($0.name, isRepeatable: $0.repetition == .repeatable)
        }
        let switches = invocation.verb.flags.filter { $0.value == .none && invocation.has($0.name) }
        flags = (invocation.valuedFlags + switches.map { ($0.name, "true") })
            .filter { !Self.ownFlags.contains($0.name) }
        let variable = Environment.value(of: "ROOST_CONFIG").flatMap { $0.isEmpty ? nil : $0 }
        path = invocation.text("config") ?? variable
    }

    /// When the file is read.
    enum Occasion {
        case start
        /// Nobody waits for what a pipe or a device may bring.
        case reload
    }

    /// Reads the file, if there is one, and joins what all say.
    func layers(
        at occasion: Occasion = .start
    ) throws(ConfigurationMistakes) -> ConfigurationLayers {
        ConfigurationLayers(
            names: names,
            flags: flags,
            environment: { name in
                Environment.value(of: name).flatMap { $0.isEmpty ? nil : $0 }
            },
            file: try file(at: occasion),
            mistakes: misspeltVariables
        )
    }

    /// Variables that are none of roost's and look like a setting of `serve`. Others that begin
    /// alike are left alone: Kubernetes makes some for each service of that name.
    private var misspeltVariables: [ConfigurationError] {
        let settings = names.map(\.variable) + ["ROOST_CONFIG"]
        let known = Set(settings + Self.otherVariables)
        return Environment.all.compactMap { entry in
            let variable = String(entry.prefix { $0 != "=" })
            guard variable.hasPrefix(Self.prefix), !known.contains(variable) else { return nil }
            let word = String(variable.dropFirst(Self.prefix.count))
            let words = settings.map { String($0.dropFirst(Self.prefix.count)) }
            guard let near = Spelling.near(word, among: words).first else { return nil }
            let reason = "serve has no such setting; did you mean \(Self.prefix)\(near)?"
            return ConfigurationError(variable, reason: reason, place: .environment(variable))
        }
    }

    /// What SIGHUP does: reads the file again. Nil where there is none, or none that is there twice.
    func reload(of configuration: Configuration) -> ConfigurationReload? {
        guard let path, !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return nil }
        return ConfigurationReload(of: configuration, names: names) {
            () throws(ConfigurationMistakes) in
            try layers(at: .reload).configuration()
        }
    }

    /// Every setting in the form of a file, with what it comes from.
    func listing(_ layers: ConfigurationLayers, of configuration: Configuration) -> String {
        names.map { name in
            let written = layers.items.filter { $0.name == name.name }
            let place = written.first.map { "\($0.place)" } ?? "default"
            guard let value = configuration.text(of: name.name) else {
                return "# \(name.name) =  # not set\n"
            }
            return "\(name.name) = \(value)  # \(place)\n"
        }.joined()
    }

    private func file(
        at occasion: Occasion
    ) throws(ConfigurationMistakes) -> ConfigurationFile? {
        guard let path else { return nil }
        if occasion == .reload, !SequentialFile.isRegular(path) {
            throw unreadable(path, reason: "is no regular file, and read at the start alone")
        }
        let limit = ConfigurationFile.byteCountMax
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: path).readAll(limit: limit)
        } catch { throw unreadable(path, reason: "\(error)") }
        guard let bytes else {
            throw unreadable(path, reason: "it holds more than \(limit) bytes")
        }
        return ConfigurationFile(bytes, path: path, names: names)
    }

    private func unreadable(_ path: String, reason: String) -> ConfigurationMistakes {
        ConfigurationMistakes(all: [ConfigurationError("--config", reason: "\(path): \(reason)")])
    }
}
