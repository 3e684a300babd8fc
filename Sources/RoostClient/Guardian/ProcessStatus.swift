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

    /// Whether one of these signals was sent to a process that has not met it yet.
    static func hasPending(_ signals: [Signal], process: Int32) -> Bool {
        let bytes: [UInt8]
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: "/proc/\(process)")
            bytes = try directory.open("status", for: .reading).read(at: 0, byteCount: 4096)
        } catch { return false }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("ShdPnd:\t") }),
            let pending = UInt64(line.dropFirst("ShdPnd:\t".count), radix: 16)
        else { return false }
        return signals.contains { pending & (1 << UInt64($0.rawValue - 1)) != 0 }
    }
}
