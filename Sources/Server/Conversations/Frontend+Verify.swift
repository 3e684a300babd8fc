internal import Bytes

/// What every turn leaves true of the clients' side, much of which is kept twice.
enum AccountRule: String, Hashable {
    case heldIsSum = "the budget's input is not what the connections hold"
    case owedIsSum = "the budget's output is not what the connections owe"
    case owedIsOutput = "a connection owes something else than its output holds"
    case begunIsSum = "other requests have begun than the calls have"
    case underWayHasBegun = "more requests are under way than have begun"
    case backlogIsSum = "the backlog's counts are not those of its items"
    case arrivalsAreWaiting = "other requests wait than those whose arrival is known"
    case callKnowsConnection = "a call stands on a connection that it does not name"
    case alarmIsRegistered = "the alarms are not those of the calls and connections"
    case watcherIsRegistered = "the watchers are not the calls that have a filter"
}

extension Frontend {
    /// Ends the process when a rule is broken; in debug builds. Called at the end of each turn.
    ///
    /// - Complexity: O(connections + calls) where assertions are checked, O(1) elsewhere.
    func verify() {
        assert(brokenRule == nil, "frontend: \(brokenRule?.rawValue ?? "")")
    }

    /// The first broken rule.
    var brokenRule: AccountRule? {
        var (heldByteCount, owedByteCount, alarmCount) = (0, 0, 0)
        for connection in connections.values {
            heldByteCount += connection.heldByteCount
            owedByteCount += connection.owedByteCount
            if connection.alarm != nil { alarmCount += 1 }
            if let rule = connection.brokenRule { return rule }
        }
        if heldByteCount != budget.inputByteCount { return .heldIsSum }
        if owedByteCount != budget.outputByteCount { return .owedIsSum }
        let calls = registeredCalls
        alarmCount += calls.count { $0.registration?.hasDeadline == true }
        if alarmCount != wakes.alarmCount { return .alarmIsRegistered }
        let watchers = calls.count { $0.watchedFilter != nil }
        return watchers == wakes.watchCount ? nil : .watcherIsRegistered
    }

    /// Every call that may wait: those of connections, and those that have outlived theirs and wait
    /// for a ticket's answer.
    private var registeredCalls: [Call] {
        var calls: [UInt64: Call] = [:]
        for connection in connections.values {
            for call in connection.calls { calls[call.number] = call }
            for delivery in connection.deliveries { calls[delivery.call.number] = delivery.call }
        }
        for asker in tickets.values {
            switch asker {
            case .call(let call), .part(let call, _): calls[call.number] = call
            case .keepalive: break
            }
        }
        return Array(calls.values)
    }
}

extension ClientConnection {
    /// The first broken rule of what the connection keeps itself.
    var brokenRule: AccountRule? {
        // One that is listed has had no chance to account for its output yet.
        if flush == .none, owedByteCount != waitingByteCount { return .owedIsOutput }
        guard calls.allSatisfy({ $0.connection === self }) else { return .callKnowsConnection }
        guard arrivals.count == conversation?.waitingCount ?? 0 else { return .arrivalsAreWaiting }
        return conversation?.brokenRule(calls.map(\.reply))
    }
}
