internal import Wire

/// `roost doctor`: what is wrong with a cluster, and what to do about it.
enum DoctorCommand {
    static let command = Subcommand(
        Verb(
            "doctor",
            summary: "look for what is wrong with a cluster, and say what to do",
            explanation: """
                Asks every member at its client address, needs no quorum, and changes nothing: who
                answers, who hears whom, clocks, disks, round trips, lag, versions, limits,
                addresses and backups. Exit code 1 with any finding, 0 with none; 5 where no member
                answers at all. With --data-dir it also measures this machine's disk there for a
                second: 4 KiB written and made durable again and again, as the log does it.
                """,
            flags: [
                Flag("data-dir", value: .required("DIR"), "measure the disk of this directory too")
            ],
            examples: [
                Verb.Example(
                    command: "roost doctor --data-dir .",
                    effect: "a line a check with what was measured, then each finding"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let look = try ClusterPoll(Service(invocation)).look()
        var probe: DiskProbe.Figures?
        if let directory = invocation.text("data-dir") {
            probe = try DiskProbe.measure(directory)
        }
        let diagnosis = Diagnosis(look, probe: probe)
        try console.show(diagnosis.text(for: console), or: diagnosis.json)
        return diagnosis.findings.isEmpty ? .done : .failed
    }
}
