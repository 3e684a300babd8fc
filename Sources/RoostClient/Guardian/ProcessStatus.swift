internal import Platform

/// What proc(5) calls `stat`, as far as it matters here.
struct ProcessStatus {
    let process: Int32
    let state: Substring
    let group: Int32

    /// Whether it is more than an entry that nobody has waited for.
    var isLiving: Bool { state != "Z" && state != "X" }

    /// - Parameter name: a number, or `self`.
    init?(ofProcess name: String) {
        let bytes: [UInt8]
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: "/proc/\(name)")
            bytes = try directory.open("stat", for: .reading).read(at: 0, byteCount: 1024)
        } catch { return nil }
        // The program's name stands in parentheses and may hold some itself.
        guard let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")")),
            let numberEnd = bytes.firstIndex(of: UInt8(ascii: " ")),
            let process = Int32(String(decoding: bytes[..<numberEnd], as: UTF8.self))
        else { return nil }
        let fields = String(decoding: bytes[(nameEnd + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 2, let group = Int32(fields[2]) else { return nil }
        self.process = process
        state = fields[0]
        self.group = group
    }
}
