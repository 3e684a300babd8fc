internal import Wire

/// An array of a tree: the text of a value, as JSON.
struct TreeArray: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: [JSONValue], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try leaf().decode(type) }
    mutating func decode(_ type: String.Type) throws -> String { try leaf().decode(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try leaf().decode(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try leaf().decode(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try leaf().decode(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try leaf().decode(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try leaf().decode(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try leaf().decode(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try leaf().decode(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try leaf().decode(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try leaf().decode(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try leaf().decode(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try leaf().decode(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try leaf().decode(type) }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try Value(from: next())
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next() }

    // MARK: - Elements

    private mutating func next() throws -> TreeDecoding {
        let place = TreePlace(index: currentIndex)
        guard !isAtEnd else {
            throw Swift.DecodingError.valueNotFound(
                JSONValue.self,
                Swift.DecodingError.Context(
                    codingPath: codingPath + [place],
                    debugDescription: "there are only \(elements.count) elements"
                )
            )
        }
        defer { currentIndex += 1 }
        return TreeDecoding(json: elements[currentIndex], codingPath: codingPath + [place])
    }

    private mutating func leaf() throws -> TreeLeafValue { TreeLeafValue(try next()) }
}
