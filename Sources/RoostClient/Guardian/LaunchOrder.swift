package import Bytes

/// What a stub is told to become, over a pipe: so that CMD starts only once its guardian knows its
/// process group, and with exactly the bytes that roost was given.
///
/// | bytes | field                                            |
/// |------:|--------------------------------------------------|
/// |     v | count of arguments                               |
/// |   v+n | each argument: byte count, bytes                 |
/// |     v | count of environment variables                   |
/// |   v+n | each variable: byte count, bytes                 |
/// |     1 | 0xA5: the order is whole                         |
package struct LaunchOrder: Hashable, Sendable {
    private static let endMark: UInt8 = 0xA5
    /// Linux allows 128 KiB an argument.
    private static let textByteCountMax = 1 << 20

    package let arguments: [[UInt8]]
    /// `NAME=VALUE` each.
    package let environment: [[UInt8]]

    package init(arguments: [[UInt8]], environment: [[UInt8]]) {
        self.arguments = arguments
        self.environment = environment
    }

    /// The form that the stub reads, its end mark last.
    package func encoded() -> [UInt8] {
        var output: [UInt8] = []
        for texts in [arguments, environment] {
            output.append(varint: UInt64(texts.count))
            for text in texts { output.append(lengthPrefixed: text) }
        }
        output.append(Self.endMark)
        return output
    }

    /// - Throws: `truncated` when roost died while it wrote.
    package init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        arguments = try Self.texts(&reader)
        environment = try Self.texts(&reader)
        let markPosition = reader.position
        guard try reader.readByte() == Self.endMark else {
            throw .invalidValue(at: markPosition)
        }
        try reader.expectEnd()
        guard !arguments.isEmpty else { throw .invalidValue(at: 0) }
    }

    private static func texts(_ reader: inout ByteReader) throws(DecodingError) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for _ in 0..<(try reader.readCount()) {
            texts.append(try reader.readLengthPrefixed(limit: textByteCountMax))
        }
        return texts
    }
}
