package import Bytes
package import Platform

/// CMD and everything it started that did not leave its process group.
package struct ProcessGroup: Hashable, Sendable {
    private static let pauseMilliseconds: UInt64 = 2

    package let id: Int32

    package init(id: Int32) { self.id = id }

    /// A group that is gone already is as good.
    package func send(_ signal: Signal) {
        do throws(SystemError) { try signal.send(toGroup: id) } catch { return }
    }

    /// Asks it to end, and wakes what is stopped so that it can.
    package func terminate() {
        send(.terminate)
        send(.goOn)
    }

    /// SIGKILL: not even a stopped process outlives it.
    package func kill() { send(.kill) }

    /// Whether no process of it runs any more; waits for that until the deadline.
    package func isGone(by deadline: MonotonicTime) -> Bool {
        while hasMembers && hasLivingMembers {
            let now = Clock.monotonicNow()
            guard now < deadline else { return false }
            Pause.until(now.advanced(byMilliseconds: Self.pauseMilliseconds))
        }
        return true
    }

    /// Whether a process of it exists, if only as an entry that nobody has waited for.
    private var hasMembers: Bool {
        do throws(SystemError) {
            try Signal(rawValue: 0).send(toGroup: id)
            return true
        } catch { return false }
    }

    /// Whether a process of it is more than such an entry. Where /proc does not tell, it counts as
    /// living.
    private var hasLivingMembers: Bool {
        // A /proc of another process namespace numbers processes otherwise.
        guard Status(ofProcess: "self")?.process == CurrentProcess.id else { return true }
        do throws(SystemError) {
            return try DirectoryHandle(opening: "/proc").names().contains { name in
                name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                    && isLivingMember(name)
            }
        } catch { return true }
    }

    private func isLivingMember(_ process: String) -> Bool {
        // One that cannot be read has gone meanwhile.
        guard let status = Status(ofProcess: process) else { return false }
        return status.group == id && status.state != "Z" && status.state != "X"
    }
}

/// What proc(5) calls `stat`, as far as it matters here.
private struct Status {
    let process: Int32
    let state: Substring
    let group: Int32

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
