internal import Bytes
internal import Keyspace
internal import Wire

// The objects that several answers share.

extension JSONWriter {
    /// What a key object carries.
    enum KeyContent {
        case everything
        /// Without `value` and `encoding`.
        case noValue
        /// A value that is JSON as JSON.
        case nestedValue
    }

    /// The key object.
    mutating func keyObject(
        _ record: KeyRecord,
        content: KeyContent = .everything,
        childCount: UInt64? = nil,
        meta: KeyMeta? = nil
    ) {
        beginObject()
        keyMembers(record, content: content, meta: meta)
        if let childCount { member("children", number: childCount) }
        endObject()
    }

    /// The members of a key object, for an object that has others too.
    ///
    /// - Parameter meta: what is told besides, if it is asked for.
    mutating func keyMembers(
        _ record: KeyRecord,
        content: KeyContent = .everything,
        meta: KeyMeta? = nil
    ) {
        key(record.key)
        switch content {
        case .everything: value(record.value)
        case .noValue: break
        case .nestedValue: nestedValue(record.value)
        }
        member("version", number: record.version)
        member("create_revision", number: record.createRevision.rawValue)
        member("mod_revision", number: record.modRevision.rawValue)
        if let lease = record.lease { member("lease", string: lease.text) }
        if let meta { members(of: meta) }
    }

    /// `key` where the bytes are valid UTF-8, else `key_base64`.
    mutating func key(_ key: Key) {
        guard key.bytes.span.isValidUTF8 else {
            name("key_base64")
            return base64(key.bytes)
        }
        member("key", string: key.bytes)
    }

    /// `value` and `encoding`: text where the bytes are valid UTF-8, else base64.
    mutating func value(_ bytes: [UInt8]) {
        if bytes.span.isValidUTF8 {
            member("value", string: bytes)
            member("encoding", string: "utf8")
        } else {
            name("value")
            base64(bytes)
            member("encoding", string: "base64")
        }
    }

    /// `value` and `encoding`: JSON where the bytes are that, else as `value` writes them.
    private mutating func nestedValue(_ bytes: [UInt8]) {
        guard let json = bytes.compactJSON else { return value(bytes) }
        name("value")
        self.json(json)
        member("encoding", string: "json")
    }

    /// What a put came to.
    mutating func put(_ result: PutResult, key: Key) {
        beginObject()
        members(of: result, key: key)
        endObject()
    }

    /// The members of what a put came to.
    mutating func members(of result: PutResult, key: Key) {
        self.key(key)
        member("revision", number: result.revision.rawValue)
        member("version", number: result.version)
        member("create_revision", number: result.createRevision.rawValue)
        member("mod_revision", number: result.revision.rawValue)
        if let lease = result.lease { member("lease", string: lease.text) }
    }

    /// The holders of a lock or an election.
    mutating func holders(_ holders: [Grant]) {
        beginArray()
        for holder in holders {
            beginObject()
            member("token", number: holder.token.rawValue)
            text("owner", bytes: holder.owner)
            description(since: holder.since, info: holder.info)
            member("lease", string: holder.lease.text)
            if holder.contest.kind == .lock { member("shared", bool: holder.mode == .shared) }
            terms(of: holder)
            member("remaining", milliseconds: holder.remainingMilliseconds)
            endObject()
        }
        endArray()
    }

    /// How many may hold a semaphore at a time; left out of anything else.
    mutating func permits(_ count: UInt32) {
        if count > 0 { member("permits", number: UInt64(count)) }
    }

    /// What a hold is bound to beside its lease; each is left out where it is nothing.
    mutating func terms(of grant: Grant) {
        permits(grant.permitCount)
        if grant.holdCount > 1 { member("count", number: UInt64(grant.holdCount)) }
        if let left = grant.holdRemainingMilliseconds {
            member("hold_remaining", milliseconds: left)
        }
    }

    /// What a holder or a waiter says besides its owner: since when, and what it wanted people to
    /// know. Each is left out where there is none.
    mutating func description(since: WallTime, info: [UInt8]) {
        member("since", time: since)
        if !info.isEmpty { text("info", bytes: info) }
    }

    /// Ends a body's last line, so that a prompt, or the next answer, begins on one of its own.
    mutating func endBody() { output.append(UInt8(ascii: "\n")) }

    /// A member with bytes that need not be UTF-8, replaced where they are not.
    mutating func text(_ name: StaticString, bytes: [UInt8]) {
        member(name, string: bytes.span.isValidUTF8 ? bytes : Array(API.text(bytes).utf8))
    }
}

extension LeaseID {
    /// As it stands in answers: sixteen hexadecimal digits.
    var text: [UInt8] { Hexadecimal.encode(rawValue) }

    /// The lease that text names.
    init?(text: some Collection<UInt8>) {
        guard let value = Hexadecimal.decode(text), (1...LeaseID.max.rawValue).contains(value)
        else { return nil }
        self.init(rawValue: value)
    }
}

extension HTTPResponse {
    /// An answer in JSON.
    static func json(_ json: consuming JSONWriter, status: UInt16 = 200) -> HTTPResponse {
        json.endBody()
        var headers = HeaderFields()
        headers.reserveCapacity(fieldCount: 10, byteCount: 320)
        headers.append("Content-Type", value: "application/json")
        return HTTPResponse(status: status, headers: headers, body: .bytes(json.output))
    }

    /// An answer in text for people.
    static func plain(_ text: [UInt8]) -> HTTPResponse {
        var headers = HeaderFields()
        headers.append("Content-Type", value: "text/plain; charset=utf-8")
        return HTTPResponse(status: 200, headers: headers, body: .bytes(text))
    }

    /// The revision as the entity tag of the key.
    mutating func appendTag(_ revision: Revision) {
        var tag: [UInt8] = [UInt8(ascii: "\"")]
        tag.append(decimal: revision.rawValue)
        tag.append(UInt8(ascii: "\""))
        headers.append("ETag", value: tag)
    }

    /// The state of a range of keys as its entity tag.
    mutating func appendTag(_ state: TreeWrite.Tag) {
        headers.append("ETag", value: [UInt8(ascii: "\"")] + state.text + [UInt8(ascii: "\"")])
    }
}
