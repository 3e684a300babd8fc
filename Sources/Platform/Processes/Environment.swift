internal import CPlatform

/// The process's environment variables. Never changed here: children get a list of their own.
package enum Environment {
    /// A variable's value, nil when it is not set.
    package static func value(of name: String) -> String? {
        guard let value = unsafe roost_environment_value(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Every variable as `NAME=VALUE`.
    package static var all: [String] {
        var all: [String] = []
        guard let list = unsafe roost_environment() else { return all }
        var index = 0
        while let entry = unsafe list[index] {
            all.append(unsafe String(cString: entry))
            index += 1
        }
        return all
    }
}
