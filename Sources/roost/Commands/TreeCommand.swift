internal import RoostClient
internal import Wire

/// `roost tree`: draws what lies below a key.
enum TreeCommand {
    static let command = Command(
        Verb(
            "tree",
            summary: "draw the keys below a key",
            explanation: "With --output json: nested objects whose leaves are the values.",
            operands: [Verb.Operand(name: "KEY", count: .atMostOne)],
            flags: ReadFlags.all + [Flag("values", "show the values too")],
            examples: [
                Verb.Example(command: "roost tree /", effect: "draws every key of the store")
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.keyOrRoot(invocation, operand: 0)
        var call = Call.read(Call.path(ofKey: key))
        call.add("recursive")
        try ReadFlags.add(invocation, to: &call)
        let service = try Service(invocation)
        if console.format == .json {
            call.add("format", "tree")
            try console.write(service.read(call).body + [10])
            return .done
        }
        if !invocation.has("values") { call.add("keys") }
        let listing = try service.listing(call)
        try console.write(Array(draw(listing.items, root: key).utf8))
        return .done
    }

    private struct Leaf {
        let segments: [Substring]
        let value: String?
    }

    /// Lines with branches, sorted by segments: in byte order, `/a-b` stands between `/a` and
    /// `/a/c`.
    private static func draw(_ items: [JSONValue], root: [UInt8]) -> String {
        let rootText = String(decoding: root, as: UTF8.self)
        let leaves = items.compactMap { item -> Leaf? in
            guard let key = item["key"]?.string else { return nil }
            let below = String(decoding: key.dropFirst(root.count), as: UTF8.self)
            return Leaf(segments: below.split(separator: "/"), value: item["value"]?.plainText)
        }
        let own = leaves.first { $0.segments.isEmpty }?.value
        var text = rootText + (own.map { " = \($0)" } ?? "") + "\n"
        let below = leaves.filter { !$0.segments.isEmpty }.sorted { left, right in
            left.segments.lexicographicallyPrecedes(right.segments) {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        }
        append(below[...], depth: 0, prefix: "", to: &text)
        return text
    }

    /// A key has at most 4 KiB, so the recursion is at most about 2,000 deep.
    private static func append(
        _ leaves: ArraySlice<Leaf>,
        depth: Int,
        prefix: String,
        to text: inout String
    ) {
        var rest = leaves
        while let first = rest.first {
            let name = first.segments[depth]
            let group = rest.prefix { $0.segments[depth] == name }
            rest = rest.dropFirst(group.count)
            let value = first.segments.count == depth + 1 ? first.value : nil
            let isLast = rest.isEmpty
            text += prefix + (isLast ? "└── " : "├── ") + name
            text += (value.map { " = \($0)" } ?? "") + "\n"
            let below = group.drop { $0.segments.count == depth + 1 }
            append(below, depth: depth + 1, prefix: prefix + (isLast ? "    " : "│   "), to: &text)
        }
    }
}
