import Testing
import Wire

@Suite("JSON, RFC 8259")
struct JSONTests {
    @Test(
        "section 3 and on: what is no JSON text",
        arguments: [
            ("", .unexpectedEnd), (" ", .unexpectedEnd), ("{", .unexpectedEnd),
            ("[1", .unexpectedEnd), ("[1,]", .unexpectedByte(0x5D, at: 3)),
            ("{\"a\":1,}", .unexpectedByte(0x7D, at: 7)), ("{a:1}", .unexpectedByte(0x61, at: 1)),
            ("{\"a\" 1}", .unexpectedByte(0x31, at: 5)), ("tru", .unexpectedEnd),
            ("nulx", .unexpectedByte(0x78, at: 3)), ("1 2", .trailingBytes(at: 2)),
            ("\"a", .unexpectedEnd), ("\"\n\"", .controlCharacter(at: 1)),
            ("\"\\x\"", .invalidEscape(at: 1)), ("\"\\u12\"", .unexpectedEnd),
            ("\"\\u12G4\"", .invalidEscape(at: 1)), ("\"\\", .unexpectedEnd),
            ("\"\\ud800\"", .loneSurrogate(at: 1)), ("\"\\udc00\"", .loneSurrogate(at: 1)),
            ("\"\\ud800\\u0041\"", .loneSurrogate(at: 1)), ("01", .invalidNumber(at: 0)),
            ("-", .invalidNumber(at: 0)), ("1.", .invalidNumber(at: 0)),
            (".5", .unexpectedByte(0x2E, at: 0)), ("1e", .invalidNumber(at: 0)),
            ("1e9999", .invalidNumber(at: 0)), ("9007199254740992", .invalidNumber(at: 0)),
            ("1e16", .invalidNumber(at: 0)), ("NaN", .unexpectedByte(0x4E, at: 0)),
            ("{\"a\":1,\"a\":2}", .duplicateName([0x61], at: 1)),
            ("{\"a\":1,\"\\u0061\":2}", .duplicateName([0x61], at: 1)),
            ("\u{FEFF}1", .unexpectedByte(0xEF, at: 0)),
        ] as [(String, JSONError)]
    )
    func refused(_ text: String, error: JSONError) {
        #expect(throws: error) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test("depth, number of values, invalid UTF-8, duplicates among many")
    func limits() throws {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_500_000)
        #expect(throws: JSONError.tooDeep(limit: 64, at: 64)) { try JSONValue(parsing: deep) }
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSONValue(parsing: Array(deepest.utf8))
        let wide = "[" + String(repeating: "0,", count: 70_000) + "0]"
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(wide.utf8)) }
        #expect(throws: JSONError.invalidUTF8) {
            try JSONValue(parsing: [UInt8(ascii: "\""), 0xC0, 0x80, UInt8(ascii: "\"")])
        }
        let many = (0..<200).map { "\"k\($0 % 199)\":0" }.joined(separator: ",")
        #expect(throws: JSONError.duplicateName(Array("k0".utf8), at: 1)) {
            try JSONValue(parsing: Array("{\(many)}".utf8))
        }
    }

    @Test("strings are the bytes they stand for")
    func strings() throws {
        let rows: [(String, [UInt8])] = [
            ("\"\"", []), ("\"é\"", Array("é".utf8)),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", Array("\"\\/\u{8}\u{C}\n\r\t".utf8)),
            ("\"a\\u0000b\"", [0x61, 0, 0x62]), ("\"\\uD83D\\uDE00!\"", Array("😀!".utf8)),
            ("\"\\u00e9\"", Array("é".utf8)), ("\"e\u{301}\"", Array("e\u{301}".utf8)),
        ]
        for (text, bytes) in rows {
            #expect(try JSONValue(parsing: Array(text.utf8)).string == bytes, "\(text)")
        }
    }

    @Test("numbers are decimal, whole ones exact below 2^53")
    func numbers() throws {
        let rows: [(String, UInt64?)] = [
            ("0", 0), ("-0", 0), ("9007199254740991", 9_007_199_254_740_991), ("1e3", 1000),
            ("1.50e2", 150), ("1.5", nil), ("-1", nil), ("1.0", 1), ("10e-1", 1), ("0e400", 0),
        ]
        for (text, whole) in rows {
            #expect(try JSONValue(parsing: Array(text.utf8)).whole == whole, "\(text)")
        }
    }

    @Test(
        "a number is written with the digits that it has, plainly where that is short",
        arguments: [
            ("0.547", "0.547"), ("547e-3", "0.547"), ("0.005", "0.005"), ("12.50", "12.50"),
            ("-3", "-3"), ("1e3", "1e3"),
        ]
    )
    func digits(_ text: String, expected: String) throws {
        var json = JSONWriter()
        json.value(try JSONValue(parsing: Array(text.utf8)))
        #expect(json.output == Array(expected.utf8))
    }

    @Test("unknown members can be named")
    func unknown() throws {
        let value = try JSONValue(parsing: Array(#"{"ttl":1,"wiat":2}"#.utf8))
        #expect(value.object?.firstUnknown(known: ["ttl", "wait"]) == Array("wiat".utf8))
        #expect(value.object?.firstUnknown(known: ["ttl", "wiat"]) == nil)
    }

    @Test("the writer's text is compact, and reads back")
    func writer() throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("a", string: Array("x\"y\\z\n\u{1}\u{1f}é".utf8))
        json.member("n", number: 9_007_199_254_740_991)
        json.name("list")
        json.beginArray()
        json.bool(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.seconds(milliseconds: 1500)
        json.base64([0, 255])
        json.endArray()
        json.name(bytes: Array("k\"".utf8))
        json.string("end")
        json.endObject()
        let expected =
            #"{"a":"x\"y\\z\n\u0001\u001fé","n":9007199254740991,"list":[true,null,{},1.5,"AP8="],"k\"":"end"}"#
        #expect(String(decoding: json.output, as: UTF8.self) == expected)
        let value = try JSONValue(parsing: json.output)
        #expect(value["a"]?.string == Array("x\"y\\z\n\u{1}\u{1f}é".utf8))
    }

    @Test("every byte at every place of a word is escaped or kept as the parser reads it")
    func escapes() throws {
        for byte in UInt8(0)..<0x80 {
            for place in 0..<17 {
                var text = [UInt8](repeating: UInt8(ascii: "a"), count: 17)
                text[place] = byte
                var json = JSONWriter()
                json.string(text)
                #expect(try JSONValue(parsing: json.output).string == text)
            }
        }
    }
}

@Suite("JSON for people")
struct JSONLayoutTests {
    @Test(
        "a member or element a line, strings as they are",
        arguments: [
            ("{}", "{}"), ("[]\n", "[]\n"), ("7", "7"), (#""{[,:""#, #""{[,:""#),
            (#"{"a":1}"#, "{\n  \"a\": 1\n}"), ("[1,[],{}]", "[\n  1,\n  [],\n  {}\n]"),
            (
                #"{"a":{"b":"x\"y,{\\"},"c":[1,"é"]}"# + "\n",
                """
                {
                  "a": {
                    "b": "x\\"y,{\\\\"
                  },
                  "c": [
                    1,
                    "é"
                  ]
                }

                """
            ),
        ]
    )
    func indented(_ compact: String, expected: String) throws {
        let indented = Array(compact.utf8).indentedJSON
        #expect(String(decoding: indented, as: UTF8.self) == expected)
        #expect(try JSONValue(parsing: indented) == JSONValue(parsing: Array(compact.utf8)))
    }

    @Test(
        "JSON is made compact without a change of its meaning; what is none is nothing",
        arguments: [
            ("{ \"a\" :\t[ 1.50 ,\r\n{ } ] }\n", #"{"a":[1.50,{}]}"#),
            (#" " \" [ , \\" "#, #"" \" [ , \\""#), (" 1e3 ", "1e3"), ("null", "null"),
            ("", nil), ("{", nil), ("1 2", nil), ("text", nil), ("9007199254740993", nil),
            (#"{"a":1,"a":1}"#, nil),
        ] as [(String, String?)]
    )
    func compact(_ text: String, expected: String?) {
        let compact = Array(text.utf8).compactJSON
        #expect(compact.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test("what lies deep stays on one line, so that no tree becomes many times as long as it is")
    func deep() throws {
        let depth = JSONLimits.depthMax - 1
        let opened = String(repeating: #"{"a":"#, count: depth)
        let closed = String(repeating: "}", count: depth)
        let compact = Array((opened + #"{"b":1,"c":2}"# + closed).utf8)
        let indented = compact.indentedJSON
        #expect(try JSONValue(parsing: indented) == JSONValue(parsing: compact))
        #expect(indented.count(where: { $0 == UInt8(ascii: "\n") }) == 32)
        #expect(indented.count < 3 * compact.count)
    }
}
