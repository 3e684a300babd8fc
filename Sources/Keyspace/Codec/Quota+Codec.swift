internal import Bytes

// How quotas of subtrees are written, in requests, answers and snapshots alike.

/// The tag byte of each change of a quota. A number is never given another meaning.
enum QuotaChangeTag: UInt8 {
    case set = 0
    case remove = 1
}

extension QuotaChange {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .set(let path, let quota):
            output.append(QuotaChangeTag.set)
            output.append(path)
            output.append(quota)
        case .remove(let path):
            output.append(QuotaChangeTag.remove)
            output.append(path)
        }
    }
}

extension [UInt8] {
    mutating func append(_ quota: SubtreeQuota) {
        for bound in [quota.keyCountMax, quota.byteCountMax] {
            append(optional: bound) { bound, output in output.append(varint: bound) }
        }
    }

    mutating func append(_ standing: QuotaStanding) {
        append(standing.path)
        append(standing.quota)
        append(varint: UInt64(standing.used.keyCount))
        append(varint: UInt64(standing.used.byteCount))
    }

    mutating func append(_ excess: SubtreeQuota.Excess) {
        append(excess.measure)
        append(varint: excess.used)
        append(varint: excess.quota)
    }
}

extension ByteReader {
    mutating func readQuotaChange() throws(DecodingError) -> QuotaChange {
        switch try readCase(QuotaChangeTag.self) {
        case .set: .set(try readPath(), try readQuota())
        case .remove: .remove(try readPath())
        }
    }

    /// Reads a quota that bounds something.
    mutating func readQuota() throws(DecodingError) -> SubtreeQuota {
        let start = position
        let quota = SubtreeQuota(
            keyCountMax: try readOptional { reader throws(DecodingError) in
                try reader.readVarint()
            },
            byteCountMax: try readOptional { reader throws(DecodingError) in
                try reader.readVarint()
            }
        )
        guard quota.isWellFormed else { throw .invalidValue(at: start) }
        return quota
    }

    mutating func readQuotaStanding() throws(DecodingError) -> QuotaStanding {
        let (path, quota) = (try readPath(), try readQuota())
        let used = SubtreeSize(keyCount: Int(try readNumber()), byteCount: Int(try readNumber()))
        return QuotaStanding(path: path, quota: quota, used: used)
    }

    mutating func readQuotaExcess() throws(DecodingError) -> SubtreeQuota.Excess {
        SubtreeQuota.Excess(
            of: try readCase(),
            used: try readVarint(),
            quota: try readVarint()
        )
    }
}
