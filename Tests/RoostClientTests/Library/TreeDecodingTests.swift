import Testing
import Wire

@testable import RoostClient

@Suite("Configuration: values of a program's types from a tree of keys")
struct TreeDecodingTests {
    private static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ text: String
    ) throws -> Value {
        try TreeDecoding.decode(type, from: JSONValue(parsing: Array(text.utf8)))
    }

    private struct Everything: Codable, Equatable {
        enum Level: String, Codable { case low, high }

        var text: String
        var flag: Bool
        var number: Int64
        var byte: UInt8
        var big: UInt64
        var real: Double
        var small: Float
        var level: Level
        var list: [Int]
        var table: [String: String]
        var nested: [[String: Int]]
        var missing: String?
    }

    @Test("leaves are read as what is asked for")
    func everything() throws {
        let value = try Self.decode(
            Everything.self,
            #"""
            {"text":"5432","flag":"false","number":"-7","byte":"255","big":"18446744073709551615",
            "real":"1e3","small":"0.5","level":"high","list":"[1,2]","table":{"a":"1","b":"x"},
            "nested":"[{\"a\":1}]"}
            """#
        )
        #expect(
            value
                == Everything(
                    text: "5432",
                    flag: false,
                    number: -7,
                    byte: 255,
                    big: .max,
                    real: 1000,
                    small: 0.5,
                    level: .high,
                    list: [1, 2],
                    table: ["a": "1", "b": "x"],
                    nested: [["a": 1]],
                    missing: nil
                )
        )
    }

    private struct Byte: Codable { var value: UInt8 }

    @Test(
        "what does not fit is refused, and where",
        arguments: [
            #"{"value":"256"}"#, #"{"value":"-1"}"#, #"{"value":"x"}"#, #"{"value":""}"#,
            #"{"value":{"a":"1"}}"#, #"{}"#, #"{"value":"1.5"}"#,
        ]
    )
    func refused(_ text: String) {
        let error = #expect(throws: Swift.DecodingError.self) { try Self.decode(Byte.self, text) }
        guard let error else { return }
        #expect(ConfigurationReader.words(error).contains("value"))
    }

    @Test("an array that is too short and a value of the wrong shape are refused")
    func shapes() {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var elements = try decoder.unkeyedContainer()
                _ = try elements.decode(Int.self)
                _ = try elements.decode(Int.self)
            }
        }
        #expect(throws: Never.self) { try Self.decode([String: Pair].self, #"{"a":"[1,2]"}"#) }
        #expect(throws: Swift.DecodingError.self) {
            try Self.decode([String: Pair].self, #"{"a":"[1]"}"#)
        }
        #expect(throws: Swift.DecodingError.self) {
            try Self.decode([String: Pair].self, #"{"a":"1"}"#)
        }
        #expect(throws: Swift.DecodingError.self) {
            try Self.decode([String: Double].self, #"{"a":"inf"}"#)
        }
    }
}
