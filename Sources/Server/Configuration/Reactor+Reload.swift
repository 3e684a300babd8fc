internal import API
internal import Platform
internal import Replica

extension Reactor {
    /// Whether a hang-up is for reading files anew, and not the end of a terminal.
    var mayReload: Bool {
        !StandardStream.error.isTerminal || reloading != nil || tls.clients != nil
            || tls.peers != nil
    }

    /// Takes what may change of a configuration that was read anew, and says what did.
    func reload() {
        renewCertificates()
        do throws(ConfigurationMistakes) {
            guard let changes = try reloading?.carryOut() else {
                return say(
                    .notice,
                    name: "reloaded",
                    line: "reloaded member=\(memberName) changed=nothing: there is no --config"
                )
            }
            try takeOver(changes.configuration)
            say(
                .notice,
                name: "reloaded",
                line: "reloaded member=\(memberName)\(Self.words(changes))"
            )
        } catch {
            for mistake in error.all {
                say(
                    .error,
                    name: "not-reloaded",
                    line: "roost: the configuration was not reloaded: \(mistake)"
                )
            }
        }
    }

    private func takeOver(_ configuration: Configuration) throws(ConfigurationMistakes) {
        let settings: Settings
        do { settings = try Settings(configuration) } catch {
            throw ConfigurationMistakes(all: [error])
        }
        admit(hosts: settings.allowedHosts, origins: settings.allowedOrigins)
        frontend.ledger.limits = settings.limits
        frontend.proxies = settings.proxies
        log.setLevel(settings.logLevel)
        slowNanoseconds = settings.slowNanoseconds
        let reserve = settings.diskReserveByteCount
        take(.diskReserve(byteCount: reserve))
    }

    private static func words(_ changes: ConfigurationReload.Changes) -> String {
        let taken = changes.taken.isEmpty ? "nothing" : changes.taken.joined(separator: ",")
        guard !changes.waiting.isEmpty else { return " changed=\(taken)" }
        return " changed=\(taken) next-start=\(changes.waiting.joined(separator: ","))"
    }
}
