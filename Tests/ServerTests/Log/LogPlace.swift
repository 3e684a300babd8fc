import Platform
import Testing

/// A directory for one file of lines.
struct LogPlace: ~Copyable {
    let directory: String
    var path: String { "\(directory)/log" }

    init() throws {
        let path = "/tmp/roost-log-" + String(try Entropy.word(), radix: 16)
        _ = try DirectoryHandle(creating: path)
        directory = path
    }

    deinit {
        do {
            let folder = try DirectoryHandle(opening: directory)
            for name in try folder.names() { try folder.remove(name) }
            try DirectoryHandle.removeEmpty(directory)
        } catch { Issue.record("\(directory) is left behind: \(error)") }
    }

    func lines(of name: String = "log") throws -> [String] {
        let folder = try DirectoryHandle(opening: directory)
        let count = try folder.byteCount(of: name) ?? 0
        let bytes = try folder.open(name, for: .reading).read(at: 0, byteCount: count)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func names() throws -> [String] { try DirectoryHandle(opening: directory).names() }

    func remove() throws { try DirectoryHandle(opening: directory).remove("log") }
}
