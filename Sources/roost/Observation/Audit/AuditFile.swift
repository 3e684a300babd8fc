internal import Platform

/// The lines of one audit log, one after another, however long it is.
final class AuditFile {
    private static let readByteCount = 256 << 10
    /// No line of an audit log comes near it.
    private static let lineByteCountMax = 1 << 20

    let path: String
    private let file: SequentialFile
    private var bytes: [UInt8] = []
    private var offset = 0
    private var lineNumber = 0
    private var hasEnded = false
    private let selection: AuditLine.Selection
    /// The line that is to be shown next, if there is one left.
    private(set) var next: AuditLine?
    /// Whether it is empty, or some line of it is one of an audit log.
    private(set) var isAuditLog = true
    private var hasLines = false
    /// What is no line of an audit log: how many such there were, and which was the first.
    private(set) var strays: (count: Int, firstLine: Int)?

    init(_ path: String, selection: AuditLine.Selection) throws(SystemError) {
        self.path = path
        self.selection = selection
        file = try SequentialFile(opening: path)
        try advance()
    }

    /// Goes on to the next line that was asked for.
    func advance() throws(SystemError) {
        next = nil
        defer { isAuditLog = hasLines || strays == nil && lineNumber == 0 && bytes.isEmpty }
        while let text = try readLine() {
            guard !text.isEmpty else { continue }
            guard let line = AuditLine(text) else {
                strays = ((strays?.count ?? 0) + 1, strays?.firstLine ?? lineNumber)
                continue
            }
            hasLines = true
            guard line.meets(selection) else { continue }
            next = line
            return
        }
    }

    /// Nil at the end; what follows the last line feed was cut off, and is none.
    private func readLine() throws(SystemError) -> [UInt8]? {
        var searched = offset
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { offset = end + 1 }
                lineNumber += 1
                return Array(bytes[offset..<end])
            }
            guard !hasEnded, bytes.count - offset < Self.lineByteCountMax else { return nil }
            bytes.removeFirst(offset)
            offset = 0
            searched = bytes.count
            let part = try file.readPart(byteCountMax: Self.readByteCount)
            hasEnded = part.isEmpty
            bytes += part
        }
    }
}
