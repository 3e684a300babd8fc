internal import RoostClient

/// What this machine calls itself.
enum HostName {
    /// `localhost` where that is unknown, which is said.
    static var text: [UInt8] {
        if let name = MachineName.bytes { return name }
        Console.note("the host's name is unknown")
        return Array("localhost".utf8)
    }
}
