internal import Bytes
package import Keyspace
package import Replica
internal import Wire

/// Requests that came one after another on a connection, each to read one key or each to put one, and
/// that say nothing besides: by far the most common ones. They are asked for together and answered
/// together, and none is parsed by itself.
///
/// Every answer is byte for byte the one that a `NativeExchange` would have come to.
package final class RequestBatch {
    /// What every request of the batch does.
    package enum Kind: UInt8, Hashable, Sendable {
        case reads = 0
        case puts = 1
        /// Reads of what the member has, without a round.
        case staleReads = 2
    }

    /// Keys, end to end.
    private struct Keys {
        var bytes: [UInt8] = []
        var ends: [Int] = []

        mutating func append(_ key: Span<UInt8>) {
            bytes.append(span: key)
            ends.append(bytes.count)
        }
    }

    /// What was taken in, in one place: to enter the batch costs as much as to append to it.
    private struct Content {
        var keys = Keys()
        /// Of puts.
        var writes: [EncodedWrite] = []
        var valueByteCount = 0

        mutating func append(_ key: Span<UInt8>, write: EncodedWrite, valueByteCount: Int) {
            keys.append(key)
            writes.append(write)
            self.valueByteCount += valueByteCount
        }
    }

    /// What came of one put.
    private enum Put {
        /// Asked of the member under this ticket.
        case asked(Ticket)
        case done(PutResult)
        /// The member said something else.
        case failed(Resumption)
    }

    /// When the shell stops waiting for an answer.
    package static let patienceMilliseconds = CallOptions.defaultTimeoutMilliseconds

    package let kind: Kind
    /// Who asks for all of it.
    private let principal: Principal
    /// Bytes of the values to be put.
    package var byteCount: Int { content.valueByteCount }
    private var content = Content()
    private var puts: [Put] = []
    /// How many puts wait for the member.
    private var askedCount = 0

    package init(_ kind: Kind, by principal: Principal = .anonymous) {
        self.kind = kind
        self.principal = principal
    }

    /// What its requests are about.
    package var subject: CallSubject { kind == .puts ? .keyWrite : .keyRead }

    /// Who asks; empty for nobody in particular.
    package var principalName: [UInt8] { principal.caller.author }

    /// How many requests it has.
    package var count: Int { content.keys.ends.count }

    /// Whether nothing is waited for any more.
    package var isDecided: Bool { askedCount == 0 }

    /// The tickets that have no answer yet.
    package var openTickets: [Ticket] {
        puts.compactMap { put in
            if case .asked(let ticket) = put { ticket } else { nil }
        }
    }

    /// Takes in one more request.
    ///
    /// - Parameters:
    ///   - key: a valid path.
    ///   - value: ignored for a read.
    package func append(_ key: Span<UInt8>, _ value: Span<UInt8>) {
        guard kind == .puts else { return content.keys.append(key) }
        content.append(
            key,
            write: EncodedWrite(puttingAt: key, value: value, by: principal.caller),
            valueByteCount: value.count
        )
    }

    /// Appends the puts in their order, each with the ticket that the shell draws for it. To be called
    /// once.
    package func propose(_ draw: (Int) -> Ticket, into inputs: inout [Input]) {
        let writes = content.writes
        content.writes = []
        var puts: [Put] = []
        puts.reserveCapacity(writes.count)
        for (part, write) in writes.enumerated() {
            let ticket = draw(part)
            puts.append(.asked(ticket))
            inputs.append(.propose(ticket, write))
        }
        self.puts = puts
        askedCount = writes.count
    }

    /// Takes note of what the member said to one put.
    package func note(_ reply: Resumption, of part: Int) {
        guard case .asked = puts[part] else { return }
        askedCount -= 1
        if case .answered(let answer) = reply, case .put(let result) = answer.outcome {
            puts[part] = .done(result)
        } else {
            puts[part] = .failed(reply)
        }
    }

    /// The key of one request.
    package func key(of part: Int) -> [UInt8] {
        let keys = content.keys
        let start = part == 0 ? 0 : keys.ends[part - 1]
        return Array(keys.bytes[start..<keys.ends[part]])
    }

    /// The revision that one put wrote; nil where it wrote none, as far as is known.
    package func revision(of part: Int) -> Revision? {
        // A batch that was refused has proposed none.
        guard part < puts.count, case .done(let result) = puts[part] else { return nil }
        return result.revision
    }

    // MARK: - Answers

    /// What came of the round that reads share.
    package enum Reading: UInt8, Hashable, Sendable {
        case readable = 0
        case unreadable = 1
    }

    /// Appends the answers to all requests, in their order.
    ///
    /// - Parameters:
    ///   - reading: what came of the round; of a batch of reads.
    ///   - templates: renewed for that keyspace and that site.
    ///   - note: is told the status of each answer.
    /// - Complexity: O(requests * log keys + bytes)
    package func appendAnswers(
        reading: Reading,
        templates: inout ResponseTemplates,
        keyspace: borrowing Keyspace,
        site: HTTPSite,
        to output: inout [UInt8],
        note: (UInt16) -> Void
    ) {
        let keys = content.keys
        let isControlled = keyspace.isAccessControlled && kind != .puts
        var start = 0
        for (part, end) in keys.ends.enumerated() {
            let key = keys.bytes.span.extracting(start..<end)
            start = end
            if isControlled, let problem = refusal(of: key, in: keyspace) {
                let response = problem.response
                templates.append(
                    response,
                    at: keyspace.store.revision,
                    site: site,
                    to: &output
                )
                note(response.status)
                continue
            }
            let copied = copyAnswer(
                to: part,
                key: key,
                reading: reading,
                templates: &templates,
                keyspace: keyspace,
                site: site,
                output: &output
            )
            if let copied {
                note(copied)
                continue
            }
            let path = Key(unchecked: Array(span: key))
            let response = answer(to: part, key: path, reading: reading, in: keyspace)
            templates.append(
                response,
                at: keyspace.store.revision,
                site: site,
                to: &output
            )
            note(response.status)
        }
    }

    /// Why a key may not be read; nil where it may.
    private func refusal(of key: Span<UInt8>, in keyspace: borrowing Keyspace) -> Problem? {
        let requirement = AccessRequirement.read(.key(Key(unchecked: Array(span: key))))
        return Problem(keyspace.access.decide(principal.caller, on: requirement), of: requirement)
    }

    /// Appends an answer that needs no more than a copy; its status, or nil, and nothing is
    /// appended, where a lease is to be named, where the value is no plain text, and where the
    /// request came to nothing.
    private func copyAnswer(
        to part: Int,
        key: Span<UInt8>,
        reading: Reading,
        templates: inout ResponseTemplates,
        keyspace: borrowing Keyspace,
        site: HTTPSite,
        output: inout [UInt8]
    ) -> UInt16? {
        switch kind {
        case .reads, .staleReads:
            guard reading == .readable, let version = keyspace.store.newest(key),
                version.lease == 0, version.value.span.isPlainText,
                let template = templates.template(.found, site: site)
            else { return nil }
            let numbers = ResponseTemplate.Numbers(
                version: version.version,
                createRevision: version.createRevision.rawValue,
                modRevision: version.modRevision.rawValue,
                storeRevision: keyspace.store.revision.rawValue
            )
            template.append(key: key, value: version.value.span, numbers: numbers, to: &output)
            return template.status
        case .puts:
            guard case .done(let result) = puts[part], result.lease == nil,
                let template = templates.template(
                    result.version == 1 ? .created : .replaced,
                    site: site
                )
            else { return nil }
            let numbers = ResponseTemplate.Numbers(
                version: result.version,
                createRevision: result.createRevision.rawValue,
                modRevision: result.revision.rawValue,
                storeRevision: keyspace.store.revision.rawValue
            )
            template.append(key: key, value: key, numbers: numbers, to: &output)
            return template.status
        }
    }

    /// The answer of the call that this part stands for.
    private func answer(
        to part: Int,
        key: Key,
        reading: Reading,
        in keyspace: borrowing Keyspace
    ) -> HTTPResponse {
        do throws(Problem) {
            switch kind {
            case .reads, .staleReads:
                guard reading == .readable else { throw .unreadable }
                return try KeyRead(key).response(keyspace)
            case .puts:
                switch puts[part] {
                case .done(let result): return WriteCall.put(result, key: key)
                case .failed(let reply):
                    return try WriteCall.response(to: reply, about: .key(key), fate: .unkeyed)
                case .asked: throw Problem(.internal, "The write was answered before its outcome.")
                }
            }
        } catch { return error.response }
    }
}
