internal import Platform

/// A file that a command leaves behind.
struct OutputFile {
    let path: String

    init(_ path: String) { self.path = path }

    /// Writes it anew; a pipe or a device gets the bytes as they are.
    func write(_ bytes: [UInt8]) throws(Failure) {
        do throws(SystemError) {
            try SequentialFile(creating: path).write(bytes)
        } catch { throw .local("cannot write \(path): \(error)") }
    }
}
