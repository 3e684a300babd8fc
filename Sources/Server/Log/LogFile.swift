internal import Platform

/// A file of lines that is put aside when it has grown, written by a thread of its own: the one that
/// decides never waits for it.
///
/// `FILE` is written, `FILE.1` is the one before, up to `FILE.5`.
final class LogFile: Sendable {
    private enum Item: Sendable {
        case line([UInt8])
        case end
    }

    /// A file that would grow beyond is put aside.
    static let byteCountMax = 64 << 20
    /// How many are kept beside the one that is written.
    static let keptCount = 5
    /// Lines beyond this wait for a file that does not take them, and are lost.
    private static let waitingCountMax = 4096

    private let items = LockedQueue<Item>()
    private let work: Wakeup
    private let ended: Wakeup

    /// Opens the file, or makes it, and starts the thread.
    ///
    /// - Parameter byteCountMax: when it is put aside.
    init(_ path: String, byteCountMax: Int = LogFile.byteCountMax) throws(SystemError) {
        work = try Wakeup(.blocking)
        ended = try Wakeup(.blocking)
        let pages = try Pages(path, byteCountMax: byteCountMax)
        _ = try Thread(named: "roost-text") { [self] in carryOut(pages) }
    }

    /// Has a line written; lost where the file takes nothing.
    func put(_ line: [UInt8]) {
        let met = items.append(.line(line), limit: Self.waitingCountMax)
        if met == .wasEmpty { work.signal() }
    }

    /// Returns once every line is written, and the thread is done.
    func end() {
        if items.append(.end) == .wasEmpty { work.signal() }
        ended.wait()
    }

    private func carryOut(_ opened: Pages) {
        var pages = opened
        while true {
            work.wait()
            for item in items.takeAll() {
                switch item {
                case .line(let line): pages.append(line)
                case .end: return ended.signal()
                }
            }
        }
    }
}

/// The file that is written and those before it, on the thread that writes.
private struct Pages: Sendable {
    private let directory: String
    private let name: String
    private let byteCountMax: Int
    private var byteCount: Int

    init(_ path: String, byteCountMax: Int) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        self.byteCountMax = byteCountMax
        let folder = try DirectoryHandle(opening: directory)
        if let count = try folder.byteCount(of: name) {
            byteCount = count
        } else {
            byteCount = 0
            _ = try folder.open(name, for: .creating)
        }
    }

    /// Appends a line; what the disk does not take is lost, and the next line is tried again.
    mutating func append(_ line: [UInt8]) {
        do throws(SystemError) {
            let folder = try DirectoryHandle(opening: directory)
            if byteCount > 0, byteCount + line.count > byteCountMax { try putAside(in: folder) }
            // Whoever moved it away gets a new one.
            let isThere = try folder.byteCount(of: name) != nil
            if !isThere { byteCount = 0 }
            try folder.open(name, for: isThere ? .writing : .creating).write(line, at: byteCount)
            byteCount += line.count
        } catch { return }
    }

    private mutating func putAside(in folder: borrowing DirectoryHandle) throws(SystemError) {
        for number in stride(from: LogFile.keptCount - 1, through: 1, by: -1) {
            guard try folder.byteCount(of: "\(name).\(number)") != nil else { continue }
            try folder.rename("\(name).\(number)", to: "\(name).\(number + 1)")
        }
        try folder.rename(name, to: "\(name).1")
        byteCount = 0
    }
}
