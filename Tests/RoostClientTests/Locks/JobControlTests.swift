import Platform
import RoostClient
import Testing

@Suite("The shell's job and CMD's group (POSIX.1-2024, XBD 11.1.4)")
struct JobControlTests {
    @Test(
        "what a stop leads to, by who reads the keyboard",
        arguments: [
            (.commandStopped(.terminalInput), .job, .lend),
            (.commandStopped(.terminalOutput), .job, .lend),
            (.commandStopped(.terminalInput), .command, .wake),
            (.commandStopped(.terminalOutput), .command, .wake),
            (.commandStopped(.terminalInput), .elsewhere, .stop(.terminalInput, .group)),
            (.commandStopped(.terminalOutput), .elsewhere, .stop(.terminalOutput, .group)),
            (.commandStopped(.terminalStop), .command, .stop(.terminalStop, .group)),
            (.commandStopped(.terminalStop), .job, .stop(.terminalStop, .group)),
            (.commandStopped(.terminalStop), .elsewhere, .stop(.terminalStop, .group)),
            (.commandStopped(.stop), .command, .withdraw), (.commandStopped(.stop), .job, .none),
            (.commandStopped(.stop), .elsewhere, .none),
            (.commandStopped(.terminalStop), .nobody, .none),
            (.commandStopped(.terminalInput), .nobody, .none),
            (.jobStopped(.terminalInput), .command, .takeBack),
            (.jobStopped(.terminalOutput), .command, .takeBack),
            (.jobStopped(.terminalInput), .job, .takeBack),
            (.jobStopped(.terminalInput), .elsewhere, .stop(.terminalInput, .process)),
            (.jobStopped(.terminalOutput), .elsewhere, .stop(.terminalOutput, .process)),
            (.jobStopped(.terminalStop), .job, .stop(.terminalStop, .process)),
            (.jobStopped(.terminalStop), .command, .stop(.terminalStop, .process)),
            (.jobStopped(.terminalStop), .nobody, .stop(.terminalStop, .process)),
        ] as [(JobControl.Event, JobControl.Reader, JobControl.Reaction)]
    )
    func reaction(
        _ event: JobControl.Event,
        reader: JobControl.Reader,
        reaction: JobControl.Reaction
    ) {
        #expect(JobControl.reaction(to: event, reader: reader) == reaction)
    }
}
