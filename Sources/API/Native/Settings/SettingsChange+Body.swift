internal import Keyspace
internal import Wire

// PATCH /v1/settings as a command.

extension WriteCall {
    static func changeSettings(_ request: HTTPRequest) throws(Problem) -> WriteCall {
        let body = try Body(request, known: SettingsChange.fields)
        let items = try body.settings()
        let command: Command
        if let hold = try body.hold() {
            guard items.isEmpty else {
                throw body.fault(
                    SettingsChange.holdField,
                    fault: "stands alone: change the rest by another call"
                )
            }
            command = .holdFeatureLevel(hold)
        } else if items.isEmpty {
            throw .bad("The body changes nothing; name at least one setting.")
        } else {
            command = .changeSettings(SettingsChange(items, occasion: .always))
        }
        return try WriteCall(command, request: request, subject: .none)
    }
}

extension SettingsChange {
    fileprivate static let holdField: StaticString = "hold_feature_level"
    /// What the body may name.
    static let fields = Name.allCases.map(\.field) + [holdField]
}

extension Body {
    /// What it says of the feature level.
    fileprivate func hold() throws(Problem) -> FeatureLevel.Hold? {
        try bool(SettingsChange.holdField).map { $0 ? .held : .free }
    }

    fileprivate func settings() throws(Problem) -> [SettingsChange.Item] {
        var items: [SettingsChange.Item] = []
        for name in SettingsChange.Name.allCases {
            guard let value = try setting(name) else { continue }
            guard name.range.contains(value) else {
                throw fault(name.field, fault: "lies outside \(name.rangeText)")
            }
            items.append(SettingsChange.Item(name, value: value))
        }
        return items
    }

    private func setting(_ name: SettingsChange.Name) throws(Problem) -> UInt64? {
        switch name.unit {
        case .milliseconds: return try duration(name.field)?.milliseconds
        case .count: return try whole(name.field)
        case .bytes: return try byteCount(name.field)
        }
    }

    /// A number of bytes, or a string with a unit.
    func byteCount(_ name: StaticString) throws(Problem) -> UInt64? {
        guard case .string(let text)? = self[name] else { return try whole(name) }
        guard let size = ByteSize(parsing: text) else {
            throw fault(name, fault: "is no size such as 1048576, \"64KiB\" or \"1MiB\"")
        }
        return size.byteCount
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
