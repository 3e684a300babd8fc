internal import Bytes

/// Makes new inputs out of good ones: bytes flipped, dropped, doubled, spliced and cut, numbers
/// driven to their bounds, tokens of the grammar put where they do not belong.
package struct ByteMutator: Sendable {
    /// Bounds at which lengths, terms and indexes go wrong.
    private static let bounds: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 62,
        (1 << 62) + 1, 1 << 63, .max - 1, .max,
    ]

    private var random: SplitMix64
    private let tokens: [[UInt8]]

    /// - Parameter tokens: pieces of the grammar that mean something.
    package init(seed: UInt64, tokens: [[UInt8]]) {
        random = SplitMix64(seed: seed)
        self.tokens = tokens
    }

    /// A place of a list that is not empty.
    package mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    /// A mutant of one of the inputs, at most `byteCountMax` long.
    package mutating func mutant(of inputs: [[UInt8]], byteCountMax: Int) -> [UInt8] {
        var bytes = inputs[pick(inputs.count)]
        for _ in 0...pick(4) { mutate(&bytes, inputs: inputs) }
        if bytes.count > byteCountMax { bytes.removeLast(bytes.count - byteCountMax) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8], inputs: [[UInt8]]) {
        let place = pick(bytes.count + 1)
        switch pick(10) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(pick(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(pick(256))
        case 2 where place < bytes.count:
            bytes.removeSubrange(place..<min(bytes.count, place + 1 + pick(8)))
        case 3: bytes.insert(contentsOf: bytes[..<place].suffix(1 + pick(16)), at: place)
        case 4: bytes.removeLast(bytes.count - place)
        case 5:
            let other = inputs[pick(inputs.count)]
            bytes.replaceSubrange(place..., with: other[pick(other.count + 1)...])
        case 6, 7: overwriteNumber(in: &bytes, at: place)
        case 8 where !tokens.isEmpty:
            bytes.insert(contentsOf: tokens[pick(tokens.count)], at: place)
        default: bytes.insert(UInt8(pick(256)), at: place)
        }
    }

    private mutating func overwriteNumber(in bytes: inout [UInt8], at place: Int) {
        let number = Self.bounds[pick(Self.bounds.count)]
        var encoded: [UInt8] = []
        switch pick(3) {
        case 0: encoded.append(littleEndian: number)
        case 1: encoded.append(varint: number)
        default: encoded = Array(String(number).utf8)
        }
        bytes.replaceSubrange(place..<min(bytes.count, place + encoded.count), with: encoded)
    }
}
