import Bytes
import Keyspace

/// One request of the line protocol, or what belongs to a stream that runs.
///
/// A client begins with `line 1`, a line of its own. Each request is a line that begins with a
/// number of the client's choice, which every line of its answer repeats.
enum LineRequest: Hashable {
    case get(Key)
    /// `put PATH N`, followed by N bytes.
    case put(Key, value: [UInt8])
    case watch(Key)
    /// `also PATH`: the watch of that number follows this key besides.
    case also([UInt8])
    /// `end`: the watch of that number is over.
    case end

    static let preface = Array("line 1\n".utf8)
    private static let lineByteCountMax = 4096
    private static let valueByteCountMax = 32 << 10

    /// What the bytes from `offset` on begin with.
    enum Progress: Hashable {
        case needsMore
        case request(number: UInt64, LineRequest)
        /// This is no line of the protocol.
        case malformed
    }

    /// Takes one request off the input.
    static func next(_ input: Span<UInt8>, from offset: inout Int) -> Progress {
        var end = offset
        while end < input.count, input[end] != UInt8(ascii: "\n") {
            guard end - offset < lineByteCountMax else { return .malformed }
            end += 1
        }
        guard end < input.count else { return .needsMore }
        let words = Array(span: input.extracting(offset..<end)).split(
            separator: UInt8(ascii: " "),
            omittingEmptySubsequences: false
        )
        guard words.count >= 2, let number = number(words[0]) else { return .malformed }
        let request: LineRequest
        switch (String(decoding: words[1], as: UTF8.self), words.count) {
        case ("get", 3):
            guard let path = path(words[2]) else { return .malformed }
            request = .get(path)
        case ("watch", 3):
            guard let path = path(words[2]) else { return .malformed }
            request = .watch(path)
        case ("also", 3): request = .also(Array(words[2]))
        case ("end", 2): request = .end
        case ("put", 4):
            guard let path = path(words[2]), let count = self.number(words[3]),
                count <= valueByteCountMax
            else { return .malformed }
            let valueEnd = end + 1 + Int(count)
            guard valueEnd <= input.count else { return .needsMore }
            request = .put(path, value: Array(span: input.extracting(end + 1..<valueEnd)))
            end = valueEnd - 1
        default: return .malformed
        }
        offset = end + 1
        return .request(number: number, request)
    }

    private static func number(_ word: ArraySlice<UInt8>) -> UInt64? {
        guard word.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return UInt64(String(decoding: word, as: UTF8.self))
    }

    private static func path(_ word: ArraySlice<UInt8>) -> Key? {
        try? Key(path: Array(word))
    }
}
