internal import Bytes
package import Keyspace
internal import Wire

// What is written down of calls beside their addresses.

extension NativeCall {
    /// The keys and ranges that the call is about, where it says so in its query.
    var namedRanges: [KeyRange] {
        switch self {
        case .keyRead(let read): [.key(read.key)]
        case .listing(let listing): [listing.range]
        case .history(let history): [.key(history.key)]
        case .watch(let watch): watch.filter.ranges
        case .write(let write): write.ranges
        case .answer, .health, .over, .tree, .difference, .undo, .lookup, .tokenCheck, .place,
            .hold, .take, .barrier,
            .observe, .report, .member, .access, .backup, .serviceList, .service, .serviceWatch,
            .registration, .healthReport:
            []
        }
    }
}

extension HTTPRequest {
    /// What of a query is looked at, in bytes.
    private static let auditedByteCountMax = 1024
    /// The parameters that select keys or names.
    private static let selectors = [
        "key", "prefix", "from", "to", "path", "recursive", "user", "verb", "name", "after",
    ].map { Array($0.utf8) }

    /// What of the query says which keys or names it is about, as it stands there: anything else may
    /// be a secret that has no place in an address, let alone in a log.
    var auditedSelection: [UInt8] {
        guard let query = rawQuery else { return [] }
        let parts = query.prefix(Self.auditedByteCountMax).split(separator: UInt8(ascii: "&"))
        let told = parts.filter { part in
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            return Self.selectors.contains { name.elementsEqual($0) }
        }
        return Array(told.joined(separator: [UInt8(ascii: "&")]))
    }
}

extension Command {
    /// What an audit log says of administration beside the address; nil where that is all.
    package var auditedWords: [UInt8]? {
        switch self {
        case .changeAccess(let change): change.words
        case .changeGuard(.put(_, let lock)): Array("lock ".utf8) + lock
        case .changeGuard(.remove): Array("no lock".utf8)
        case .release(_, .everyHolder): Array("every holder".utf8)
        case .compact(let revision): Array("before \(revision.rawValue)".utf8)
        case .changeSettings(let change):
            Array(
                change.items.map { "\($0.name.field) \($0.value)" }
                    .joined(separator: ", ").utf8
            )
        case .holdFeatureLevel(let hold):
            Array((hold == .held ? "the level is held" : "the level may rise").utf8)
        case .orderMembers(.begin(let aim)): aim.words
        default: nil
        }
    }
}

extension MemberOrder.Aim {
    fileprivate var words: [UInt8] {
        switch self {
        case .add(let place, let kind):
            Array("adds \(kind == .voter ? "voter" : "observer") ".utf8) + place.words
        case .remove(let member): Array("removes member \(member)".utf8)
        case .move(let member, let address): Array("moves member \(member) to ".utf8) + address
        case .assign(let member, let kind):
            Array("member \(member) becomes \(kind == .voter ? "voter" : "observer")".utf8)
        case .replace(let member, let place):
            Array("replaces member \(member) by ".utf8) + place.words
        }
    }
}

extension MemberOrder.Place {
    fileprivate var words: [UInt8] { name + Array(" at ".utf8) + peerAddress }
}

extension AccessChange {
    /// What an audit log says of it beside whom it is about; nil where that is all. Nothing of a
    /// password, but that there is another one.
    package var words: [UInt8]? {
        switch self {
        case .putUser(_, let password, let roles):
            var parts: [String] = []
            switch password {
            case .kept: break
            case .removed: parts.append("no password")
            case .set: parts.append("a new password")
            }
            if let words = roles.words({ String(decoding: $0.bytes, as: UTF8.self) }) {
                parts.append(words)
            }
            return Array(parts.joined(separator: "; ").utf8)
        case .putRole(_, let rules):
            let words = rules.words { rule in
                var json = JSONWriter()
                json.rule(rule)
                return String(decoding: json.output, as: UTF8.self)
            }
            return Array((words ?? "").utf8)
        case .removeUser, .removeRole, .enable, .disable, .addSigningKey, .retireSigningKey:
            return nil
        }
    }
}

extension ListChange {
    /// Longer lists of rules are cut off, in bytes.
    private var wordByteCountMax: Int { 16 << 10 }

    /// `grants a, b`, `revokes a`, or what it is from then on; nil where it stays.
    fileprivate func words(_ text: (Item) -> String) -> String? {
        let verb =
            switch self {
            case .exactly: "becomes"
            case .adding: "grants"
            case .removing: "revokes"
            }
        if items.isEmpty {
            guard case .exactly = self else { return nil }
            return "becomes nothing"
        }
        var words = verb
        for (place, item) in items.enumerated() {
            guard words.utf8.count < wordByteCountMax else { return words + ", …" }
            words += (place == 0 ? " " : ", ") + text(item)
        }
        return words
    }
}
