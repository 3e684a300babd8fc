import Platform

/// A directory of a test's own, gone with its files when the value is.
struct TemporaryDirectory: ~Copyable {
    let path: String
    let handle: DirectoryHandle

    init() throws(SystemError) {
        let path = "/tmp/roost-platform-" + String(try Entropy.word(), radix: 16)
        let handle = try DirectoryHandle(creating: path)
        self.path = path
        self.handle = handle
    }

    deinit {
        do {
            for name in try handle.names() { try handle.remove(name) }
            try DirectoryHandle.removeEmpty(path)
        } catch { StandardStream.error.print("left behind: \(path)\n") }
    }
}
