internal import Wire

/// One line of an audit log, read back.
struct AuditLine {
    let time: PointInTime
    /// As it stands in the file, without its end.
    let text: [UInt8]
    private let value: JSONValue

    /// Nil for bytes that are no line of an audit log.
    init?(_ text: [UInt8]) {
        guard let value = try? JSONValue(parsing: text),
            let time = value["time"]?.string.flatMap({ PointInTime(parsing: $0) }),
            value["call"]?.string != nil, value["outcome"]?.string != nil
        else { return nil }
        self.time = time
        self.text = text
        self.value = value
    }

    /// What of a member's audit log is asked for.
    struct Selection {
        var since: PointInTime?
        /// A whole name.
        var principal: [UInt8]?
        /// Keys and names that begin so.
        var path: [UInt8]?
    }

    /// The key or name that it is about, or a query; empty for none.
    private var object: [UInt8] {
        value["object"]?.string ?? value["object_base64"]?.string ?? []
    }

    /// What a transaction would change, as far as it is named: keys, and `/app/**` for a subtree.
    private var keys: [[UInt8]] {
        (value["keys"]?.array ?? []).compactMap { key in
            key.string ?? key.object?.members.first?.value.string
        }
    }

    func meets(_ selection: Selection) -> Bool {
        if let since = selection.since, time < since { return false }
        if let principal = selection.principal, value["principal"]?.string != principal {
            return false
        }
        guard let path = selection.path else { return true }
        return object.starts(with: path) || keys.contains { Self.key($0, begins: path) }
    }

    /// Whether the key begins with the path, or stands for all below one at which the path lies.
    private static func key(_ key: [UInt8], begins path: [UInt8]) -> Bool {
        if key.starts(with: path) { return true }
        let everything = Array("/**".utf8)
        return key.suffix(everything.count).elementsEqual(everything)
            && path.starts(with: key.dropLast(everything.count - 1))
    }

    /// As people read it.
    var row: String {
        let matter = keys.isEmpty ? object : Array(keys.joined(separator: [UInt8(ascii: ",")]))
        let fields =
            [
                People.time(value["time"]), word("member"), word("principal"), word("address"),
                word("call"), matter.isEmpty ? "-" : TerminalText.word(matter),
                value["revision"]?.whole.map { "\($0)" } ?? "-", word("outcome"),
            ] + (value["change"] == nil ? [] : [word("change")])
        return fields.joined(separator: "  ")
    }

    private func word(_ name: StaticString) -> String {
        value[name]?.string.map { TerminalText.prose(String(decoding: $0, as: UTF8.self)) } ?? "-"
    }
}
