/// Why a stream of lines can't be followed further.
package enum LineError: Error, Hashable, Sendable {
    case tooLong(limit: Int)
}

/// Takes lines out of bytes as they arrive: NDJSON, one JSON text a line.
package struct LineParser: Sendable {
    private let byteCountMax: Int
    private var line: [UInt8] = []

    /// - Parameter byteCountMax: of one line.
    package init(byteCountMax: Int = 16 << 20) { self.byteCountMax = byteCountMax }

    /// The lines that `bytes` complete, in order, without their ends; empty ones are left out.
    package mutating func append(
        _ bytes: some Collection<UInt8>
    ) throws(LineError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                if !line.isEmpty { lines.append(line) }
                line = []
            } else {
                guard line.count < byteCountMax else { throw .tooLong(limit: byteCountMax) }
                line.append(byte)
            }
        }
        return lines
    }
}
