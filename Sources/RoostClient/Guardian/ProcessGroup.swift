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
    package func terminate() { pass(.terminate) }

    /// Passes a signal on, and wakes what is stopped so that it meets it.
    package func pass(_ signal: Signal) {
        send(signal)
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
    private var hasLivingMembers: Bool { livingMembers.map { !$0.isEmpty } ?? true }

    /// The processes of it that run or are stopped; nil where /proc does not tell.
    package var livingMembers: [Int32]? { members?.map(\.process) }

    /// Whether a process of it is stopped.
    var hasStoppedMember: Bool { members?.contains { $0.state == "T" } ?? false }

    private var members: [ProcessStatus]? {
        // A /proc of another process namespace numbers processes otherwise.
        guard ProcessStatus(ofProcess: "self")?.process == CurrentProcess.id else { return nil }
        do throws(SystemError) {
            return try DirectoryHandle(opening: "/proc").names().compactMap(livingMember)
        } catch { return nil }
    }

    private func livingMember(_ name: String) -> ProcessStatus? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        // One that cannot be read has gone meanwhile.
        guard name.utf8.allSatisfy(digits.contains), let status = ProcessStatus(ofProcess: name),
            status.group == id, status.isLiving
        else { return nil }
        return status
    }
}
