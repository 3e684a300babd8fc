internal import Platform

/// What this machine calls itself.
enum HostName {
    /// `localhost` where that is unknown, which is said.
    static var text: [UInt8] {
        do throws(SystemError) {
            let file = try DirectoryHandle(opening: "/proc/sys/kernel").open(
                "hostname",
                for: .reading
            )
            return try file.read(at: 0, byteCount: 256).filter { $0 > 0x20 }
        } catch {
            Console.note("the host's name is unknown: \(error)")
            return Array("localhost".utf8)
        }
    }
}
