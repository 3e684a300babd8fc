/// A verb and what it does.
package struct Subcommand: Sendable {
    package let verb: Verb
    package let run: @Sendable (Invocation, Console) throws(Failure) -> ExitCode

    package init(
        _ verb: Verb,
        run: @escaping @Sendable (Invocation, Console) throws(Failure) -> ExitCode
    ) {
        self.verb = verb
        self.run = run
    }
}
