package import Wire

extension JSONValue {
    /// One line for people: strings without quotes unless they hold control characters.
    package var plainText: String {
        if case .string(let bytes) = self, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        if case .null = self { return "-" }
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.output, as: UTF8.self)
    }
}
