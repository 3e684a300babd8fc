internal import Bytes
internal import Keyspace
internal import Wire

/// `?recursive&format=tree`: keys as nested JSON, `{"db":{"url":"…"}}` for `/db/url` below `/`.
///
/// A key with a value and with keys below is an object whose member with the empty name is its
/// value. A value that is no text is a data URL (RFC 2397), and so is a text that begins like one,
/// so that `TreeBody` reads back what was written.
struct NestedJSON {
    /// What the data URL of bytes begins with.
    static let dataPrefix = [UInt8]("data:application/octet-stream;base64,")

    private let values: KeyForm.Values

    /// - Parameter values: `.json` gives values that are JSON as JSON.
    static func response(
        _ listing: Listing,
        root: Key,
        values: KeyForm.Values
    ) throws(Problem) -> HTTPResponse {
        guard listing.next == nil else {
            throw Problem(
                .tooLarge,
                "The tree is larger than one answer may be; read it in pages, without format=tree."
            )
        }
        var leaves = listing.items.compactMap { item in
            item.record.map { Leaf($0, below: root) }
        }
        guard leaves.allSatisfy({ $0.segments.count < JSONLimits.depthMax }) else {
            throw Problem(
                .tooLarge,
                "The tree is deeper than \(JSONLimits.depthMax - 1); read it without format=tree."
            )
        }
        leaves.sort { $0.precedes($1) }
        var json = JSONWriter()
        NestedJSON(values: values).write(leaves[...], depth: 0, to: &json)
        return .json(json)
    }

    /// One object for `leaves`, which share their first `depth` segments.
    private func write(
        _ leaves: ArraySlice<Leaf>,
        depth: Int,
        to json: inout JSONWriter
    ) {
        json.beginObject()
        var rest = leaves
        while let first = rest.first {
            guard first.segments.count > depth else {
                json.name(bytes: [])
                append(first.value, to: &json)
                rest = rest.dropFirst()
                continue
            }
            let segment = first.segments[depth]
            let group = rest.prefix { $0.segments[depth] == segment }
            json.name(bytes: Array(segment))
            if group.count == 1, first.segments.count == depth + 1 {
                append(first.value, to: &json)
            } else {
                write(group, depth: depth + 1, to: &json)
            }
            rest = rest.dropFirst(group.count)
        }
        json.endObject()
    }

    private func append(_ value: [UInt8], to json: inout JSONWriter) {
        if values == .json, let nested = value.compactJSON {
            json.json(nested)
        } else if value.span.isValidUTF8, !value.starts(with: Self.dataPrefix) {
            json.string(value)
        } else {
            json.string(Self.dataPrefix + Base64.encode(value))
        }
    }

    private struct Leaf {
        /// Below the root of the tree; none for the root itself.
        let segments: [ArraySlice<UInt8>]
        let value: [UInt8]

        init(_ record: KeyRecord, below root: Key) {
            let prefix = root == .root ? 0 : root.bytes.count
            segments = record.key.bytes.dropFirst(prefix).split(separator: UInt8(ascii: "/"))
            value = record.value
        }

        /// By segments, so that keys of one directory are neighbours, which in byte order they need
        /// not be: `/a-b` comes between `/a` and `/a/b`.
        func precedes(_ other: Leaf) -> Bool {
            for (mine, theirs) in zip(segments, other.segments) where mine != theirs {
                return mine.lexicographicallyPrecedes(theirs)
            }
            return segments.count < other.segments.count
        }
    }
}
