internal import Bytes
package import Keyspace
package import Wire

/// What the answers to plain reads and puts of keys have in common, rendered once for all that are
/// given at one revision within one second.
package struct ResponseTemplate: Sendable {
    /// As the answers show it.
    package let date: HTTPDate
    private let revision: Revision
    private let term: UInt64
    /// Up to the revision in the entity tag, by status.
    private let okFront: [UInt8]
    private let createdFront: [UInt8]
    /// From behind the entity tag to the length of the body.
    private let readBack: [UInt8]
    private let putBack: [UInt8]
    /// Of the answer that is being made; kept for its memory.
    private var body: [UInt8] = []

    /// A body's names and four numbers.
    private static let bodySlackByteCount = 192

    package init(date: HTTPDate, keyspace: borrowing Keyspace, member: borrowing MemberView) {
        self.date = date
        revision = keyspace.store.revision
        term = member.term
        okFront = Self.front("HTTP/1.1 200 OK\r\n", date: date)
        createdFront = Self.front("HTTP/1.1 201 Created\r\n", date: date)
        var common: [UInt8] = []
        common.append("Roost-Revision: ")
        common.append(decimal: revision.rawValue)
        common.append("\r\n")
        common.append(contentsOf: member.fields.wireBytes)
        readBack = Self.back(
            "Cache-Control: no-cache\r\n",
            common: common,
            after: "Content-Length: "
        )
        putBack = Self.back(
            "",
            common: common,
            after: "Cache-Control: no-store\r\nContent-Length: "
        )
    }

    /// Whether answers given now look like this.
    package func fits(
        _ date: borrowing HTTPDate,
        keyspace: borrowing Keyspace,
        member: borrowing MemberView
    ) -> Bool {
        revision == keyspace.store.revision && term == member.term && self.date == date
    }

    private static func front(_ statusLine: StaticString, date: HTTPDate) -> [UInt8] {
        var front: [UInt8] = []
        front.append(statusLine)
        front.append(contentsOf: date.line)
        front.append("Content-Type: application/json\r\nETag: \"")
        return front
    }

    private static func back(
        _ before: StaticString,
        common: [UInt8],
        after: StaticString
    ) -> [UInt8] {
        var back: [UInt8] = []
        back.append("\"\r\n")
        back.append(before)
        back.append(contentsOf: common)
        back.append(after)
        return back
    }

    // MARK: - Answers

    /// Appends the answer to a read of a key; false, and nothing is appended, where it needs more
    /// than a copy: a lease is to be named, or the value is no plain text.
    ///
    /// - Parameter key: plain text.
    mutating func append(
        _ version: Version,
        of key: Span<UInt8>,
        to output: inout [UInt8]
    ) -> Bool {
        let value = version.value.span
        guard version.lease == 0, value.isPlainText else { return false }
        body.removeAll(keepingCapacity: true)
        body.append(addingCapacity: key.count + value.count + Self.bodySlackByteCount) {
            $0.append("{\"key\":\"")
            $0.append(key)
            $0.append("\",\"value\":\"")
            $0.append(value)
            $0.append("\",\"encoding\":\"utf8\",\"version\":")
            $0.append(decimal: version.version)
            $0.append(",\"create_revision\":")
            $0.append(decimal: version.createRevision.rawValue)
            $0.append(",\"mod_revision\":")
            $0.append(decimal: version.modRevision.rawValue)
            $0.append("}\n")
        }
        output.append(okFront.span, tag: version.modRevision, back: readBack.span, body: body.span)
        return true
    }

    /// Appends the answer to a put of a key; its status, or nil, and nothing is appended, where a
    /// lease is to be named.
    ///
    /// - Parameter key: plain text.
    mutating func append(
        _ result: PutResult,
        of key: Span<UInt8>,
        to output: inout [UInt8]
    ) -> UInt16? {
        guard result.lease == nil else { return nil }
        body.removeAll(keepingCapacity: true)
        body.append(addingCapacity: key.count + Self.bodySlackByteCount) {
            $0.append("{\"key\":\"")
            $0.append(key)
            $0.append("\",\"revision\":")
            $0.append(decimal: result.revision.rawValue)
            $0.append(",\"version\":")
            $0.append(decimal: result.version)
            $0.append(",\"create_revision\":")
            $0.append(decimal: result.createRevision.rawValue)
            $0.append(",\"mod_revision\":")
            $0.append(decimal: result.revision.rawValue)
            $0.append("}\n")
        }
        let status = result.status
        let front = status == 201 ? createdFront : okFront
        output.append(front.span, tag: result.revision, back: putBack.span, body: body.span)
        return status
    }
}

extension [UInt8] {
    /// Two numbers and what stands behind them.
    private static let headSlackByteCount = 48

    /// Appends the head around the revision in its entity tag, and the body.
    fileprivate mutating func append(
        _ front: Span<UInt8>,
        tag: Revision,
        back: Span<UInt8>,
        body: Span<UInt8>
    ) {
        let byteCount = front.count + back.count + body.count
        append(addingCapacity: byteCount + Self.headSlackByteCount) {
            $0.append(front)
            $0.append(decimal: tag.rawValue)
            $0.append(back)
            $0.append(decimal: UInt64(body.count))
            $0.append("\r\n\r\n")
            $0.append(body)
        }
    }
}
