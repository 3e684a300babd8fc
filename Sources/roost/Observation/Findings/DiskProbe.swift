internal import Bytes
internal import Platform

/// What syncs of a disk take, measured as the log makes them: blocks of 4 KiB, written one after
/// another into a file that has its length already, each made durable before the next.
package struct DiskProbe {
    /// What came of it.
    package struct Figures: Hashable, Sendable {
        package let directory: String
        package let count: Int
        package let meanNanoseconds: UInt64
        /// A hundredth took this long or longer.
        package let tailNanoseconds: UInt64
        package let maxNanoseconds: UInt64

        /// - Parameter durations: of the syncs in nanoseconds, one at least.
        package init(directory: String, durations: [UInt64]) {
            let sorted = durations.sorted()
            self.directory = directory
            count = sorted.count
            meanNanoseconds = sorted.isEmpty ? 0 : sorted.reduce(0, &+) / UInt64(sorted.count)
            tailNanoseconds = sorted.isEmpty ? 0 : sorted[(sorted.count - 1) * 99 / 100]
            maxNanoseconds = sorted.last ?? 0
        }

        var checkup: Checkup {
            let measured =
                "\(count) syncs in \(directory): mean \(Figure.time(nanoseconds: meanNanoseconds)), "
                + "p99 \(Figure.time(nanoseconds: tailNanoseconds)), "
                + "max \(Figure.time(nanoseconds: maxNanoseconds))"
            let isSlow = tailNanoseconds > ClusterLook.syncNanosecondsMax
            let finding = Ailment(
                "one of a hundred syncs in \(directory) takes "
                    + "\(Figure.time(nanoseconds: tailNanoseconds)) or more, with nothing else to do",
                advice: "choose another disk for a member: one with power-loss protection makes a "
                    + "sync in well under a millisecond"
            )
            return Checkup(.probe, measured: measured, findings: isSlow ? [finding] : [])
        }
    }

    private static let fileName = ".roost-doctor"
    private static let blockByteCount = 4 << 10
    private static let blockCount = 256
    private static let durationMilliseconds: UInt64 = 1_000

    /// Measures for a second, or one sync that takes longer. The file has no name once it is open,
    /// so that nothing is left however roost ends.
    static func measure(_ path: String) throws(Failure) -> Figures {
        do throws(SystemError) {
            let directory = try DirectoryHandle(opening: path)
            let file = try directory.open(fileName, for: .creating)
            try directory.remove(fileName)
            let length = blockByteCount * blockCount
            try file.write([UInt8](repeating: 0, count: length), at: 0)
            try file.synchronize()
            return Figures(directory: path, durations: try durations(of: file))
        } catch { throw .local("cannot measure the disk of '\(path)': \(error)") }
    }

    private static func durations(of file: borrowing FileHandle) throws(SystemError) -> [UInt64] {
        let block = [UInt8](repeating: 0xA5, count: blockByteCount)
        let end = Clock.monotonicNow().advanced(byMilliseconds: durationMilliseconds)
        var durations: [UInt64] = []
        repeat {
            let begun = Clock.monotonicNow()
            try file.write(block, at: durations.count % blockCount * blockByteCount)
            try file.synchronize()
            durations.append(Clock.monotonicNow().nanoseconds(since: begun))
        } while Clock.monotonicNow() < end
        return durations
    }
}
