internal import API
internal import Keyspace
internal import Replica

// What is written down of calls, where anything is.

extension Frontend {
    /// Writes down how a call was answered.
    func writeDown(_ call: Call, status: UInt16) {
        guard let audit, let matter = matter(of: call) else { return }
        audit.note(
            AuditRecord(
                origin: call.origin,
                matter: matter,
                status: status,
                revision: call.writtenRevision
            )
        )
    }

    /// Notes what a command would change that its address does not name.
    func noteMatter(of request: Request, in call: Call) {
        switch request.command {
        case .transaction(let transaction): call.matter?.keys = transaction.namedRanges
        case .delete(let range, _):
            if case .key = range { break }
            call.matter?.keys = [range]
        case .writeTree(let tree): call.matter?.keys = [.subtree(tree.root)]
        default: call.matter?.change = request.command.auditedWords ?? []
        }
    }

    /// What a call was, with the keys that its query named.
    private func matter(of call: Call) -> AuditRecord.Matter? {
        guard var matter = call.matter else { return nil }
        if matter.keys.isEmpty, let ranges = call.exchange?.ranges { matter.keys = ranges }
        return matter
    }

    /// Keeps what an applied write came to for the answer; where none is to come, in a stream or
    /// once the client is gone, it is written down at once.
    func keepOutcome(_ resumption: Resumption, of call: Call) {
        guard let audit, let matter = matter(of: call) else { return }
        var revision: Revision?
        switch resumption {
        case .answered(let answer): revision = answer.outcome.isRefusal ? nil : answer.revision
        case .unproposed(.unknown): break
        default: return
        }
        call.writtenRevision = revision
        guard call.isStream || call.connection == nil else { return }
        audit.note(
            AuditRecord(
                origin: call.origin,
                matter: matter,
                status: nil,
                revision: revision
            )
        )
    }

    /// Writes down how one request of a batch was answered.
    func writeDown(_ part: Int, of batch: RequestBatch, call: Call, status: UInt16) {
        guard let audit, audit.covers(batch.subject, status: status) else { return }
        audit.note(
            AuditRecord(
                origin: call.origin,
                matter: AuditRecord.Matter(subject: batch.subject, object: batch.key(of: part)),
                status: status,
                revision: batch.revision(of: part)
            )
        )
    }

    /// Writes down what became of a put whose client is gone.
    func writeDownLate(_ reply: Resumption, of part: Int, batch: RequestBatch, call: Call) {
        guard let audit else { return }
        var revision: Revision?
        if case .answered(let answer) = reply {
            guard !answer.outcome.isRefusal else { return }
            revision = answer.revision
        }
        audit.note(
            AuditRecord(
                origin: call.origin,
                matter: AuditRecord.Matter(subject: batch.subject, object: batch.key(of: part)),
                status: nil,
                revision: revision
            )
        )
    }
}

extension Outcome {
    fileprivate var isRefusal: Bool {
        if case .refused = self { true } else { false }
    }
}

extension Transaction {
    /// What is put, deleted or read in either branch, and in what is nested, in the order of
    /// operations.
    fileprivate var namedRanges: [KeyRange] {
        (then + otherwise).flatMap { operation -> [KeyRange] in
            switch operation {
            case .put(let put): [.key(put.key)]
            case .delete(let range, _): [range]
            case .transaction(let nested): nested.namedRanges
            case .get(let read): [read.range]
            }
        }
    }
}
