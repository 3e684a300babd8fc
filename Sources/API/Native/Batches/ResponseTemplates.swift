internal import Bytes
package import Keyspace
internal import Replica
package import Wire

/// The templates of the answers to plain reads and puts of keys, for one second and one term; each is
/// derived when it is needed for the first time.
package struct ResponseTemplates: Sendable {
    /// The kinds of answers that have a template.
    enum Kind: UInt8, Sendable {
        /// A key that was read.
        case found = 0
        /// A put that created its key.
        case created = 1
        /// A put of a key that was there.
        case replaced = 2
    }

    /// One template as it was derived, and for the store's current revision.
    private struct Entry: Sendable {
        /// Whether deriving it was tried.
        var isKnown = false
        var derived: ResponseTemplate?
        var settled: ResponseTemplate?
    }

    /// What the answers show as their date.
    package private(set) var date = HTTPDate(unixSeconds: 0)
    /// The site's fields, which every answer has.
    private var fields = HeaderFields()
    private var revision = Revision.zero
    private var found = Entry()
    private var created = Entry()
    private var replaced = Entry()

    /// No template yet; to be renewed before answers are appended.
    package init() {}

    /// Forgets what answers that are given now do not look like any more.
    ///
    /// - Complexity: O(1) where nothing has changed.
    package mutating func renew(
        for date: HTTPDate,
        keyspace: borrowing Keyspace,
        site: HTTPSite
    ) {
        guard self.date == date, fields == site.fields else {
            self = ResponseTemplates()
            self.date = date
            fields = site.fields
            revision = keyspace.store.revision
            return
        }
        guard revision != keyspace.store.revision else { return }
        revision = keyspace.store.revision
        found.settled = nil
        created.settled = nil
        replaced.settled = nil
    }

    /// The template of that kind for the store's revision; nil if there is none, so that each answer
    /// has to be rendered.
    ///
    /// - Parameter site: the one for which they were renewed.
    mutating func template(_ kind: Kind, site: HTTPSite) -> ResponseTemplate? {
        switch kind {
        case .found:
            if found.settled == nil { found = settled(found, kind: kind, site: site) }
            return found.settled
        case .created:
            if created.settled == nil { created = settled(created, kind: kind, site: site) }
            return created.settled
        case .replaced:
            if replaced.settled == nil { replaced = settled(replaced, kind: kind, site: site) }
            return replaced.settled
        }
    }

    private func settled(
        _ entry: Entry,
        kind: Kind,
        site: HTTPSite
    ) -> Entry {
        var entry = entry
        if !entry.isKnown {
            entry.isKnown = true
            entry.derived = derive(kind, site: site)
            // Without one the answers are right, and slow.
            assert(entry.derived != nil, "answers of the kind \(kind) have no template")
        }
        entry.settled = entry.derived?.settled(at: revision.rawValue)
        return entry
    }

    private func derive(_ kind: Kind, site: HTTPSite) -> ResponseTemplate? {
        ResponseTemplate(version: kind == .created ? 1 : nil) { sample in
            guard let response = try? kind.response(to: sample) else { return nil }
            return rendering(response, at: sample.numbers.storeRevision, site: site)
        }
    }

    private func rendering(
        _ response: HTTPResponse,
        at storeRevision: UInt64,
        site: HTTPSite
    ) -> ResponseTemplate.Rendering? {
        guard case .bytes(let body) = response.body else { return nil }
        var bytes: [UInt8] = []
        let status = append(
            response,
            at: Revision(rawValue: storeRevision),
            site: site,
            to: &bytes
        )
        return .init(status: status, bytes: bytes, bodyByteCount: body.count)
    }

    /// Renders a response as every call's is; its status.
    @discardableResult
    func append(
        _ response: HTTPResponse,
        at storeRevision: Revision,
        site: HTTPSite,
        to output: inout [UInt8]
    ) -> UInt16 {
        var response = response
        response.appendCommon(storeRevision, site: site)
        var writer = ResponseWriter.continuing
        writer.append(response, date: date, to: &output)
        return response.status
    }
}

extension ResponseTemplates.Kind {
    /// The answer of the call that this kind stands for.
    fileprivate func response(
        to sample: ResponseTemplate.Sample
    ) throws(Problem) -> HTTPResponse {
        let key = Key(unchecked: sample.key)
        let createRevision = Revision(rawValue: sample.numbers.createRevision)
        let modRevision = Revision(rawValue: sample.numbers.modRevision)
        switch self {
        case .found:
            let record = KeyRecord(
                key: key,
                value: sample.value,
                createRevision: createRevision,
                modRevision: modRevision,
                version: sample.numbers.version,
                lease: nil
            )
            return try KeyRead(key).response(record, in: Keyspace())
        case .created, .replaced:
            let result = PutResult(
                revision: modRevision,
                createRevision: createRevision,
                version: sample.numbers.version,
                lease: nil
            )
            let answer = Answer(outcome: .put(result), source: .applied, revision: modRevision)
            return try WriteCall.response(to: .answered(answer), about: .key(key), fate: .unkeyed)
        }
    }
}
