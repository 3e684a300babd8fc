internal import CPlatform
internal import Glibc

/// What this process takes of the machine.
package struct ProcessUsage: Hashable, Sendable {
    /// Of all threads, in user mode and in the system.
    package var cpuNanoseconds: UInt64 = 0
    package var residentByteCount: UInt64 = 0
    package var virtualByteCount: UInt64 = 0
    /// Nil where Linux does not count them (before 6.2): to look at each would take long.
    package var descriptorCount: UInt64?
    package var descriptorCountMax: UInt64 = 0

    /// As it is now; zeroes for what the system does not say.
    package static var now: ProcessUsage {
        var usage = ProcessUsage()
        var counts = roost_usage()
        if unsafe roost_read_usage(&counts) == 0 {
            usage.cpuNanoseconds = counts.cpu_nanoseconds
            usage.descriptorCountMax = counts.descriptor_max
            usage.descriptorCount = counts.descriptor_count > 0 ? counts.descriptor_count : nil
        }
        if let (virtual, resident) = memory {
            usage.virtualByteCount = virtual
            usage.residentByteCount = resident
        }
        return usage
    }

    /// Bytes of memory, mapped and resident.
    private static var memory: (virtual: UInt64, resident: UInt64)? {
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: "/proc/self")
            let text = try directory.open("statm", for: .reading).read(at: 0, byteCount: 128)
            let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
            guard fields.count > 1, let pages = UInt64(fields[0]), let held = UInt64(fields[1])
            else { return nil }
            let pageByteCount = UInt64(sysconf(Int32(_SC_PAGESIZE)))
            return (pages * pageByteCount, held * pageByteCount)
        } catch { return nil }
    }
}
