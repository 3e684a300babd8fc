internal import Keyspace
internal import Wire

// PATCH /v1/settings as a command.

extension WriteCall {
    static func changeSettings(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        if let hold = try hold(request) {
            return try WriteCall(.holdFeatureLevel(hold), request: request, subject: .none)
        }
        let change = SettingsChange(try items(request), occasion: .always)
        return try WriteCall(.changeSettings(change), request: request, subject: .none)
    }

    /// What the body says of the feature level, which nothing else is changed with.
    private static func hold(_ request: HTTPRequest) throws(Problem) -> FeatureLevel.Hold? {
        let names = SettingsChange.Name.allCases.map(\.field)
        let body = try Body(request, known: names + ["hold_feature_level"])
        guard let isHeld = try body.bool("hold_feature_level") else { return nil }
        guard names.allSatisfy({ body[$0] == nil }) else {
            throw body.fault(
                "hold_feature_level",
                fault: "stands alone: change the rest by another call"
            )
        }
        return isHeld ? .held : .free
    }

    private static func items(_ request: HTTPRequest) throws(Problem) -> [SettingsChange.Item] {
        let names = SettingsChange.Name.allCases
        let body = try Body(request, known: names.map(\.field))
        var items: [SettingsChange.Item] = []
        for name in names {
            guard let value = try body.setting(name) else { continue }
            guard name.range.contains(value) else {
                throw body.fault(name.field, fault: "lies outside \(name.rangeText)")
            }
            items.append(SettingsChange.Item(name, value: value))
        }
        guard !items.isEmpty else {
            throw .bad("The body changes nothing; name at least one setting.")
        }
        return items
    }
}

extension Body {
    fileprivate func setting(_ name: SettingsChange.Name) throws(Problem) -> UInt64? {
        switch name.unit {
        case .milliseconds: return try duration(name.field)?.milliseconds
        case .count: return try whole(name.field)
        case .bytes:
            guard case .string(let text)? = self[name.field] else { return try whole(name.field) }
            guard let size = ByteSize(parsing: text) else {
                throw fault(name.field, fault: "is no size such as 1048576, \"64KiB\" or \"1MiB\"")
            }
            return size.byteCount
        }
    }
}

extension SettingsChange.Name {
    /// What a setting counts.
    enum Unit {
        case bytes
        case count
        case milliseconds
    }

    var unit: Unit {
        switch self {
        case .valueByteCountMax, .historyByteCount, .quotaByteCount: .bytes
        case .transactionOperationCountMax, .historyRevisionCount: .count
        case .historyMilliseconds: .milliseconds
        }
    }

    /// As clients call it.
    var field: StaticString {
        switch self {
        case .valueByteCountMax: "max_value"
        case .transactionOperationCountMax: "max_txn_ops"
        case .historyMilliseconds: "history_age"
        case .historyRevisionCount: "history_revisions"
        case .historyByteCount: "history_bytes"
        case .quotaByteCount: "quota"
        }
    }

    fileprivate var rangeText: String {
        switch self {
        case .valueByteCountMax: "1 KiB to 16 MiB"
        case .transactionOperationCountMax: "1 to 10000"
        case .historyMilliseconds: "1 s and more"
        case .historyRevisionCount: "1000 and more"
        case .historyByteCount: "1 MiB and more"
        case .quotaByteCount: "0 to 4 PiB"
        }
    }
}
