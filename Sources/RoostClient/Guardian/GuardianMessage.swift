internal import Bytes

/// What roost tells the guardian of its command, over a pipe. Every message is 17 bytes, far below
/// PIPE_BUF: a write is whole or not at all.
///
/// | offset | bytes | field                                             |
/// |-------:|------:|---------------------------------------------------|
/// |      0 |     1 | kind: 1 protect, 2 believe, 3 asked, 4 dismissed  |
/// |      1 |     8 | protect: process group; believe: when to ask      |
/// |      9 |     8 | believe: when to kill (CLOCK_BOOTTIME, ns)        |
package enum GuardianMessage: Hashable, Sendable {
    /// CMD's process group, which dies with roost from now on.
    case protect(group: Int32)
    /// The deadlines as they stand after the latest confirmed keepalive.
    case believe(terminateAt: BootTime, killAt: BootTime)
    /// roost has asked CMD to end and kills it at this time; the guardian need not ask again.
    case asked(killAt: BootTime)
    /// CMD and its group are gone: nothing is left to watch over.
    case dismissed

    package static let byteCount = 17

    /// Exactly `byteCount` bytes.
    package func encoded() -> [UInt8] {
        let fields: (kind: UInt8, first: UInt64, second: UInt64) =
            switch self {
            case .protect(let group): (1, UInt64(UInt32(bitPattern: group)), 0)
            case .believe(let terminateAt, let killAt): (2, terminateAt.rawValue, killAt.rawValue)
            case .asked(let killAt): (3, 0, killAt.rawValue)
            case .dismissed: (4, 0, 0)
            }
        var bytes = [fields.kind]
        bytes.append(littleEndian: fields.first)
        bytes.append(littleEndian: fields.second)
        return bytes
    }

    /// The message that `byteCount` bytes hold, or nil when they hold none.
    package init?(decoding bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        let first = bytes.span.littleEndian(UInt64.self, at: 1)
        let second = bytes.span.littleEndian(UInt64.self, at: 9)
        switch bytes[0] {
        case 1:
            // Group 0 would be the guardian's own, 1 the whole machine's.
            guard let group = Int32(exactly: first), group > 1 else { return nil }
            self = .protect(group: group)
        case 2:
            self = .believe(
                terminateAt: BootTime(rawValue: first),
                killAt: BootTime(rawValue: second)
            )
        case 3: self = .asked(killAt: BootTime(rawValue: second))
        case 4: self = .dismissed
        default: return nil
        }
    }
}
