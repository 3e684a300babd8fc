internal import Keyspace
internal import Wire

// Quotas of subtrees: what `/v1/quotas` serves.

extension WriteCall {
    /// - Parameter path: whose quota it is.
    static func changeQuota(of path: Key, request: HTTPRequest) throws(Problem) -> WriteCall {
        let change: QuotaChange
        if request.method == .delete {
            change = .remove(path)
        } else {
            guard !path.isReserved else { throw .reserved(path) }
            change = .set(path, try Body(request, known: ["keys", "bytes"]).quota())
        }
        return try WriteCall(.changeQuota(change), request: request, subject: .key(path))
    }
}

extension Body {
    fileprivate func quota() throws(Problem) -> SubtreeQuota {
        let quota = SubtreeQuota(
            keyCountMax: try whole("keys"),
            byteCountMax: try byteCount("bytes")
        )
        guard quota.keyCountMax ?? quota.byteCountMax != nil else {
            throw .bad(
                "The body bounds nothing: give \"keys\", \"bytes\", or both; DELETE removes a quota."
            )
        }
        for (name, bound) in [("keys", quota.keyCountMax), ("bytes", quota.byteCountMax)]
            as [(StaticString, UInt64?)]
        where bound ?? 0 > SubtreeQuota.bound {
            throw fault(name, fault: "is more than 2^52")
        }
        return quota
    }
}

extension Lookup {
    static func quotas(_ parameters: inout Parameters) throws(Problem) -> Lookup {
        Lookup(.quotas(after: try parameters.path("after"), limit: try parameters.limit()))
    }

    static func quota(of path: Key, in keyspace: Keyspace) throws(Problem) -> HTTPResponse {
        guard let standing = keyspace.quota(of: path) else { throw Problem(.notFound(.quota)) }
        return .quota(standing, of: path)
    }

    static func quotas(_ after: Key?, limit: Int, in keyspace: Keyspace) -> HTTPResponse {
        page(
            "quotas",
            of: keyspace.quotas(after: after, countMax: limit),
            limit: limit,
            name: \.path.bytes
        ) { standing, json in json.quota(standing) }
    }
}

extension HTTPResponse {
    /// - Parameter standing: nil for a quota that was removed.
    static func quota(_ standing: QuotaStanding?, of path: Key) -> HTTPResponse {
        var json = JSONWriter()
        if let standing {
            json.quota(standing)
        } else {
            json.beginObject()
            json.member("path", string: path.bytes)
            json.member("removed", bool: true)
            json.endObject()
        }
        return .json(json)
    }
}

extension JSONWriter {
    /// What there is under a quota, and what there may be; null for any number.
    fileprivate mutating func quota(_ standing: QuotaStanding) {
        beginObject()
        member("path", string: standing.path.bytes)
        part("keys", used: standing.used.keyCount, quota: standing.quota.keyCountMax)
        part("bytes", used: standing.used.byteCount, quota: standing.quota.byteCountMax)
        endObject()
    }

    private mutating func part(_ name: StaticString, used: Int, quota: UInt64?) {
        self.name(name)
        beginObject()
        member("used", number: UInt64(used))
        if let quota {
            member("quota", number: quota)
        } else {
            self.name("quota")
            null()
        }
        endObject()
    }
}

extension Problem {
    /// A refusal that has to do with quotas of subtrees.
    static func subtree(_ refusal: Refusal) -> Problem {
        switch refusal {
        case .subtreeFull(let path, let excess):
            let measure: StaticString = excess.measure == .keys ? "keys" : "bytes"
            return Problem(
                .quotaExceeded,
                "What lies at and below \(text(path.bytes)) has \(excess.used) \(measure), and the write would take it beyond its quota of \(excess.quota); nothing was written. Delete keys there, or have the quota raised (roost quota).",
                .at("path", text(path.bytes)),
                .what(measure),
                .space(used: excess.used, quota: excess.quota)
            )
        case .tooManyQuotas(let countMax):
            return Problem(
                .tooLarge,
                "There are \(countMax) quotas of subtrees already, which is the most; remove one."
            )
        default: return Problem(.internal, "The refusal is none of quotas.")
        }
    }
}
