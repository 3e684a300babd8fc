internal import Bytes
package import Keyspace
package import Replica
internal import Wire

/// Requests that came one behind another on a connection, each to read one key or each to put one,
/// and that say nothing besides: by far the most common ones. They are asked for together and
/// answered together, and none is taken apart for itself.
///
/// Every answer is byte for byte the one that a `NativeExchange` would have come to.
package final class RequestBatch {
    /// What every request of the run does.
    package enum Kind: UInt8, Hashable, Sendable {
        case reads = 0
        case puts = 1
        /// Of what the member has, without a round.
        case staleReads = 2
    }

    /// What came of one put.
    enum Put {
        /// Asked of the member under this ticket.
        case asked(Ticket)
        case done(PutResult)
        /// What else the member said.
        case failed(Resumption)
    }

    /// When the shell stops waiting for an answer.
    package static let patienceMilliseconds = CallOptions.defaultTimeoutMilliseconds

    package let kind: Kind
    /// Of the values to be put.
    package private(set) var byteCount = 0
    /// The keys, end to end.
    private var keys: [UInt8] = []
    private var keyEnds: [Int] = []
    private var writes: [EncodedWrite] = []
    private var puts: [Put] = []
    /// Puts that wait for the member.
    private var askedCount = 0

    package init(_ kind: Kind) { self.kind = kind }

    /// How many requests it has.
    package var count: Int { keyEnds.count }

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
    ///   - value: nothing for a read.
    package func append(_ key: Span<UInt8>, _ value: Span<UInt8>) {
        keys.append(span: key)
        keyEnds.append(keys.count)
        guard kind == .puts else { return }
        writes.append(EncodedWrite(puttingAt: key, value: value))
        byteCount += value.count
    }

    /// The puts in their order, each with the ticket that the shell draws for it; once.
    package func propose(_ draw: (Int) -> Ticket, into inputs: inout [Input]) {
        puts.reserveCapacity(writes.count)
        for (part, write) in writes.enumerated() {
            let ticket = draw(part)
            puts.append(.asked(ticket))
            inputs.append(.propose(ticket, write))
        }
        askedCount = writes.count
        writes = []
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

    // MARK: - Answers

    /// What came of the round that reads share.
    package enum Reading: UInt8, Hashable, Sendable {
        case readable = 0
        case unreadable = 1
    }

    /// Appends the answer to one request; its status.
    ///
    /// - Parameters:
    ///   - part: counted from 0, in the order of the requests.
    ///   - reading: of a run of reads.
    ///   - frame: made for that keyspace and that member.
    /// - Complexity: O(log keys + bytes)
    package func appendAnswer(
        to part: Int,
        reading: Reading,
        into frame: inout ResponseTemplate,
        keyspace: borrowing Keyspace,
        member: borrowing MemberView,
        to output: inout [UInt8]
    ) -> UInt16 {
        let start = part == 0 ? 0 : keyEnds[part - 1]
        let keys = keys
        let key = keys.span.extracting(start..<keyEnds[part])
        switch kind {
        case .reads, .staleReads:
            if reading == .readable, let version = keyspace.store.newest(key),
                frame.append(version, of: key, to: &output)
            {
                return 200
            }
        case .puts:
            if case .done(let result) = puts[part],
                let status = frame.append(result, of: key, to: &output)
            {
                return status
            }
        }
        var response: HTTPResponse
        do throws(Problem) {
            response = try answer(
                to: part,
                key: Path(unchecked: Array(span: key)),
                reading: reading,
                in: keyspace
            )
        } catch { response = error.response }
        response.appendCommon(keyspace, member: member)
        var writer = ResponseWriter.continuing
        writer.append(response, date: frame.date, to: &output)
        return response.status
    }

    /// The answer of the call that this part stands for.
    private func answer(
        to part: Int,
        key: Path,
        reading: Reading,
        in keyspace: borrowing Keyspace
    ) throws(Problem) -> HTTPResponse {
        switch kind {
        case .reads, .staleReads:
            guard reading == .readable else { throw .unreadable }
            return try KeyRead(key).response(keyspace.store)
        case .puts:
            switch puts[part] {
            case .done(let result): return WriteCall.put(result, key: key)
            case .failed(let reply):
                return try WriteCall.response(to: reply, about: .key(key), fate: .unkeyed)
            case .asked: throw Problem(.internal, "The write was answered before its outcome.")
            }
        }
    }
}
