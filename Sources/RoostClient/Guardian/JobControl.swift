package import Platform

/// What stops and wishes for the terminal lead to, where a shell's job consists of two process
/// groups: its own, in which roost and perhaps other members of a pipeline are, and CMD's.
///
/// The system knows one group a job. A group that reads the terminal while another has it is
/// stopped by SIGTTIN, one that sets it up by SIGTTOU; so the terminal follows these signals between
/// the two, and only where neither has it is the job stopped, as the shell expects.
package enum JobControl {
    /// Who reads the keyboard.
    package enum Reader: Hashable, Sendable {
        /// The group that roost is in.
        case job
        /// CMD's group.
        case command
        /// The shell, or another job.
        case elsewhere
        /// There is no terminal.
        case nobody
    }

    /// What happened.
    package enum Event: Hashable, Sendable {
        /// CMD is stopped by this signal.
        case commandStopped(Signal)
        /// This signal, which stops, reached roost.
        case jobStopped(Signal)
    }

    /// What has to be done.
    package enum Reaction: Hashable, Sendable {
        case none
        /// Wake CMD's group.
        case wake
        /// Give CMD's group the terminal, and wake it.
        case lend
        /// Give the job's own group the terminal.
        case withdraw
        /// Give the job's own group the terminal, and wake it.
        case takeBack
        /// Stop what the shell sees: CMD's group is stopped already or gets the signal too.
        case stop(Signal, CurrentProcess.StopExtent)
    }

    /// Decides what an event leads to.
    package static func reaction(to event: Event, reader: Reader) -> Reaction {
        switch (event, reader) {
        // Without a terminal nobody would take the job up again.
        case (.commandStopped, .nobody): .none
        case (.commandStopped(.terminalInput), .job), (.commandStopped(.terminalOutput), .job):
            .lend
        // It asked just before it was given.
        case (.commandStopped(.terminalInput), .command),
            (.commandStopped(.terminalOutput), .command):
            .wake
        // The keyboard, or the system, meant every process of the job.
        case (.commandStopped(.terminalStop), _), (.commandStopped(.terminalInput), .elsewhere),
            (.commandStopped(.terminalOutput), .elsewhere):
            .stop(event.signal, .group)
        // It has stopped itself: what the keyboard sends it now would never be met.
        case (.commandStopped, .command): .withdraw
        case (.commandStopped, _): .none
        case (.jobStopped(.terminalInput), .command), (.jobStopped(.terminalOutput), .command),
            (.jobStopped(.terminalInput), .job), (.jobStopped(.terminalOutput), .job):
            .takeBack
        // The others of the group have it already.
        case (.jobStopped, _): .stop(event.signal, .process)
        }
    }
}

extension JobControl.Event {
    /// The signal that stops.
    package var signal: Signal {
        switch self {
        case .commandStopped(let signal), .jobStopped(let signal): signal
        }
    }
}
