import Bytes
import Fuzzing
import Platform
import Testing

/// Makes the answers of DNS servers (RFC 1035, 4.1).
private struct AnswerBytes {
    private(set) var bytes: [UInt8] = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]

    init() {
        name("_roost._tcp.example")
        bytes += [0, 33, 0, 1]
    }

    static func labels(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private mutating func name(_ name: String) { bytes += Self.labels(name) }

    /// A record of any type; the name is that of the question.
    mutating func record(type: UInt8 = 33, data: [UInt8], byteCount: Int? = nil) {
        bytes[7] += 1
        let count = byteCount ?? data.count
        bytes +=
            [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, UInt8(count >> 8), UInt8(count & 255)] + data
    }

    static func service(_ priority: UInt8, _ weight: UInt8, _ port: UInt16, _ target: [UInt8])
        -> [UInt8]
    {
        [0, priority, 0, weight, UInt8(port >> 8), UInt8(port & 255)] + target
    }

    mutating func service(
        _ priority: UInt8,
        _ weight: UInt8,
        _ port: UInt16,
        to host: String
    ) {
        record(data: Self.service(priority, weight, port, Self.labels(host)))
    }
}

@Suite("SRV records (RFC 2782): read from any bytes, and asked in their order")
struct ServiceRecordTests {
    @Test("records are read, others and those of no member left out")
    func read() throws {
        var answer = AnswerBytes()
        answer.record(type: 5, data: AnswerBytes.labels("elsewhere.example"))
        answer.service(1, 2, 2379, to: "n1.example")
        answer.service(0, 0, 2380, to: "")
        answer.service(0, 0, 0, to: "n2.example")
        // "n3" and then the question's name from its third label on.
        answer.record(data: AnswerBytes.service(3, 4, 2381, [2] + Array("n3".utf8) + [0xC0, 24]))
        let records = try ServiceRecord.all(inAnswer: answer.bytes)
        #expect(
            records == [
                ServiceRecord(priority: 1, weight: 2, port: 2379, host: "n1.example"),
                ServiceRecord(priority: 3, weight: 4, port: 2381, host: "n3.example"),
            ]
        )
    }

    @Test("no more than 64 are taken")
    func bounded() throws {
        var answer = AnswerBytes()
        for number in 0..<100 { answer.service(0, 0, 2379, to: "n\(number).example") }
        #expect(try ServiceRecord.all(inAnswer: answer.bytes).count == ServiceRecord.countMax)
    }

    @Test("what is no answer, or has a name that leads nowhere, is refused")
    func refused() {
        let service = { (target: [UInt8]) in AnswerBytes.service(0, 0, 1, target) }
        let here = UInt8(AnswerBytes().bytes.count + 12 + 6)
        let rows: [(data: [UInt8], byteCount: Int?, ServiceAnswerError)] = [
            (service([0xC0, here]), nil, .invalidName),
            (service([1, 97, 0xC0, here]), nil, .invalidName),
            (service([0xC0, 255]), nil, .invalidName),
            (service([0x40, 0]), nil, .invalidName),
            (service([1, 0x2F, 0]), nil, .invalidName),
            (service([5, 97]), nil, .truncated),
            (service([1, 97, 0, 0]), nil, .invalidRecord),
            (service([1, 97, 0]), 7, .invalidRecord),
            (service([1, 97, 0]), 90, .truncated),
        ]
        for (data, byteCount, error) in rows {
            var answer = AnswerBytes()
            answer.record(data: data, byteCount: byteCount)
            #expect(throws: error, "\(data)") { try ServiceRecord.all(inAnswer: answer.bytes) }
        }
        let label = [UInt8(63)] + [UInt8](repeating: 97, count: 63)
        let long = label + label + label + label + [0]
        var answer = AnswerBytes()
        answer.record(data: service(long))
        #expect(throws: ServiceAnswerError.invalidName) {
            try ServiceRecord.all(inAnswer: answer.bytes)
        }
        for (place, byte) in [(2, UInt8(0x01)), (3, 0x83)] {
            var other = AnswerBytes().bytes
            other[place] = byte
            #expect(throws: ServiceAnswerError.noAnswer) { try ServiceRecord.all(inAnswer: other) }
        }
    }

    @Test("a lower priority comes first; among equals the weight says how often")
    func order() {
        let records = [(1, 0), (0, 1), (0, 3), (1, 0)].enumerated().map { place, row in
            ServiceRecord(
                priority: UInt16(row.0),
                weight: UInt16(row.1),
                port: 1,
                host: "n\(place)"
            )
        }
        var chance = SplitMix64(seed: 7)
        var firstCounts = [0, 0, 0, 0]
        for _ in 0..<4_000 {
            let ordered = ServiceRecord.ordered(records, using: &chance)
            #expect(Set(ordered) == Set(records))
            #expect(ordered.map(\.priority) == [0, 0, 1, 1])
            if let place = records.firstIndex(of: ordered[0]) { firstCounts[place] += 1 }
        }
        // A draw from 0 to 4: three of five are the heavier one's.
        #expect(firstCounts[0] == 0 && firstCounts[3] == 0)
        #expect((2_200...2_600).contains(firstCounts[2]), "\(firstCounts)")
    }

    @Test("names of services", arguments: [ServiceName.Kind.clients, .peers])
    func names(_ kind: ServiceName.Kind) throws {
        for text in ["srv:example.com", "srv:roost", "srv:a_b.c-d.", "srv:1"] {
            let endpoint = try Endpoint(parsing: text, orServiceFor: kind)
            #expect(endpoint.description == text)
            guard case .service(let name) = endpoint else {
                Issue.record("\(text)")
                continue
            }
            #expect(name.kind == kind && name.domain == text.dropFirst(4))
        }
        for text in ["srv:", "srv:.", "srv:a..b", "srv:a/b", "srv:a:1", "srv:é", "srv:a b"] {
            let domain = String(text.dropFirst(4))
            #expect(throws: EndpointError.invalidService(domain)) {
                try Endpoint(parsing: text, orServiceFor: kind)
            }
        }
        #expect(throws: EndpointError.self) { try Endpoint(parsing: "srv:example.com") }
        let plain = try Endpoint(parsing: "h:1", orServiceFor: kind)
        #expect(plain == .internet(host: "h", port: 1))
    }
}

@Suite("Fuzzing the reader of DNS answers", .serialized)
struct ServiceRecordFuzzTests {
    @Test func answers() {
        var answer = AnswerBytes()
        answer.service(1, 2, 2379, to: "n1.example")
        answer.record(data: AnswerBytes.service(3, 4, 2381, [2] + Array("n3".utf8) + [0xC0, 24]))
        answer.record(type: 5, data: AnswerBytes.labels("elsewhere.example"))
        var fuzzer = Fuzzer("answers of DNS", corpus: [answer.bytes, AnswerBytes().bytes])
        fuzzer.run { bytes in
            let records = try ServiceRecord.all(inAnswer: bytes)
            for record in records {
                #expect(record.port > 0 && (1..<256).contains(record.host.utf8.count))
            }
            var chance = SplitMix64(seed: 1)
            let ordered = ServiceRecord.ordered(records, using: &chance)
            return "\(records.count) \(ordered.count) \(Set(records.map(\.port)).count)"
        }
    }
}
