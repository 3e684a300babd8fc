internal import Keyspace
internal import Wire

/// A whole range of keys as it was at one revision, an object a line, in bounded pieces: nothing is
/// kept between them but the last key, and history keeps the revision readable.
struct KeyLines {
    /// Bytes of keys and values, and keys, that one piece takes out of the store.
    private static let piece = Listing.PageLimit(itemCount: 1000, byteCount: 64 << 10)

    private let range: KeyRange
    private let revision: Revision
    private let form: KeyForm
    private var after: Key?

    init(_ range: KeyRange, after: Key?, revision: Revision, form: KeyForm) {
        self.range = range
        self.after = after
        self.revision = revision
        self.form = form
    }

    /// The next lines; the last ones, or what broke the stream off, end it.
    mutating func nextChunk(_ keyspace: Keyspace) -> NativePiece {
        var output: [UInt8] = []
        do {
            let listing = try keyspace.store.list(
                range,
                after: after,
                limit: Self.piece,
                content: form.content,
                at: revision
            )
            for item in listing.items {
                var json = JSONWriter(appendingTo: consume output)
                form.write(item, in: keyspace, to: &json)
                json.endBody()
                output = json.output
            }
            after = listing.next
            return listing.next == nil ? .end(output) : .bytes(output)
        } catch {
            output.append("{\"error\":")
            output.append(contentsOf: Problem(error).json.output)
            output.append("}\n")
            return .end(output)
        }
    }
}
