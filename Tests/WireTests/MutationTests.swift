import Bytes
import Testing
import Wire

/// Every parser of outside bytes against mutations of good ones: whatever comes, a value or a typed
/// error, never a trap, and parsers that were refused stay refused.
@Suite("Hostile bytes")
struct MutationTests {
    @Test("requests")
    func requests() {
        var mutator = Mutator(seed: 1, corpus: corpus + [corpus.joined()])
        for _ in 0..<Mutator.roundCount {
            var buffer = mutator.next()
            let split = mutator.offset(in: buffer)
            let rest = Array(buffer[split...])
            buffer.removeLast(rest.count)
            var parser = RequestParser()
            let first = parser.take(&buffer)
            buffer += rest
            let second = parser.take(&buffer)
            #expect(first.last?.isRefused != true || second.last?.isRefused == true)
        }
    }

    @Test("JSON")
    func json() {
        var mutator = Mutator(
            seed: 2,
            corpus: [
                #"{"compare":[{"key":"/a","target":"version","op":"==","value":1.5e2}]}"#,
                #"[true,false,null,-0.5E+3,"\u00e9\ud83d\ude00\n"]"#,
                #"{"a":{"b":{"c":[[[{}]]]}}}"#,
            ]
        )
        for _ in 0..<Mutator.roundCount {
            let bytes = mutator.next()
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            let isText = bytes.span.isValidUTF8
            #expect(isText)
            if let text = value.string {
                var json = JSONWriter()
                json.string(text)
                #expect((try? JSONValue(parsing: json.output)) == value)
            }
        }
    }

    @Test("responses, event streams, queries, tags and durations")
    func others() {
        var mutator = Mutator(
            seed: 3,
            corpus: [
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n",
                "retry: 1000\nid: 5\n\nevent: put\nid: 6.0\ndata: {}\n\n",
                "path=%2Fa&recursive&from=5&x=+y", "W/\"5\", \"6\"", "1.25h",
            ]
        )
        for _ in 0..<Mutator.roundCount {
            let bytes = mutator.next()
            var parser = ResponseParser(method: .get)
            parser.append(bytes)
            while let part = try? parser.next(), part != .end {}
            var events = EventStreamParser()
            _ = try? events.append(bytes)
            _ = try? Query(parsing: bytes[...])
            _ = try? EntityTag.parse(bytes[...])
            _ = TimeSpan(parsing: bytes)
        }
    }
}

/// Good inputs with bytes flipped, dropped, doubled, spliced and cut, as one seed decides.
private struct Mutator {
    static let roundCount = 100_000

    private var random: SplitMix64
    private let corpus: [[UInt8]]
    private let edges: [UInt8] = Array("\r\n\t :;,%\"\\{}[]0f9.\u{0}\u{7F}".utf8) + [0x80, 0xFF]

    init(seed: UInt64, corpus: [String]) {
        random = SplitMix64(seed: seed)
        self.corpus = corpus.map { Array($0.utf8) }
    }

    mutating func offset(in bytes: [UInt8]) -> Int {
        Int.random(in: 0...bytes.count, using: &random)
    }

    mutating func next() -> [UInt8] {
        var bytes = corpus[Int.random(in: 0..<corpus.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = offset(in: bytes)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2: bytes.insert(edges[Int.random(in: 0..<edges.count, using: &random)], at: place)
        case 3: bytes.removeLast(bytes.count - place)
        case 4: bytes.insert(contentsOf: bytes[..<place].suffix(8), at: place)
        default:
            let other = corpus[Int.random(in: 0..<corpus.count, using: &random)]
            bytes.replaceSubrange(place..., with: other[offset(in: other)...])
        }
    }
}
