internal import Bytes
internal import Platform
internal import Wire

/// Keeps the files of a directory equal to a tree. Nothing outside the directory is ever written:
/// names of keys are no `..`, and no symbolic link is followed.
///
/// What it wrote stands in a list in the directory, so that files of keys that are gone are removed,
/// and nobody else's.
struct DirectoryMirror: ~Copyable {
    /// The list of files, and what a new one is called until it is whole.
    private static let listName = ".roost-sync"
    private static let draftName = ".roost-sync.new"
    /// The longest name that file systems take, in bytes.
    private static let nameByteCountMax = 255
    private static let listByteCountMax = 256 << 20

    /// What one pass came to; paths are those below the root.
    struct Changes {
        var written: [[UInt8]] = []
        var removed: [[UInt8]] = []
        /// Keys that can be no file, and why.
        var refused: [(path: [UInt8], why: String)] = []

        var areNone: Bool { written.isEmpty && removed.isEmpty }
    }

    private let directory: DirectoryHandle
    let key: [UInt8]
    /// Permissions of files; those of directories follow from them.
    private let permissions: UInt16
    /// The files that were written.
    private var files: Set<[UInt8]>

    /// Opens the directory, made if it is missing.
    ///
    /// - Parameter key: the tree's root.
    init(_ path: String, of key: [UInt8], permissions: UInt16) throws(Failure) {
        let directory = try Self.open(path)
        files = try Self.list(in: directory, of: key, at: path)
        self.directory = directory
        self.key = key
        self.permissions = permissions
    }

    private static func open(_ path: String) throws(Failure) -> DirectoryHandle {
        do throws(SystemError) { return try DirectoryHandle(creating: path) } catch {
            throw .local("cannot open the directory \(path): \(error)")
        }
    }

    /// Makes the files what the leaves are.
    mutating func update(_ leaves: [TreeLeaf]) throws(Failure) -> Changes {
        var changes = Changes()
        let wanted = Self.files(leaves, refused: &changes.refused)
        do throws(SystemError) {
            let gone = files.subtracting(wanted.map(\.path)).sorted {
                $1.lexicographicallyPrecedes($0)
            }
            for path in gone {
                try remove(path)
                changes.removed.append(path)
            }
            files.subtract(gone)
            // A break leaves no file that nobody knows.
            let known = files
            files.formUnion(wanted.map(\.path))
            if !gone.isEmpty || files != known { try writeList() }
            for leaf in wanted {
                if try write(leaf) { changes.written.append(leaf.path) }
            }
        } catch { throw .local("cannot write the files: \(error)") }
        return changes
    }

    /// The leaves that can be files.
    private static func files(
        _ leaves: [TreeLeaf],
        refused: inout [(path: [UInt8], why: String)]
    ) -> [TreeLeaf] {
        var directories: Set<[UInt8]> = []
        for leaf in leaves {
            var path = leaf.path
            while let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
                path.removeSubrange(slash...)
                guard directories.insert(path).inserted else { break }
            }
        }
        return leaves.filter { leaf in
            let why: String? =
                if leaf.path.isEmpty {
                    "it has the directory's place"
                } else if directories.contains(leaf.path) {
                    "it has others below it, and is a directory"
                } else if leaf.segments.contains(where: { $0.count > nameByteCountMax }) {
                    "a name is longer than \(nameByteCountMax) bytes"
                } else if leaf.segments.contains(where: isOwn) {
                    "the name is this command's own"
                } else {
                    nil
                }
            if let why { refused.append((leaf.path, why)) }
            return why == nil
        }
    }

    private static func isOwn(_ segment: ArraySlice<UInt8>) -> Bool {
        segment.elementsEqual(listName.utf8) || segment.elementsEqual(draftName.utf8)
    }

    // MARK: - Files

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// Executable where it is readable.
    private var directoryPermissions: UInt16 { permissions | (permissions & 0o444) >> 2 }

    /// Replaces a file in one step; false where it is so already.
    private func write(_ leaf: TreeLeaf) throws(SystemError) -> Bool {
        let segments = leaf.segments
        let name = Self.text(segments[segments.count - 1])
        let parent = try self.parent(of: segments, making: directoryPermissions)
        return try Self.replace(name, with: leaf.value, in: parent, permissions: permissions)
    }

    private static func replace(
        _ name: String,
        with content: [UInt8],
        in directory: borrowing DirectoryHandle,
        permissions: UInt16
    ) throws(SystemError) -> Bool {
        guard directory.content(of: name, byteCount: content.count) != content else { return false }
        try directory.remove(draftName)
        let file = try directory.open(draftName, for: .making(permissions: permissions))
        try file.write(content, at: 0)
        try file.synchronize()
        try directory.rename(draftName, to: name)
        return true
    }

    private func parent(
        of segments: [ArraySlice<UInt8>],
        making permissions: UInt16?
    ) throws(SystemError) -> DirectoryHandle {
        var current = try directory.directory(".")
        for segment in segments.dropLast() {
            current = try current.directory(Self.text(segment), making: permissions)
        }
        return current
    }

    /// Removes a file, and the directories above that are empty then.
    private func remove(_ path: [UInt8]) throws(SystemError) {
        var segments = path.split(separator: UInt8(ascii: "/"))
        do throws(SystemError) {
            try parent(of: segments, making: nil).remove(Self.text(segments[segments.count - 1]))
        } catch {
            // Whoever put something else in its place may keep it.
            return
        }
        while segments.count > 1 {
            segments.removeLast()
            do throws(SystemError) {
                try parent(of: segments, making: nil)
                    .removeDirectory(Self.text(segments[segments.count - 1]))
            } catch { return }
        }
    }

    // MARK: - The list

    private static func list(
        in directory: borrowing DirectoryHandle,
        of key: [UInt8],
        at path: String
    ) throws(Failure) -> Set<[UInt8]> {
        let text: [UInt8]
        do throws(SystemError) {
            guard let count = try directory.byteCount(of: listName) else { return [] }
            text = directory.content(of: listName, byteCount: min(count, listByteCountMax)) ?? []
        } catch { throw .local("cannot read \(path)/\(listName): \(error)") }
        let json: JSONValue?
        do throws(JSONError) {
            json = try JSONValue(parsing: text, limits: JSONLimits(valueCountMax: 1 << 22))
        } catch { json = nil }
        guard let json, let root = json["key"]?.string, let files = json["files"]?.array else {
            throw .local(
                "\(path)/\(listName) is no list of files; remove it, and see what is stale"
            )
        }
        guard root == key else {
            throw .local(
                "\(path) has the files of \(KeyNotation.path.word(root)); give "
                    + "\(KeyNotation.path.word(key)) a directory of its own"
            )
        }
        return Set(files.compactMap(\.string).filter(isSafe))
    }

    /// Whether a path of the list is one that this command writes.
    private static func isSafe(_ path: [UInt8]) -> Bool {
        do throws(Failure) { return try KeyArgument.path(path, hint: "").count > 1 } catch {
            return false
        }
    }

    private func writeList() throws(SystemError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("key", string: key)
        writer.name("files")
        writer.beginArray()
        for file in files.sorted(by: { $0.lexicographicallyPrecedes($1) }) { writer.string(file) }
        writer.endArray()
        writer.endObject()
        _ = try Self.replace(
            Self.listName,
            with: writer.output,
            in: directory,
            permissions: 0o600
        )
    }
}
