internal import Bytes
internal import Wire

/// The changes of a tree as JSON merge patches (RFC 7396), each of a size that one request may have.
///
/// In such a patch a string takes the place of all that lies below it, and what lies below takes
/// the place of a string; each says therefore what is to stay beside what changes.
struct TreePatches {
    /// The most keys of a patch: each may be two parts of a tree's writing.
    private static let keyCountMax = 40_000
    /// Bytes after which a patch ends; the least that a request's body may have is 1.5 MiB.
    private static let byteCountMax = 1_300_000
    /// The most segments below the root: a request's JSON has 64 levels.
    static let depthMax = 62

    /// What a key is to have: nil is nothing.
    private typealias Entry = (path: [UInt8], value: [UInt8]?)
    /// The same by its segments.
    private typealias Named = (segments: [ArraySlice<UInt8>], value: [UInt8]?)

    private var rest: ArraySlice<TreeComparison.Change>
    /// The tree as it is after the patches so far.
    private var values: [[UInt8]: [UInt8]] = [:]
    /// How many keys lie below each directory.
    private var counts: [[UInt8]: Int] = [:]

    init(_ comparison: TreeComparison, of present: [TreeLeaf]) throws(Failure) {
        rest = comparison.changes[...]
        for leaf in present { set(leaf.path, to: leaf.value) }
        guard let deep = rest.first(where: { $0.path.segmentCount > Self.depthMax }) else { return }
        throw .local(
            "\(TerminalText.word(deep.path)) lies more than \(Self.depthMax) levels below; write "
                + "a part of the tree that is nearer to it"
        )
    }

    /// The next patch, nil when there is none.
    mutating func next() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        var entries: [Entry] = []
        var taken: Set<[UInt8]> = []
        var byteCount = 0
        while let change = rest.first {
            let cost = Self.cost(of: change)
            let isFull =
                entries.count >= Self.keyCountMax || byteCount + cost > Self.byteCountMax
            if isFull, !entries.isEmpty { break }
            rest.removeFirst()
            for directory in change.path.directories where counts[directory] == nil {
                // A value that nothing lies below yet would go.
                guard let value = values[directory], taken.insert(directory).inserted else {
                    continue
                }
                entries.append((directory, value))
                byteCount += Self.cost(of: directory, value: value)
            }
            taken.insert(change.path)
            entries.append((change.path, change.after))
            byteCount += cost
        }
        entries.sort {
            TreeLeaf(path: $0.path, value: []).precedes(TreeLeaf(path: $1.path, value: []))
        }
        var writer = JSONWriter()
        let named = entries.map { entry -> Named in
            (entry.path.split(separator: UInt8(ascii: "/")), entry.value)
        }
        write(named[...], below: [], depth: 0, to: &writer)
        for entry in entries { set(entry.path, to: entry.value) }
        return writer.output
    }

    private mutating func set(_ path: [UInt8], to value: [UInt8]?) {
        let before = values[path]
        values[path] = value
        let growth = (value == nil ? 0 : 1) - (before == nil ? 0 : 1)
        guard growth != 0 else { return }
        for directory in path.directories {
            let count = (counts[directory] ?? 0) + growth
            counts[directory] = count == 0 ? nil : count
        }
    }

    // MARK: - Writing

    /// - Parameter entries: in the order of segments, with the same first `depth`.
    private func write(
        _ entries: ArraySlice<Named>,
        below directory: [UInt8],
        depth: Int,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        var rest = entries
        if let own = rest.first, own.segments.count == depth {
            writer.name(bytes: [])
            Self.append(own.value, to: &writer)
            rest.removeFirst()
        }
        while let first = rest.first {
            let segment = first.segments[depth]
            let group = rest.prefix { $0.segments[depth] == segment }
            rest = rest.dropFirst(group.count)
            writer.name(bytes: Array(segment))
            let path = directory + [UInt8(ascii: "/")] + segment
            // What has nothing below is one part of the writing.
            if group.count == 1, first.segments.count == depth + 1, counts[path] == nil {
                Self.append(first.value, to: &writer)
            } else {
                write(group, below: path, depth: depth + 1, to: &writer)
            }
        }
        writer.endObject()
    }

    private static func append(_ value: [UInt8]?, to writer: inout JSONWriter) {
        guard let value else { return writer.null() }
        writer.string(MarkedValue.text(of: value))
    }

    private static func cost(of change: TreeComparison.Change) -> Int {
        cost(of: change.path, value: change.after)
    }

    /// No less than what the key takes in a patch.
    private static func cost(of path: [UInt8], value: [UInt8]?) -> Int {
        var writer = JSONWriter()
        writer.string(path)
        append(value, to: &writer)
        return writer.output.count + 8 * path.segmentCount
    }
}

extension [UInt8] {
    fileprivate var segmentCount: Int { count { $0 == UInt8(ascii: "/") } }

    /// The directories that a path lies in, the root's own name, which is empty, left out.
    fileprivate var directories: [[UInt8]] {
        indices.dropFirst().filter { self[$0] == UInt8(ascii: "/") }.map { Array(self[..<$0]) }
    }
}
