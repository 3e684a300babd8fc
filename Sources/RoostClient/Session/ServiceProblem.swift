package import Wire

/// A refusal as the service words it (RFC 9457).
package struct ServiceProblem: Sendable {
    /// `lock-held`, `precondition-failed`, …
    package let code: [UInt8]
    package let status: UInt16
    /// What happened, why, and what to do.
    package let detail: [UInt8]
    /// The whole document.
    package let document: JSONValue

    /// The problem that an answer holds, nil when it holds none.
    package init?(_ reply: Response) {
        guard reply.status >= 400 else { return nil }
        let document: JSONValue
        do throws(JSONError) { document = try JSONValue(parsing: reply.body) } catch { return nil }
        guard let code = document["code"]?.string else { return nil }
        self.code = code
        status = reply.status
        detail = document["detail"]?.string ?? document["title"]?.string ?? code
        self.document = document
    }

    /// Whether it is this one.
    package func has(_ code: StaticString) -> Bool { self.code.equals(code) }

    /// What an `unavailable` says about what was sent this time. No member can know all sendings of
    /// a write under an idempotency key; whoever sent them does.
    package var effect: Effect {
        let told = document["sending_applied"] ?? document["applied"]
        return told?.bool == false ? .none : .unknown
    }
}

extension Response {
    /// Why it refuses, in the service's words; its status where it has none.
    package var reason: String {
        ServiceProblem(self).map { String(decoding: $0.detail, as: UTF8.self) } ?? "\(status)"
    }

    /// The body as JSON; nil when it is none.
    package var json: JSONValue? {
        // A page of a listing has 10,000 items of eight values each at most.
        let limits = JSONLimits(valueCountMax: 1 << 18)
        do throws(JSONError) {
            return try JSONValue(parsing: body, limits: limits)
        } catch { return nil }
    }
}
