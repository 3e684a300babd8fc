/// Where one member of a service is, as an SRV record of DNS says (RFC 2782).
package struct ServiceRecord: Hashable, Sendable {
    /// More than any cluster has members: further records are not looked at.
    package static let countMax = 64

    /// Those of a lower number are asked first.
    package let priority: UInt16
    /// How often it is the first to be asked among those of its priority.
    package let weight: UInt16
    /// Never 0.
    package let port: UInt16
    /// Letters, digits, hyphens, underscores and dots; without the dot of the root.
    package let host: String

    package init(priority: UInt16, weight: UInt16, port: UInt16, host: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.host = host
    }

    /// The SRV records of a server's answer (RFC 1035, 4.1), which may be any bytes. Those that say
    /// that the service is nowhere are left out, and so are other kinds of records.
    ///
    /// - Complexity: O(*n*) in its bytes.
    package static func all(
        inAnswer bytes: [UInt8]
    ) throws(ServiceAnswerError) -> [ServiceRecord] {
        var reader = AnswerReader(bytes)
        let counts = try reader.readHeader()
        for _ in 0..<counts.questions {
            try reader.skipName()
            try reader.skip(4)
        }
        var records: [ServiceRecord] = []
        for _ in 0..<counts.answers where records.count < countMax {
            if let record = try reader.readRecord() { records.append(record) }
        }
        return records
    }

    /// The order in which to ask: by priority, among those of one at random by weight.
    package static func ordered(
        _ records: [ServiceRecord],
        using chance: inout some RandomNumberGenerator
    ) -> [ServiceRecord] {
        var rest = records.sorted { ($0.priority, $0.weight) < ($1.priority, $1.weight) }
        var ordered: [ServiceRecord] = []
        while let first = rest.first {
            let equals = rest.prefix { $0.priority == first.priority }
            let sum = equals.reduce(0) { $0 + Int($1.weight) }
            let drawn = Int.random(in: 0...sum, using: &chance)
            var place = 0
            var running = Int(first.weight)
            while running < drawn {
                place += 1
                running += Int(rest[place].weight)
            }
            ordered.append(rest.remove(at: place))
        }
        return ordered
    }
}

/// Why bytes are no answer of a DNS server.
package enum ServiceAnswerError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated
    case noAnswer
    /// A name that is too long, has a loop, or is no host's.
    case invalidName
    /// A record whose content does not fill it.
    case invalidRecord

    package var description: String {
        switch self {
        case .truncated: "the server's answer is cut off"
        case .noAnswer: "the server's answer is none"
        case .invalidName: "the server's answer has a name that no host has"
        case .invalidRecord: "the server's answer has an SRV record that is malformed"
        }
    }
}

/// Takes an answer apart; every read is checked.
private struct AnswerReader {
    private static let nameByteCountMax = 255
    /// A name has no more labels, so there is no need for more pointers.
    private static let pointerCountMax = 127
    private static let (classInternet, typeService): (UInt16, UInt16) = (1, 33)

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readHeader() throws(ServiceAnswerError) -> (questions: Int, answers: Int) {
        try skip(2)
        let flags = try readWord()
        // It is an answer, and tells of no failure.
        guard flags & 0x8000 != 0, flags & 0x000F == 0 else { throw .noAnswer }
        let questions = Int(try readWord())
        let answers = Int(try readWord())
        try skip(4)
        return (questions, answers)
    }

    /// Nil for what is no SRV record of a member.
    mutating func readRecord() throws(ServiceAnswerError) -> ServiceRecord? {
        try skipName()
        let type = try readWord()
        let kind = try readWord()
        try skip(4)
        let end = position + Int(try readWord()) + 2
        guard end <= bytes.count else { throw .truncated }
        defer { position = end }
        guard type == Self.typeService, kind == Self.classInternet else { return nil }
        let priority = try readWord()
        let weight = try readWord()
        let port = try readWord()
        let host = try readName()
        guard position == end else { throw .invalidRecord }
        guard !host.isEmpty, port > 0 else { return nil }
        return ServiceRecord(priority: priority, weight: weight, port: port, host: host)
    }

    mutating func skip(_ count: Int) throws(ServiceAnswerError) {
        guard bytes.count - position >= count else { throw .truncated }
        position += count
    }

    /// Steps over a name without looking where its end may be.
    mutating func skipName() throws(ServiceAnswerError) {
        while true {
            let length = try readByte()
            switch length {
            case 0: return
            case 1...63: try skip(Int(length))
            case 0xC0...: return try skip(1)
            default: throw .invalidName
            }
        }
    }

    /// Reads a name, whose end may stand elsewhere (RFC 1035, 4.1.4); empty for the root.
    private mutating func readName() throws(ServiceAnswerError) -> String {
        var name: [UInt8] = []
        var pointerCount = 0
        var after: Int?
        while true {
            let length = Int(try readByte())
            switch length {
            case 0:
                if let after { position = after }
                return String(decoding: name, as: UTF8.self)
            case 1...63:
                if !name.isEmpty { name.append(UInt8(ascii: ".")) }
                for _ in 0..<length {
                    let byte = try readByte()
                    guard byte.isOfHosts else { throw .invalidName }
                    name.append(byte)
                }
                guard name.count < Self.nameByteCountMax else { throw .invalidName }
            case 0xC0...:
                let target = (length & 0x3F) << 8 | Int(try readByte())
                pointerCount += 1
                // Only what stood before is meant: a loop ends at the count.
                guard target < position - 2, pointerCount <= Self.pointerCountMax else {
                    throw .invalidName
                }
                after = after ?? position
                position = target
            default: throw .invalidName
            }
        }
    }

    private mutating func readWord() throws(ServiceAnswerError) -> UInt16 {
        UInt16(try readByte()) << 8 | UInt16(try readByte())
    }

    private mutating func readByte() throws(ServiceAnswerError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }
}

extension UInt8 {
    /// Whether names of hosts and services have it within a label.
    var isOfHosts: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
