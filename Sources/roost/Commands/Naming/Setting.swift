internal import Bytes
internal import Keyspace
internal import Wire

/// A setting of the cluster as the command line names and writes it.
struct Setting {
    /// What it counts, and so how it is written.
    enum Unit: Hashable {
        case bytes
        case count
        /// Told in seconds.
        case time
    }

    /// As the flags of `serve` are written.
    let name: String
    /// As the service calls it.
    let member: StaticString
    let unit: Unit
    let summary: String
    private let key: SettingsChange.Name

    /// In the order of the service.
    static let all = [
        Setting(
            name: "max-value",
            member: "max_value",
            unit: .bytes,
            summary: "the longest value; 1KiB to 16MiB",
            key: .valueByteCountMax
        ),
        Setting(
            name: "max-txn-ops",
            member: "max_txn_ops",
            unit: .count,
            summary: "the most operations of a transaction; 1 to 10000",
            key: .transactionOperationCountMax
        ),
        Setting(
            name: "history-age",
            member: "history_age",
            unit: .time,
            summary: "how long history is kept; 1s or more",
            key: .historyMilliseconds
        ),
        Setting(
            name: "history-revisions",
            member: "history_revisions",
            unit: .count,
            summary: "how many revisions of it; 1000 or more",
            key: .historyRevisionCount
        ),
        Setting(
            name: "history-bytes",
            member: "history_bytes",
            unit: .bytes,
            summary: "how many bytes of it; 1MiB or more",
            key: .historyByteCount
        ),
        Setting(
            name: "quota",
            member: "quota",
            unit: .bytes,
            summary: "how many bytes keys and values may have; 0 for any",
            key: .quotaByteCount
        ),
    ]

    private static let groupName = "history"

    /// The setting of that name, in either way of writing it, or the three of `history`.
    static func named(_ text: String) throws(Failure) -> [Setting] {
        let name = String(text.map { $0 == "_" ? "-" : $0 })
        if name == groupName { return all.filter { $0.name.hasPrefix("\(groupName)-") } }
        let found = all.filter { $0.name == name }
        guard found.isEmpty else { return found }
        let names = ([groupName] + all.map(\.name) + ["feature-level"]).joined(separator: ", ")
        throw .usage("there is no setting '\(text)'", hint: "there are \(names)")
    }

    /// The one of several that a value of that form is for.
    static func one(of settings: [Setting], taking value: String) throws(Failure) -> Setting {
        if let only = settings.first, settings.count == 1 { return only }
        let bytes = Array(value.utf8)
        let unit: Unit? =
            if bytes.decimalValue != nil {
                .count
            } else if ByteSize(parsing: bytes) != nil {
                .bytes
            } else if TimeSpan(parsing: bytes) != nil {
                .time
            } else {
                nil
            }
        guard let setting = settings.first(where: { $0.unit == unit }) else {
            throw .usage(
                "'\(value)' is no bound of history",
                hint: "write a time such as 7d, a number of revisions, or a size such as 256MiB"
            )
        }
        return setting
    }

    /// Appends it with a value as the service takes it; the service knows the range.
    func append(_ value: String, to writer: inout JSONWriter) throws(Failure) {
        let bytes = Array(value.utf8)
        switch unit {
        case .count:
            guard let number = bytes.decimalValue, number <= DecimalNumber.wholeMax else {
                throw .usage("\(name): '\(value)' is no whole number", hint: "write digits alone")
            }
            writer.member(member, number: number)
        case .bytes:
            guard ByteSize(parsing: bytes) != nil else {
                throw .usage("\(name): '\(value)' is no size", hint: "write for example 4MiB")
            }
            writer.member(member, string: bytes)
        case .time:
            guard TimeSpan(parsing: bytes) != nil else {
                throw .usage("\(name): '\(value)' is no duration", hint: "write for example 7d")
            }
            writer.member(member, string: bytes)
        }
    }

    /// The value that the service tells, as it can be given back; `-` where it tells none.
    func text(in answer: JSONValue) -> String {
        guard let told = answer[member] else { return "-" }
        switch (unit, told) {
        case (.time, .number(let seconds)):
            return TimeSpan(seconds: seconds).map { text($0.milliseconds) } ?? told.plainText
        case (_, .number): return told.whole.map(text) ?? told.plainText
        default: return told.plainText
        }
    }

    /// What it is where nobody has changed it.
    var standard: String { text(ClusterSettings()[key]) }

    /// In the largest unit that leaves a whole number.
    private func text(_ value: UInt64) -> String {
        let units: [(String, UInt64)] =
            switch unit {
            case .count: []
            case .bytes: [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
            case .time:
                [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
            }
        let fitting = units.first { value >= $0.1 && value.isMultiple(of: $0.1) }
        return fitting.map { "\(value / $0.1)\($0.0)" } ?? String(value)
    }
}
