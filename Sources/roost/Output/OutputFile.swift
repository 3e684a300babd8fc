internal import Platform

/// A file that a command leaves behind.
struct OutputFile {
    let path: String

    init(_ path: String) { self.path = path }

    /// Writes it anew.
    func write(_ bytes: [UInt8]) throws(Failure) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let parent = parts.dropLast().joined(separator: "/")
        let directory = path.hasPrefix("/") && parent.isEmpty ? "/" : parent
        do throws(SystemError) {
            let file = try DirectoryHandle(opening: directory.isEmpty ? "." : directory)
                .open(String(parts[parts.count - 1]), for: .creating)
            try file.write(bytes, at: 0)
        } catch { throw .local("cannot write \(path): \(error)") }
    }
}
