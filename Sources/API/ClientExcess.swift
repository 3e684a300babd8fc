/// What a client takes too much of, by the limits that the operator has set.
package struct ClientExcess: Hashable, Sendable {
    /// What is limited.
    package enum Limit: UInt8, CaseIterable, Sendable {
        case requests = 0
        case bytes = 1
        case underWay = 2
    }

    /// Whose share it is.
    package enum Owner: UInt8, Sendable {
        case address = 0
        case user = 1
    }

    package let limit: Limit
    package let owner: Owner
    /// The most that is allowed.
    package let most: UInt64
    /// When to try again.
    package let retryAfterSeconds: UInt64

    package init(
        _ limit: Limit,
        of owner: Owner = .address,
        most: UInt64,
        retryAfterSeconds: UInt64
    ) {
        self.limit = limit
        self.owner = owner
        self.most = most
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// What happened, and what sets it.
    var sentence: String {
        let what =
            switch limit {
            case .requests: "sends more than \(most) requests a second (--limit-requests)"
            case .bytes: "sends more than \(most) bytes a second (--limit-bytes)"
            case .underWay:
                "has \(most) requests under way, watches and waits among them (--limit-under-way)"
            }
        let whose = owner == .address ? "Your address" : "Your user"
        return
            "\(whose) \(what), which is the most that this member takes from one. Try again in \(retryAfterSeconds) s."
    }
}
