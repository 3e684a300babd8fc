import Testing
import Wire

@Suite("Targets, queries, durations and tags")
struct TargetTests {
    @Test("RFC 3986, 2.1: paths and queries decode differently")
    func decoding() throws {
        #expect(try PercentEncoding.decodePath(slice("/a+b%20%c3%A9")) == Array("/a+b é".utf8))
        #expect(try PercentEncoding.decodeQuery(slice("a+b%2Bc%2Fd")) == Array("a b+c/d".utf8))
        #expect(throws: TargetError.encodedSlash(at: 2)) {
            try PercentEncoding.decodePath(slice("/a%2fb"))
        }
        for text in ["%", "%4", "%zz", "a%", "a%4", "%%41"] {
            #expect(throws: TargetError.self) { try PercentEncoding.decodePath(slice(text)) }
            #expect(throws: TargetError.self) { try PercentEncoding.decodeQuery(slice(text)) }
        }
    }

    @Test("what is encoded decodes to itself, for every byte")
    func roundTrip() throws {
        let bytes = Array(UInt8.min...UInt8.max)
        var output: [UInt8] = []
        PercentEncoding.append(component: bytes, to: &output)
        #expect(try PercentEncoding.decodeQuery(output[...]) == bytes)
        let path = bytes.filter { $0 != UInt8(ascii: "/") } + [UInt8(ascii: "/")]
        output = []
        PercentEncoding.append(path: path, to: &output)
        #expect(try PercentEncoding.decodePath(output[...]) == path)
    }

    @Test("parameters are taken once; what is left can be named")
    func query() throws {
        var query = try Query(parsing: slice("raw&limit=5&path=%2Fa&path=/b&x=1&&empty="))
        #expect(try query.takeFlag("raw"))
        #expect(try query.take("limit") == Array("5".utf8))
        #expect(query.takeAll("path") == [Array("/a".utf8), Array("/b".utf8)])
        #expect(query.firstUntaken == Array("x".utf8))
        #expect(try query.take("x") == Array("1".utf8))
        #expect(try query.takeFlag("empty"))
        #expect(query.firstUntaken == nil)
        #expect(try !query.takeFlag("absent"))
    }

    @Test("flags: bare, empty or true is on, false is off, once")
    func flags() throws {
        for (text, expected) in [("f", true), ("f=", true), ("f=true", true), ("f=false", false)] {
            var query = try Query(parsing: slice(text))
            #expect(try query.takeFlag("f") == expected)
        }
        #expect(throws: QueryError.invalidFlag(Array("f".utf8))) {
            var query = try Query(parsing: slice("f=1"))
            _ = try query.takeFlag("f")
        }
        #expect(throws: QueryError.repeated(Array("f".utf8))) {
            var query = try Query(parsing: slice("f&f"))
            _ = try query.takeFlag("f")
        }
        let many = String(repeating: "a&", count: 300)
        #expect(throws: QueryError.tooMany(limit: 256)) { try Query(parsing: slice(many)) }
    }

    @Test(
        "durations are exact to the millisecond",
        arguments: [
            ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000),
            ("2d", 172_800_000), ("15", 15_000), ("0.1", 100), ("1.1", 1_100), ("2.3s", 2_300),
            ("0.0009", 0), ("1.5h", 5_400_000), ("0", 0), ("0.30000000000000004", 300),
            ("", nil), ("s", nil), ("-1s", nil), ("1x", nil), ("1 s", nil), ("1e3", nil),
            (".5s", nil), ("1.s", nil), ("1..2", nil), ("99999999999999999999d", nil),
            ("1h30m", nil), ("5S", nil),
        ] as [(String, UInt64?)]
    )
    func durations(_ text: String, milliseconds: UInt64?) {
        #expect(TimeSpan(parsing: Array(text.utf8))?.milliseconds == milliseconds)
    }

    @Test("durations out are seconds")
    func seconds() {
        for (milliseconds, text) in [
            (0, "0"), (15_000, "15"), (500, "0.5"), (1_234, "1.234"), (1_010, "1.01"), (1, "0.001"),
        ] as [(UInt64, String)] {
            var output: [UInt8] = []
            TimeSpan(milliseconds: milliseconds).appendSeconds(to: &output)
            #expect(output == Array(text.utf8))
        }
    }

    @Test(
        "RFC 9110, 13.1: entity tags",
        arguments: [
            ("*", .any), ("\"5\"", .tags([tag("5")])),
            ("W/\"5\"", .tags([tag("5", strength: .weak)])),
            ("\"1\" , \"2\"", .tags([tag("1"), tag("2")])), ("\"\"", .tags([tag("")])),
            ("5", nil), ("\"5", nil), ("\"1\" \"2\"", nil), ("w/\"5\"", nil), ("\"a b\"", nil),
            ("*, *", nil), ("*, \"1\"", nil), ("\"1\", *", nil), ("**", nil), ("W/*", nil),
            // 5.6.1: empty elements count for nothing, and 8.8.3: nothing is taken out of a tag.
            ("", .tags([])), (" , ,", .tags([])), ("\"1\",", .tags([tag("1")])),
            (",, \"004\",\t,W/\"a,b\\\" ,", .tags([tag("004"), tag("a,b\\", strength: .weak)])),
        ] as [(String, EntityTagCondition?)]
    )
    func tags(_ text: String, expected: EntityTagCondition?) {
        #expect((try? EntityTagCondition(parsing: [slice(text)])) == expected)
    }

    @Test("RFC 9110, 5.3: the lines of a field are one list")
    func tagLines() throws {
        func parse(_ lines: String...) throws(EntityTagError) -> EntityTagCondition? {
            try EntityTagCondition(parsing: lines.map(slice))
        }
        #expect(try parse() == nil)
        #expect(
            try parse("\"1\"", "", "W/\"2\", \"3\"")
                == .tags([tag("1"), tag("2", strength: .weak), tag("3")])
        )
        #expect(throws: EntityTagError.anyAmongOthers) { try parse("*", "\"1\"") }
        #expect(throws: EntityTagError.anyAmongOthers) { try parse("*", "*") }
        #expect(throws: EntityTagError.malformed(at: 5)) { try parse("\"1\"", "\"2\", 3") }
        let half = Array(repeating: "\"1\"", count: 32).joined(separator: ",")
        #expect(try parse(half, half) != nil)
        #expect(throws: EntityTagError.tooMany(limit: 64)) { try parse(half, half, "\"1\"") }
    }
}

private func slice(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

private func tag(_ text: String, strength: EntityTag.Strength = .strong) -> EntityTag {
    EntityTag(strength: strength, opaque: Array(text.utf8))
}
