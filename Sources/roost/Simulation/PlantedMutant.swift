#if MUTANTS
internal import Bytes

/// The bug that every seed's process is to have.
enum PlantedMutant {
    static let flags = [
        Flag("mutant", value: .required("NAME"), "plant this bug in every seed"),
        Flag("list-mutants", "print the names of the bugs"),
    ]

    /// The names, one a line.
    static func list(_ console: Console) throws(Failure) {
        for mutant in Mutant.all { try console.line(mutant.name) }
    }

    /// Plants the bug that `--mutant` names in this process.
    static func plant(_ invocation: Invocation) throws(Failure) {
        guard let name = invocation.text("mutant") else { return }
        guard let mutant = Mutant.all.first(where: { $0.name == name }) else {
            throw .usage("no bug is called '\(name)'", hint: "see `roost simulate --list-mutants`")
        }
        Mutant.plant(mutant)
    }

    /// What hands the bug on to a seed's process.
    static func arguments(_ invocation: Invocation) -> [String] {
        invocation.text("mutant").map { ["--mutant", $0] } ?? []
    }
}
#endif
