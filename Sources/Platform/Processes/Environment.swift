internal import CPlatform

/// The process's environment variables.
package enum Environment {
    /// A variable's value, nil when it is not set.
    package static func value(of name: String) -> String? {
        guard let value = unsafe roost_environment_value(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Gives a variable a value, for this process and its children. To be called before there is a
    /// second thread: another one might read meanwhile.
    package static func set(_ name: String, value: String) throws(SystemError) {
        try checked("setenv", result: unsafe roost_set_environment_value(name, value))
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
