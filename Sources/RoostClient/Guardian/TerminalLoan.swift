internal import Platform

/// The terminal between the group that roost is in and CMD's group.
struct TerminalLoan: ~Copyable {
    private let terminal: Terminal?
    /// The group that roost is in: what the shell takes for the job.
    private let job = ProcessGroup(id: CurrentProcess.groupID)
    /// Whether CMD's group was given the terminal and nobody has taken it since.
    private(set) var isLent = false

    init() { terminal = Terminal.controlling() }

    /// What CMD's group becomes the foreground of as it starts: the terminal, where roost alone
    /// makes the job that reads it. The other members of a pipeline keep what they read.
    ///
    /// Where SIGTTIN is ignored, as a shell has it in `$(…)`, CMD could not ask for it later.
    mutating func lendAtStart() -> Int32? {
        guard let terminal, reader(beside: nil) == .job,
            isAlone || Signal.terminalInput.wasIgnoredAtStart
        else { return nil }
        isLent = true
        return terminal.descriptor
    }

    /// Who reads the keyboard, CMD's group being `command`.
    func reader(beside command: ProcessGroup?) -> JobControl.Reader {
        guard let terminal else { return .nobody }
        do throws(SystemError) {
            let group = try terminal.foregroundGroup()
            if group == job.id { return .job }
            return group == command?.id ? .command : .elsewhere
        } catch { return .nobody }
    }

    /// Whether roost is the only process of its group.
    var isAlone: Bool { job.livingMembers == [CurrentProcess.id] }

    /// Gives CMD's group the terminal.
    mutating func lend(to command: ProcessGroup) { isLent = set(command) }

    /// Gives the job's own group the terminal, if CMD's has it from us.
    mutating func takeBack() {
        if isLent { _ = set(job) }
        isLent = false
    }

    /// Gives the job's own group the terminal because a process of it asks for it.
    mutating func yield() {
        takeBack()
        job.send(.goOn)
    }

    /// Somebody else has taken the terminal.
    mutating func forget() { isLent = false }

    /// Passes what the keyboard sent to CMD's group alone to the rest of the job.
    func share(_ signal: Signal) { if !isAlone { job.send(signal) } }

    private func set(_ group: ProcessGroup) -> Bool {
        guard let terminal else { return false }
        do throws(SystemError) {
            try terminal.setForegroundGroup(group.id)
            return true
        } catch { return false }
    }
}

extension Terminal {
    /// Gives a job the terminal that a group which is dead would read for ever; one that anybody
    /// living reads is left alone.
    static func rescue(from command: ProcessGroup, for job: Int32) {
        guard let terminal = controlling() else { return }
        do throws(SystemError) {
            let group = ProcessGroup(id: try terminal.foregroundGroup())
            guard group == command || group.livingMembers == [] else { return }
            try terminal.setForegroundGroup(job)
        } catch { return }
    }
}
