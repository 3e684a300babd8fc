internal import Bytes
internal import Wire

/// Keys of a listing as a tree: drawn for people, or as nested JSON.
///
/// A member renders `?format=tree` of its own records, whole. This reads the JSON of a listing whose
/// pages are joined, and stops at a depth: the two share an order, and no code.
struct KeyOutline {
    /// A key with its value, named by its segments below the root.
    private struct Leaf {
        let segments: [ArraySlice<UInt8>]
        let item: JSONValue

        /// By segments, so that keys of one directory are neighbours, which in byte order they need
        /// not be: `/a-b` comes between `/a` and `/a/b`.
        func precedes(_ other: Leaf) -> Bool {
            for (mine, theirs) in zip(segments, other.segments) where mine != theirs {
                return mine.lexicographicallyPrecedes(theirs)
            }
            return segments.count < other.segments.count
        }
    }

    private let root: [UInt8]
    private let leaves: [Leaf]
    /// How many levels below the root are shown.
    private let depthMax: Int

    init(_ items: [JSONValue], root: [UInt8], depthMax: Int) {
        self.root = root
        self.depthMax = depthMax
        leaves = items.compactMap { item -> Leaf? in
            guard let key = item["key"]?.string else { return nil }
            let below = key.dropFirst(root.count == 1 ? 0 : root.count)
            return Leaf(segments: below.split(separator: UInt8(ascii: "/")), item: item)
        }.sorted { $0.precedes($1) }
    }

    /// Lines with branches, names and values as words.
    var drawing: String {
        let below = leaves.drop { $0.segments.isEmpty }
        let own = below.count < leaves.count ? leaves.first : nil
        var text = TerminalText.word(root) + Self.value(own) + "\n"
        draw(below, depth: 0, prefix: "", to: &text)
        return text
    }

    /// A key has at most 4 KiB, so the recursion is at most about 2,000 deep.
    private func draw(
        _ leaves: ArraySlice<Leaf>,
        depth: Int,
        prefix: String,
        to text: inout String
    ) {
        guard depth < depthMax else { return }
        var rest = leaves
        while let first = rest.first {
            let group = Self.directory(first.segments[depth], of: rest, depth: depth)
            rest = rest.dropFirst(group.count)
            let isLast = rest.isEmpty
            let own = first.segments.count == depth + 1 ? first : nil
            text += prefix + (isLast ? "└── " : "├── ")
            text += TerminalText.word(first.segments[depth]) + Self.value(own) + "\n"
            draw(
                group.dropFirst(own == nil ? 0 : 1),
                depth: depth + 1,
                prefix: prefix + (isLast ? "    " : "│   "),
                to: &text
            )
        }
    }

    private static func directory(
        _ segment: ArraySlice<UInt8>,
        of leaves: ArraySlice<Leaf>,
        depth: Int
    ) -> ArraySlice<Leaf> {
        leaves.prefix { $0.segments[depth] == segment }
    }

    private static func value(_ leaf: Leaf?) -> String {
        leaf?.item["value"].map { " = \($0.plainText)" } ?? ""
    }

    /// Nested objects as `?format=tree` has them: a key with a value and with keys below is an
    /// object whose member with the empty name is its value, and a value that is no text is a data
    /// URL (RFC 2397). Where a directory is not shown, it is null.
    var json: [UInt8] {
        var writer = JSONWriter()
        write(leaves[...], depth: 0, to: &writer)
        return writer.output
    }

    private func write(_ leaves: ArraySlice<Leaf>, depth: Int, to writer: inout JSONWriter) {
        writer.beginObject()
        var rest = leaves
        while let first = rest.first {
            guard first.segments.count > depth else {
                writer.name(bytes: [])
                Self.write(valueOf: first, to: &writer)
                rest = rest.dropFirst()
                continue
            }
            let group = Self.directory(first.segments[depth], of: rest, depth: depth)
            rest = rest.dropFirst(group.count)
            guard depth < depthMax else { continue }
            writer.name(bytes: Array(first.segments[depth]))
            let isLeaf = first.segments.count == depth + 1
            if isLeaf, group.count == 1 || depth + 1 == depthMax {
                Self.write(valueOf: first, to: &writer)
            } else if depth + 1 == depthMax {
                writer.null()
            } else {
                write(group, depth: depth + 1, to: &writer)
            }
        }
        writer.endObject()
    }

    private static func write(valueOf leaf: Leaf, to writer: inout JSONWriter) {
        let value = leaf.item["value"]?.string ?? []
        let isText = leaf.item["encoding"]?.string != Array("base64".utf8)
        writer.string(isText ? value : Array("data:application/octet-stream;base64,".utf8) + value)
    }
}
