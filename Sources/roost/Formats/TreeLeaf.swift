internal import Bytes

/// A key of a tree with its value, named by where it lies below the tree's root.
package struct TreeLeaf: Hashable, Sendable {
    /// Empty for the root, else a slash and segments joined by slashes, valid UTF-8.
    package let path: [UInt8]
    /// Any bytes.
    package let value: [UInt8]

    package init(path: [UInt8], value: [UInt8]) {
        self.path = path
        self.value = value
    }

    var segments: [ArraySlice<UInt8>] { path.split(separator: UInt8(ascii: "/")) }

    /// By segments, so that keys of one directory are neighbours, which in byte order they need not
    /// be: `/a-b` comes between `/a` and `/a/b`.
    func precedes(_ other: TreeLeaf) -> Bool {
        let slash = UInt8(ascii: "/")
        for (mine, theirs) in zip(path, other.path) where mine != theirs {
            if mine == slash || theirs == slash { return mine == slash }
            return mine < theirs
        }
        return path.count < other.path.count
    }
}

/// A value as text, for formats that know nothing else: as it is where it is valid UTF-8, else as
/// the data URL (RFC 2397) that the service's nested JSON has for bytes.
package enum MarkedValue {
    /// What a data URL of bytes begins with. A text that begins so is marked, too.
    package static let prefix = Array("data:application/octet-stream;base64,".utf8)

    /// - Parameter isPlain: whether the format can write such a text.
    static func text(of value: [UInt8], isPlain: ([UInt8]) -> Bool = { _ in true }) -> [UInt8] {
        guard value.span.isValidUTF8, !value.starts(with: prefix), isPlain(value) else {
            return prefix + Base64.encode(value)
        }
        return value
    }

    /// Nil for a data URL without padded base64.
    static func value(of text: [UInt8]) -> [UInt8]? {
        guard text.starts(with: prefix) else { return text }
        return Base64.decode(Array(text.dropFirst(prefix.count)))
    }
}

/// A directory of a tree and what lies in it, for formats that nest.
struct TreeLevel {
    /// Names below this depth are joined by slashes: a path may have two thousand segments.
    private static let depthMax = 32

    let name: [UInt8]
    /// The directory's own value.
    let value: [UInt8]?
    /// In the order of names.
    let children: [TreeLevel]

    /// The root of a tree.
    init(_ leaves: [TreeLeaf]) {
        let sorted = leaves.sorted { $0.precedes($1) }.map { leaf -> Leaf in
            (leaf.segments, leaf.value)
        }
        self.init(name: [], leaves: sorted[...], depth: 0)
    }

    private typealias Leaf = (segments: [ArraySlice<UInt8>], value: [UInt8])

    /// - Parameter leaves: sorted, with the same first `depth` segments.
    private init(name: [UInt8], leaves: ArraySlice<Leaf>, depth: Int) {
        self.name = name
        var rest = leaves
        value = rest.first.flatMap { $0.segments.count == depth ? $0.value : nil }
        if value != nil { rest.removeFirst() }
        var children: [TreeLevel] = []
        while let first = rest.first {
            guard depth < Self.depthMax else {
                let name = Array(first.segments[depth...].joined(separator: [UInt8(ascii: "/")]))
                children.append(TreeLevel(name: name, value: first.value))
                rest.removeFirst()
                continue
            }
            let segment = first.segments[depth]
            let group = rest.prefix { $0.segments[depth] == segment }
            children.append(TreeLevel(name: Array(segment), leaves: group, depth: depth + 1))
            rest = rest.dropFirst(group.count)
        }
        self.children = children
    }

    private init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
        children = []
    }
}
