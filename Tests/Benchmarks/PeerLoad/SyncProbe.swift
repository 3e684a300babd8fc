import Glibc

/// How long this disk takes to make four kilobytes durable.
enum SyncProbe {
    private static let count = 1000
    private static let byteCount = 4096

    /// Writes into a file that is long enough already, as a log does, and syncs after each write.
    static func run(in directory: String) throws(Failure) -> Figures {
        let path = directory + "/fdatasync"
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Failure("\(path): \(errno)") }
        defer {
            close(file)
            unlink(path)
        }
        let block = [UInt8](repeating: 0xA5, count: byteCount)
        for round in 0..<count { try write(block, to: file, at: round) }
        guard fdatasync(file) == 0 else { throw Failure("\(path): fdatasync: \(errno)") }
        var latencies: [UInt32] = []
        let begin = now()
        for round in 0..<count {
            let start = now()
            try write(block, to: file, at: round)
            guard fdatasync(file) == 0 else { throw Failure("\(path): fdatasync: \(errno)") }
            latencies.append(UInt32(clamping: (now() - start) / 1000))
        }
        return Figures(latencies, step: 1, failureCount: 0, nanoseconds: now() - begin)
    }

    private static func write(_ block: [UInt8], to file: Int32, at place: Int) throws(Failure) {
        let written = block.withUnsafeBytes {
            pwrite(file, $0.baseAddress, $0.count, off_t(place * byteCount))
        }
        guard written == byteCount else { throw Failure("write: \(errno)") }
    }
}
