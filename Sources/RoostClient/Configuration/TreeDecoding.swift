internal import Bytes
internal import Wire

/// Decodes values from a tree of keys: a directory is an object, a value is its text, which is read
/// as what is asked for: `5432` as a number, `true` as a truth value, `["a","b"]` or `{"a":1}` as
/// JSON where an array or an object is asked for, anything as text.
struct TreeDecoding: Decoder {
    let json: JSONValue
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Decodes a value of a type.
    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from json: JSONValue
    ) throws -> Value {
        try Value(from: TreeDecoding(json: json, codingPath: []))
    }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        guard let object = structured.object else { throw mismatch("an object") }
        return KeyedDecodingContainer(TreeObject(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = structured.array else { throw mismatch("an array") }
        return TreeArray(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { TreeLeafValue(self) }

    /// Text that is JSON as such.
    private var structured: JSONValue {
        guard let text = json.string else { return json }
        do throws(JSONError) { return try JSONValue(parsing: text) } catch { return json }
    }

    // MARK: - Leaves

    func bool() throws -> Bool {
        if let value = json.bool ?? structured.bool { return value }
        throw mismatch("true or false")
    }

    func text() throws -> String {
        if let text = json.string { return String(decoding: text, as: UTF8.self) }
        if case .object = json { throw mismatch("text") }
        // What stands in JSON as a number may be wanted as text.
        var writer = JSONWriter()
        writer.value(json)
        return String(decoding: writer.output, as: UTF8.self)
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        // Text may be longer than the numbers of JSON.
        if let text = json.string, let value = Value(String(decoding: text, as: UTF8.self)) {
            return value
        }
        if let number = json.integer, let value = Value(exactly: number) { return value }
        throw mismatch("a whole number that \(type) holds")
    }

    func real<Value: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Value.Type
    ) throws -> Value {
        guard let value = Value(try text()), value.isFinite else { throw mismatch("a number") }
        return value
    }

    func mismatch(_ wanted: String) -> Swift.DecodingError {
        let found =
            switch json {
            case .object: "a directory"
            case .array: "an array"
            case .null: "null"
            case .string(let text): "'\(String(decoding: text.prefix(80), as: UTF8.self))'"
            case .number, .bool: "another value"
            }
        return Swift.DecodingError.dataCorrupted(
            Swift.DecodingError.Context(
                codingPath: codingPath,
                debugDescription: "\(path) is \(found) where \(wanted) is wanted"
            )
        )
    }

    private var path: String {
        codingPath.isEmpty ? "the root" : codingPath.map(\.stringValue).joined(separator: "/")
    }
}

/// A key of the path to an element.
struct TreePlace: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(index: Int) {
        stringValue = "\(index)"
        intValue = index
    }

    init?(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init?(intValue: Int) { self.init(index: intValue) }
}
