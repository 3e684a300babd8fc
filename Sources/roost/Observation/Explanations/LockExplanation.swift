package import Wire

/// Who holds a lock or leads an election, since when and until when, and who waits in what order.
package struct LockExplanation: Sendable {
    private let noun: String
    private let contest: JSONValue
    private let now: PointInTime

    /// - Parameters:
    ///   - noun: `lock 'nightly'` or `election 'scheduler'`.
    ///   - contest: the answer of `/v1/locks/NAME`, or of an election.
    package init(_ noun: String, contest: JSONValue, now: PointInTime) {
        self.noun = noun
        self.contest = contest
        self.now = now
    }

    package var explanation: Explanation {
        // An election's answer is its only holder.
        let holders = contest["holders"]?.array ?? [contest]
        let waiters = contest["waiters"]?.array ?? []
        var explanation = Explanation(holders.flatMap(words(ofHolder:)))
        explanation.sentences.append(queue(waiters))
        for (place, waiter) in waiters.enumerated() {
            explanation.sentences.append("\(place + 1). \(words(ofWaiter: waiter))")
        }
        return explanation
    }

    private func words(ofHolder holder: JSONValue) -> [String] {
        let way = holder["shared"]?.bool == true ? "shares" : "holds"
        let verb = contest["holders"] == nil ? "leads" : way
        let told = holder["value"].map { ", and proclaims \($0.plainText)" } ?? ""
        var lines = [
            "\(owner(of: holder)) \(verb) \(noun)\(since(holder)), token "
                + "\(holder["token"]?.plainText ?? "-")\(told)."
        ]
        if let info = holder["info"] { lines.append("What for: \(info.plainText)") }
        lines.append(
            "Its lease, \(holder["lease"]?.plainText ?? "-"), \(end(of: holder)), unless it is kept "
                + "alive until then."
        )
        return lines
    }

    private func queue(_ waiters: [JSONValue]) -> String {
        guard contest["waiters"] != nil else {
            return "'roost locks --elections' tells how many wait."
        }
        switch waiters.count {
        case 0: return "Nobody waits."
        case 1: return "1 waits:"
        default: return "\(waiters.count) wait, in this order:"
        }
    }

    private func words(ofWaiter waiter: JSONValue) -> String {
        let way = waiter["shared"]?.bool == true ? " (shared)" : ""
        let info = waiter["info"].map { ", what for: \($0.plainText)" } ?? ""
        return "\(owner(of: waiter))\(way)\(since(waiter)); its place \(end(of: waiter))\(info)"
    }

    private func owner(of place: JSONValue) -> String {
        let name = place["owner"]?.plainText ?? ""
        return name.isEmpty ? "Somebody without a name" : name
    }

    private func since(_ place: JSONValue) -> String {
        guard let text = place["since"]?.string, let since = PointInTime(parsing: text) else {
            return ""
        }
        let age = now.unixMilliseconds - min(since, now).unixMilliseconds
        return " since \(People.time(place["since"])) (\(People.duration(milliseconds: age)))"
    }

    private func end(of place: JSONValue) -> String {
        guard case .number(let seconds)? = place["remaining"],
            let rest = TimeSpan(seconds: seconds)?.milliseconds
        else { return "ends" }
        var end: [UInt8] = []
        end.append(unixMilliseconds: now.unixMilliseconds &+ rest)
        return "ends at \(People.time(.string(end))), in \(People.duration(milliseconds: rest))"
    }
}
