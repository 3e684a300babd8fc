internal import Platform

/// A file that is appended to, and put aside when it has grown or a day is over: `FILE` is written,
/// `FILE.1` is the one before, and so on. Whoever moves it away gets a new one.
struct RotatedFile: Sendable {
    /// When a file is put aside, and for how long it is kept.
    struct Rotation: Sendable {
        /// A file that would grow beyond is put aside.
        var byteCountMax = 64 << 20
        /// How many are kept beside the one that is written; at least one.
        var keptCount = 5
        var age = Age.any
    }

    /// What a file may be about.
    enum Age: Sendable {
        case any
        /// One day of UTC.
        case day
    }

    private let directory: String
    private let name: String
    private let rotation: Rotation
    private var byteCount: Int
    /// The day of what was appended last, in days since 1970; nil before.
    private var day: UInt64?

    /// Opens the file, or makes it.
    init(_ path: String, rotation: Rotation) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        self.rotation = rotation
        let folder = try DirectoryHandle(opening: directory)
        if let count = try folder.byteCount(of: name) {
            byteCount = count
            // Whether it can be written is better known now.
            _ = try folder.open(name, for: .writing)
        } else {
            byteCount = 0
            _ = try folder.open(name, for: .creating)
        }
    }

    /// Appends lines.
    ///
    /// - Parameter unixMilliseconds: when.
    /// - Throws: when the disk did not take all of them; what it took is written over by the next.
    mutating func append(_ lines: [UInt8], unixMilliseconds: UInt64) throws(SystemError) {
        let today = unixMilliseconds / 86_400_000
        let folder = try DirectoryHandle(opening: directory)
        let isOver = rotation.age == .day && day.map { $0 != today } ?? false
        let isFull = byteCount + lines.count > rotation.byteCountMax
        if byteCount > 0, isOver || isFull { try putAside(in: folder) }
        let isThere = try folder.byteCount(of: name) != nil
        if !isThere { byteCount = 0 }
        try folder.open(name, for: isThere ? .writing : .creating).write(lines, at: byteCount)
        byteCount += lines.count
        day = today
    }

    private mutating func putAside(in folder: borrowing DirectoryHandle) throws(SystemError) {
        for number in stride(from: rotation.keptCount - 1, through: 1, by: -1) {
            guard try folder.byteCount(of: "\(name).\(number)") != nil else { continue }
            try folder.rename("\(name).\(number)", to: "\(name).\(number + 1)")
        }
        try folder.rename(name, to: "\(name).1")
        byteCount = 0
    }
}
