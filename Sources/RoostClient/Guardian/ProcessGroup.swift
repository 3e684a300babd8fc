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

    /// Whether a process of it is more than such an entry (proc(5), `stat`: state and group). What
    /// cannot be read counts as living.
    private var hasLivingMembers: Bool {
        do throws(SystemError) {
            return try DirectoryHandle(opening: "/proc").names().contains { name in
                name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                    && isLivingMember(name)
            }
        } catch { return true }
    }

    private func isLivingMember(_ process: String) -> Bool {
        let status: [UInt8]
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: "/proc/\(process)")
            status = try directory.open("stat", for: .reading).read(at: 0, byteCount: 1024)
        } catch { return false }  // It has gone meanwhile.
        // The name stands in parentheses and may hold some itself.
        guard let nameEnd = status.lastIndex(of: UInt8(ascii: ")")) else { return true }
        let fields = String(decoding: status[(nameEnd + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 2, let group = Int32(fields[2]) else { return true }
        return group == id && fields[0] != "Z" && fields[0] != "X"
    }
}
