internal import Platform
internal import Replica

/// `roost serve`: one member, from its configuration to its end.
package enum Server {
    /// Runs a member until it ends, and says on standard error why.
    ///
    /// To be called on the main thread before any other thread starts: it blocks signals.
    ///
    /// - Parameter reloading: what SIGHUP does; nil where there is nothing to be read anew.
    /// - Returns: what the process has to exit with: 0, 1, 2, 65, 74 or 78 (Docs/operations.md, Exit
    ///   codes).
    package static func run(
        _ configuration: Configuration,
        reloading: ConfigurationReload? = nil
    ) -> Int32 {
        CurrentProcess.installCrashHandler()
        // A log that may grow no further fails its write, and so ends the process with a sentence.
        Signal.fileSizeExceeded.ignore()
        let builder: ServerBuilder
        do throws(StartFailure) {
            builder = try ServerBuilder(configuration, reloading: reloading)
        } catch {
            StandardStream.error.print("roost: \(error.message)\n")
            return error.exitCode.rawValue
        }
        let code: ServeExitCode
        do throws(StartFailure) {
            try run(builder)
            code = .orderly
            builder.log.end()
        } catch {
            let sentence = "roost: \(error.message)"
            builder.log.writeLast(LogEvent(.error, name: "ended", sentence: sentence))
            code = error.exitCode
        }
        return code.rawValue
    }

    /// Reads the files of certificates and keys that a start would read, and says what is wrong.
    package static func checkFiles(
        of configuration: Configuration
    ) throws(ConfigurationMistakes) {
        do throws(ConfigurationError) {
            let settings = try Settings(configuration)
            _ = try TLSSources(
                settings.tls,
                member: settings.name,
                company: settings.founders.isEmpty && !settings.peerListen.isOpenForSure
                    ? .none : .others
            )
        } catch { throw ConfigurationMistakes(all: [error]) }
    }

    private static func run(_ builder: ServerBuilder) throws(StartFailure) {
        let reactor = try builder.open()
        let reason: StopReason
        do throws(SystemError) { reason = try reactor.run() } catch { throw .system(error) }
        guard reason == .orderly else { throw .stopped(reason) }
    }
}
