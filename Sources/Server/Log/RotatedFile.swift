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
    /// Whether the last lines may not have gone out whole: what follows begins a line of its own.
    private var isTorn = false
    /// The day of what was appended last, in days since 1970; nil before.
    private var day: UInt64?

    /// Opens the file, or makes it.
    init(_ path: String, rotation: Rotation) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        self.rotation = rotation
        // Whether it can be written is better known now.
        let folder = try DirectoryHandle(opening: directory)
        let file = try folder.open(name, for: .appending)
        let count = try folder.byteCount(of: name) ?? 0
        if count > 0 {
            isTorn = try file.read(at: count - 1, byteCount: 1) != [UInt8(ascii: "\n")]
        }
    }

    /// Appends lines.
    ///
    /// - Parameter unixMilliseconds: when.
    /// - Throws: when the disk did not take all of them.
    mutating func append(_ lines: [UInt8], unixMilliseconds: UInt64) throws(SystemError) {
        let today = unixMilliseconds / 86_400_000
        let folder = try DirectoryHandle(opening: directory)
        let byteCount = try folder.byteCount(of: name) ?? 0
        let isOver = rotation.age == .day && day.map { $0 != today } ?? false
        let isFull = byteCount + lines.count > rotation.byteCountMax
        if byteCount > 0, isOver || isFull {
            try putAside(in: folder)
            isTorn = false
        }
        let file = try folder.open(name, for: .appending)
        let whole = isTorn ? [UInt8(ascii: "\n")] + lines : lines
        // What others append meanwhile, or cut off, is left as it is.
        isTorn = true
        try file.write(whole, at: byteCount)
        isTorn = false
        day = today
    }

    private mutating func putAside(in folder: borrowing DirectoryHandle) throws(SystemError) {
        for number in stride(from: rotation.keptCount - 1, through: 1, by: -1) {
            guard try folder.byteCount(of: "\(name).\(number)") != nil else { continue }
            try folder.rename("\(name).\(number)", to: "\(name).\(number + 1)")
        }
        try folder.rename(name, to: "\(name).1")
    }
}
