import Platform

/// The roost that tests run as a process: ROOST_BINARY, else what was built beside the tests.
enum RoostBinary {
    static let path: String = {
        if let path = Environment.value(of: "ROOST_BINARY") { return path }
        let program = String(decoding: ProcessImage.arguments[0], as: UTF8.self)
        let directory = program.split(separator: "/").dropLast().joined(separator: "/")
        return (program.hasPrefix("/") ? "/" : "") + directory + "/roost"
    }()
}
