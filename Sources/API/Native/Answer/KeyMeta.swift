internal import Keyspace
internal import Wire

/// What `?meta` adds to a key object: when, by whom and why its version was written, and how long
/// its lease lives.
struct KeyMeta {
    private let provenance: Provenance
    /// What is left of the lease now; nil without a lease, and for one that has ended.
    private let leaseRemainingMilliseconds: UInt64?

    init(of record: KeyRecord, in keyspace: borrowing Keyspace) {
        provenance = record.provenance
        leaseRemainingMilliseconds = record.lease.flatMap {
            keyspace.lease($0)?.remainingMilliseconds
        }
    }

    /// What is told of a version in a stream, which says nothing of leases.
    init(of record: KeyRecord) {
        provenance = record.provenance
        leaseRemainingMilliseconds = nil
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.member("created", time: provenance.created)
        json.member("modified", time: provenance.modified)
        if !provenance.author.isEmpty { json.text("author", bytes: provenance.author) }
        if !provenance.note.isEmpty { json.text("note", bytes: provenance.note) }
        if let leaseRemainingMilliseconds {
            json.member("lease_remaining", milliseconds: leaseRemainingMilliseconds)
        }
    }
}

extension JSONWriter {
    mutating func members(of meta: KeyMeta) { meta.write(to: &self) }

    /// A member whose value is a point in time as RFC 3339 has it; none for an unknown one.
    mutating func member(_ name: StaticString, time: WallTime) {
        guard time != .unknown else { return }
        var text: [UInt8] = []
        text.append(unixMilliseconds: time.rawValue)
        member(name, string: text)
    }
}
