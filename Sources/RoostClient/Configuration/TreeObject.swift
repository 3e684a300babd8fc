internal import Bytes
internal import Wire

/// A directory of a tree.
struct TreeObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]

    var allKeys: [Key] {
        object.members.compactMap { Key(stringValue: String(decoding: $0.name, as: UTF8.self)) }
    }

    func contains(_ key: Key) -> Bool { value(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try decoding(key).json == .null }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try leaf(key).decode(type)
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try leaf(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try leaf(key).decode(type)
    }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try leaf(key).decode(type)
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try leaf(key).decode(type)
    }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
        try leaf(key).decode(type)
    }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
        try leaf(key).decode(type)
    }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
        try leaf(key).decode(type)
    }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try leaf(key).decode(type)
    }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
        try leaf(key).decode(type)
    }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
        try leaf(key).decode(type)
    }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try leaf(key).decode(type)
    }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try leaf(key).decode(type)
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try leaf(key).decode(type)
    }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: decoding(key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoding(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoding(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        TreeDecoding(json: .object(object), codingPath: codingPath)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoding(key) }

    // MARK: - Members

    private func value(_ key: Key) -> JSONValue? { object[bytes: Array(key.stringValue.utf8)] }

    private func decoding(_ key: Key) throws -> TreeDecoding {
        guard let value = value(key) else {
            throw Swift.DecodingError.keyNotFound(
                key,
                Swift.DecodingError.Context(
                    codingPath: codingPath,
                    debugDescription: "there is no '\(key.stringValue)'"
                )
            )
        }
        return TreeDecoding(json: value, codingPath: codingPath + [key])
    }

    private func leaf(_ key: Key) throws -> TreeLeafValue { TreeLeafValue(try decoding(key)) }
}
